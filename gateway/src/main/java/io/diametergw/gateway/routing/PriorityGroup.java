package io.diametergw.gateway.routing;

import io.diametergw.peer.Peer;
import java.util.ArrayList;
import java.util.List;

/**
 * The usable DRAs of one priority, and the order in which they take requests. Immutable.
 *
 * @param ordinal its place among all groups of its table, for {@link NextHops} to count turns by
 * @param priority 1 is the highest
 * @param members the DRAs
 * @param cycle smooth weighted round robin, unrolled: each member as often as its weight says, as
 *     evenly spread as can be
 */
record PriorityGroup(int ordinal, int priority, Peer[] members, int[] weights, Peer[] cycle) {
  private static final int MAX_CYCLE = 4096;

  /** One DRA and its share. */
  record Member(Peer peer, int weight) {}

  static PriorityGroup of(int ordinal, int priority, List<Member> members) {
    Peer[] peers = members.stream().map(Member::peer).toArray(Peer[]::new);
    int[] weights = members.stream().mapToInt(Member::weight).toArray();
    return new PriorityGroup(ordinal, priority, peers, weights, cycle(members));
  }

  /**
   * Each turn every member gains its weight; the richest is chosen and pays the sum of all weights.
   */
  private static Peer[] cycle(List<Member> members) {
    int[] weights = reduced(members);
    int sum = 0;
    for (int weight : weights) {
      sum += weight;
    }
    long[] current = new long[weights.length];
    var cycle = new ArrayList<Peer>(sum);
    for (int turn = 0; turn < sum; turn++) {
      int best = 0;
      for (int i = 0; i < weights.length; i++) {
        current[i] += weights[i];
        if (current[i] > current[best]) {
          best = i;
        }
      }
      current[best] -= sum;
      cycle.add(members.get(best).peer());
    }
    return cycle.toArray(Peer[]::new);
  }

  /** The weights in lowest terms, and scaled down if their cycle would still be too long. */
  private static int[] reduced(List<Member> members) {
    int[] weights = members.stream().mapToInt(Member::weight).toArray();
    int divisor = 0;
    long sum = 0;
    for (int weight : weights) {
      divisor = gcd(weight, divisor);
      sum += weight;
    }
    double scale = Math.min(1.0 / divisor, (double) MAX_CYCLE / sum);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.max(1, (int) Math.round(weights[i] * scale));
    }
    return weights;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
