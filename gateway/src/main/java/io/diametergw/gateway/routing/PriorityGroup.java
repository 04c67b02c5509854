package io.diametergw.gateway.routing;

import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerLoop;
import io.diametergw.wire.Identity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The usable DRAs of one priority, and the order in which they take requests. Immutable.
 *
 * @param ordinal its place among all groups of its table, for {@link NextHops} to count turns by
 * @param priority 1 is the highest
 * @param members the DRAs
 * @param weights how much each of them may take now, for {@code least-pending}
 * @param share how much of the group's requests its members take, in tenths; the rest pass to the
 *     next group, as all members have only just come back
 * @param cycle smooth weighted round robin, unrolled: each member as often as its weight says, as
 *     evenly spread as can be; null for a request that passes
 */
record PriorityGroup(
    int ordinal, int priority, Peer[] members, int[] weights, int share, @Nullable Peer[] cycle) {
  private static final int MAX_CYCLE = 4096;

  /**
   * One DRA and what it takes.
   *
   * @param share in tenths, of what its weight gives it
   */
  record Member(Peer peer, int weight, int share) {}

  static PriorityGroup of(int ordinal, int priority, List<Member> members) {
    Peer[] peers = members.stream().map(Member::peer).toArray(Peer[]::new);
    int[] weights = members.stream().mapToInt(m -> m.weight() * m.share()).toArray();
    int share = members.stream().mapToInt(Member::share).max().orElse(Comeback.FULL_SHARE);
    return new PriorityGroup(
        ordinal, priority, peers, weights, share, cycle(peers, weights, share));
  }

  /** Whether some requests pass to the next group. */
  boolean passesSome() {
    return share < Comeback.FULL_SHARE;
  }

  /**
   * Another connection to the DRA whose turn it is, on the loop that the request is on, so that the
   * request need not change to another thread; else the one whose turn it is. One that has only
   * just come back is no such connection: it has less to take.
   */
  Peer near(Peer inTurn, PeerLoop loop) {
    Identity wanted = originHost(inTurn);
    int weight = weightOf(inTurn);
    for (int i = 0; i < members.length; i++) {
      if (members[i].loop() == loop
          && originHost(members[i]).equals(wanted)
          && weights[i] >= weight) {
        return members[i];
      }
    }
    return inTurn;
  }

  private int weightOf(Peer member) {
    int i = 0;
    while (members[i] != member) {
      i++;
    }
    return weights[i];
  }

  private static Identity originHost(Peer member) {
    return Objects.requireNonNull(member.capabilities()).originHost();
  }

  /**
   * Each turn every member gains its weight; the richest is chosen and pays the sum of all weights.
   * What passes is one more member, so heavy that the others have {@code share} tenths.
   */
  private static @Nullable Peer[] cycle(Peer[] peers, int[] weights, int share) {
    if (share == 0) {
      return new @Nullable Peer[] {null};
    }
    long sum = Arrays.stream(weights).asLongStream().sum();
    long[] all = new long[weights.length + 1];
    for (int i = 0; i < weights.length; i++) {
      all[i] = weights[i];
    }
    all[weights.length] = sum * (Comeback.FULL_SHARE - share) / share;
    int[] reduced = reduced(all);
    @Nullable Peer[] ends = Arrays.copyOf(peers, all.length);
    long[] current = new long[all.length];
    var cycle = new ArrayList<@Nullable Peer>();
    int turns = Arrays.stream(reduced).sum();
    for (int turn = 0; turn < turns; turn++) {
      int best = 0;
      for (int i = 0; i < reduced.length; i++) {
        current[i] += reduced[i];
        if (current[i] > current[best]) {
          best = i;
        }
      }
      current[best] -= turns;
      cycle.add(ends[best]);
    }
    return cycle.toArray(new @Nullable Peer[0]);
  }

  /** The weights in lowest terms, and scaled down if their cycle would still be too long. */
  private static int[] reduced(long[] weights) {
    long divisor = 0;
    long sum = 0;
    for (long weight : weights) {
      divisor = gcd(weight, divisor);
      sum += weight;
    }
    double scale = Math.min(1.0 / divisor, (double) MAX_CYCLE / sum);
    int[] reduced = new int[weights.length];
    for (int i = 0; i < weights.length; i++) {
      reduced[i] = weights[i] == 0 ? 0 : (int) Math.max(1, Math.round(weights[i] * scale));
    }
    return reduced;
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
