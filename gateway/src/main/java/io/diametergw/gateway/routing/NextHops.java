package io.diametergw.gateway.routing;

import io.diametergw.gateway.config.DraPoolConfig.Balance;
import io.diametergw.gateway.routing.RouteTable.Groups;
import io.diametergw.peer.Capabilities;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerLoop;
import io.diametergw.wire.Identity;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The peers that a request may be sent to, best first, one after another (RFC 6733 §6.1).
 *
 * <p>Made once per event loop and used again for each request, so that choosing allocates nothing;
 * it also holds whose turn it is. None of the peers is the one the request came from, and none is
 * named in a Route-Record of it (§6.1.7).
 */
public final class NextHops {
  private final PeerLoop loop;
  private final List<SessionBindings> bindings;
  private final ToIntFunction<Peer> pending;
  private final Turns firstTurns = new Turns();
  private final Turns alternateTurns = new Turns();
  private Turns turns = firstTurns;
  private int appTurn;
  private int probeTurn;
  private long nextProbeNanos = System.nanoTime();

  private RouteTable routes = RouteTable.EMPTY;
  private @Nullable Peer from;
  private @Nullable Destination request;

  // The lists to go through, in order; each from a start of its own, round the end.
  private final Peer[][] lists = new Peer[MAX_LISTS][];
  private final int[] starts = new int[MAX_LISTS];
  private int listCount;
  private int list;
  private int step;
  private Groups groups = Groups.NONE;
  private Round round = Round.IN_TURN;
  private int group;

  /** How the groups are gone through, after the lists. */
  private enum Round {
    /** Those in service; each may pass the request on to the next. */
    IN_TURN,
    /** Those in service that passed it on, as nobody took it. */
    PASSED,
    /** Those that take requests only when nobody else is there. */
    LAST_RESORT
  }

  /** How far each group's cycle has been gone through. */
  private static final class Turns {
    private int[] ofGroup = new int[16];

    int next(int group, int cycleLength) {
      if (group >= ofGroup.length) {
        ofGroup = Arrays.copyOf(ofGroup, group * 2);
      }
      int turn = ofGroup[group] + 1;
      ofGroup[group] = turn < cycleLength ? turn : turn % cycleLength;
      return ofGroup[group];
    }
  }

  private static final int MAX_LISTS = 4;
  private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * @param loop where the requests come from
   * @param bindings of all event loops
   * @param pending how many requests wait for a peer's answer
   */
  public NextHops(PeerLoop loop, List<SessionBindings> bindings, ToIntFunction<Peer> pending) {
    this.loop = loop;
    this.bindings = bindings;
    this.pending = pending;
  }

  /** Begins with the DRAs for a request of a Logic App. */
  public void toDras(RouteTable table, Peer sender, Destination destination, long nowNanos) {
    toDrasInService(table, sender, destination);
    Peer[] probed = table.probed();
    if (probed.length > 0 && listCount == 0 && nowNanos - nextProbeNanos >= 0) {
      Peer probe = probed[Math.floorMod(probeTurn++, probed.length)];
      if (pending.applyAsInt(probe) == 0 && known(probe).supports(destination.applicationId())) {
        nextProbeNanos = nowNanos + PROBE_NANOS / probed.length;
        add(new Peer[] {probe}, 0);
      }
    }
  }

  /**
   * The same for a request that one DRA has had already: it must not be risked on another that may
   * not answer, and takes no turn from new requests, of which the others would get less than their
   * weights say.
   */
  public void toAlternates(RouteTable table, Peer sender, Destination destination) {
    toDrasInService(table, sender, destination);
    turns = alternateTurns;
  }

  private void toDrasInService(RouteTable table, Peer sender, Destination destination) {
    begin(table, sender, destination);
    if (destination.hasDestinationHost()) {
      add(table.named(destination), 0);
    }
    groups = table.groups(destination.applicationId());
  }

  /**
   * Begins with the Logic Apps for a request of a DRA (spec: by host; by session; by realm and
   * application; relays).
   */
  public void toLogicApps(RouteTable table, Peer sender, Destination destination, long nowNanos) {
    begin(table, sender, destination);
    LogicApps apps = table.logicApps();
    Peer owner = apps.connection(owner(destination.sessionHash(), nowNanos));
    if (destination.hasDestinationHost()) {
      Peer[] named = apps.named(destination);
      int preferred = owner == null ? -1 : Arrays.asList(named).indexOf(owner);
      add(named, preferred >= 0 ? preferred : appTurn++);
      return;
    }
    if (owner != null) {
      add(new Peer[] {owner}, 0);
    }
    add(apps.ofRealm(destination), appTurn++);
    add(apps.relays(), appTurn);
  }

  /** Begins with the other connections of one Logic App, whose connection was lost. */
  public void toReplicas(RouteTable table, Peer lost, Peer sender, Destination destination) {
    begin(table, sender, destination);
    Identity identity = Objects.requireNonNull(lost.capabilities()).originHost();
    add(
        table.logicApps().peers().stream()
            .filter(p -> p != lost && known(p).originHost().equals(identity))
            .toArray(Peer[]::new),
        appTurn++);
  }

  private void begin(RouteTable table, Peer sender, Destination destination) {
    routes = table;
    from = sender;
    request = destination;
    listCount = 0;
    list = 0;
    step = 0;
    turns = firstTurns;
    groups = Groups.NONE;
    round = Round.IN_TURN;
    group = 0;
  }

  private void add(Peer[] peers, int start) {
    if (peers.length > 0) {
      lists[listCount] = peers;
      starts[listCount++] = Math.floorMod(start, peers.length);
    }
  }

  /** The next peer to try, or null when there is none left. */
  public @Nullable Peer next() {
    for (Peer candidate = any(); candidate != null; candidate = any()) {
      if (candidate != from && allowed(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private boolean allowed(Peer candidate) {
    Capabilities known = known(candidate);
    Destination request = Objects.requireNonNull(this.request);
    boolean inGroup = list == listCount; // whose members were chosen by application
    return (inGroup || known.supports(request.applicationId()))
        && !request.hasPassed(known.originHost());
  }

  private @Nullable Peer any() {
    while (list < listCount) {
      Peer[] peers = lists[list];
      if (step < peers.length) {
        return peers[(starts[list] + step++) % peers.length];
      }
      list++;
      step = 0;
    }
    Peer found = inRound();
    while (found == null && round != Round.LAST_RESORT) {
      round = round == Round.IN_TURN ? Round.PASSED : Round.LAST_RESORT;
      group = 0;
      found = inRound();
    }
    return found;
  }

  /**
   * Whether the peer that {@link #next} returned last is one that takes requests only when no other
   * is usable; not when the others merely have too much to do.
   */
  public boolean isLastResort() {
    return round == Round.LAST_RESORT;
  }

  private @Nullable Peer inRound() {
    PriorityGroup[] all = round == Round.LAST_RESORT ? groups.lastResort() : groups.inService();
    for (; group < all.length; group++) {
      Peer found = inGroup(all[group]);
      if (found != null) {
        return found;
      }
      step = 0;
    }
    return null;
  }

  /** The group's next: whose turn it is, then all members, it among them. */
  private @Nullable Peer inGroup(PriorityGroup now) {
    if (step > now.members().length) {
      return null;
    }
    if (step++ > 0) {
      return now.members()[step - 2];
    }
    if (round == Round.PASSED) {
      return now.passesSome() ? now.members()[0] : null;
    }
    return favourite(now);
  }

  /** Whose turn it is in the group. Null when the next group is to be asked first. */
  private @Nullable Peer favourite(PriorityGroup now) {
    @Nullable Peer[] cycle = now.cycle();
    Peer inTurn = cycle.length == 1 ? cycle[0] : cycle[turns.next(now.ordinal(), cycle.length)];
    if (inTurn == null) {
      return null;
    }
    if (routes.balance() == Balance.LEAST_PENDING) {
      return leastPending(now);
    }
    return inTurn.loop() == loop ? inTurn : now.near(inTurn, loop);
  }

  private Peer leastPending(PriorityGroup now) {
    Peer[] members = now.members();
    int best = 0;
    for (int i = 1; i < members.length; i++) {
      if (now.weights()[best] == 0) { // it has only just come back
        best = i;
        continue;
      }
      long load = (long) pending.applyAsInt(members[i]) * now.weights()[best];
      if (load < (long) pending.applyAsInt(members[best]) * now.weights()[i]) {
        best = i;
      }
    }
    return members[best];
  }

  private int owner(long sessionHash, long nowNanos) {
    if (sessionHash != 0) {
      long newest = 0; // each loop remembers what went through it
      for (int i = 0; i < bindings.size(); i++) {
        newest = Math.max(newest, bindings.get(i).newest(sessionHash, nowNanos));
      }
      return (int) newest;
    }
    return 0;
  }

  private static Capabilities known(Peer peer) {
    return Objects.requireNonNull(peer.capabilities());
  }
}
