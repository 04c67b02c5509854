package io.diametergw.gateway.routing;

import io.diametergw.gateway.config.DraConfig;
import io.diametergw.gateway.config.DraPoolConfig;
import io.diametergw.gateway.config.LogicAppsConfig;
import io.diametergw.gateway.config.LogicAppsConfig.DuplicateOriginHost;
import io.diametergw.gateway.routing.RouteTable.Dra;
import io.diametergw.peer.Capabilities;
import io.diametergw.peer.DisconnectCause;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerHandler.Admission;
import io.diametergw.peer.PeerHandler.CloseReason;
import io.diametergw.peer.PeerState;
import io.diametergw.wire.Identity;
import io.diametergw.wire.ResultCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that hears of every change of a peer and publishes where requests may go: {@link
 * #routes}.
 *
 * <p>It alone decides who is admitted, so two connections of one identity cannot slip past each
 * other, and a Logic App has its CEA only when requests of DRAs can find it. Changes that come
 * close together make one new table. Methods may be called from any thread unless they say
 * otherwise.
 */
public final class Conductor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);
  private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final LogicAppsConfig apps;
  private final DraPoolConfig pool;
  private final Identity localRealm;
  private final AllowList allowList;
  private final RouteListener listener;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("conductor").daemon().unstarted(task));

  private volatile RouteTable routes = RouteTable.EMPTY;
  private volatile boolean draining;
  private final AtomicLong failovers = new AtomicLong();
  private final AtomicLong failbacks = new AtomicLong();

  // The conductor's own thread only:
  private final List<PoolMember> members = new ArrayList<>(); // in the order of the configuration
  private final Map<Integer, Peer> appsByConnection = new LinkedHashMap<>();
  private final Map<Peer, Integer> connectionOf = new LinkedHashMap<>();
  private final Map<Peer, PeerState> told = new LinkedHashMap<>();
  private final List<Runnable> afterPublishing = new ArrayList<>();
  private LogicApps logicApps = LogicApps.NONE;
  private boolean appsChanged;
  private boolean publishingDue;
  private @Nullable ScheduledFuture<?> nextChange;
  private long publishedNanos = System.nanoTime() - MIN_PAUSE_NANOS;
  private int nextConnectionId = 1;
  private int lastActivePriority;

  public Conductor(
      LogicAppsConfig apps, DraPoolConfig pool, Identity localRealm, RouteListener listener) {
    this.apps = apps;
    this.pool = pool;
    this.localRealm = localRealm;
    this.allowList = new AllowList(apps.allow(), apps.allowAddresses());
    this.listener = listener;
    long everyNanos = pool.healthCheckInterval().toNanos();
    thread.scheduleWithFixedDelay(
        () -> guard(this::publish),
        everyNanos,
        everyNanos,
        TimeUnit.NANOSECONDS); // a net, should a change go unheard
  }

  /** Where requests may go at this moment. */
  public RouteTable routes() {
    return routes;
  }

  /** Whether new requests are refused because the gateway is about to stop. */
  public boolean isDraining() {
    return draining;
  }

  /** From now on new requests are refused. */
  public void drain() {
    draining = true;
  }

  /** How often new requests had to go to a worse priority. */
  public long failovers() {
    return failovers.get();
  }

  /** How often new requests went back to a better priority. */
  public long failbacks() {
    return failbacks.get();
  }

  /**
   * A peer wants to be a Logic App; {@code numbered} hears its connection's number before it is
   * admitted.
   */
  public void admit(
      Peer peer, Capabilities capabilities, Admission admission, IntConsumer numbered) {
    execute(() -> {
      String host = capabilities.originHost().name();
      if (!allowList.allows(host, peer.remoteAddress())) {
        admission.refuse(ResultCode.UNKNOWN_PEER, "not on the allow list");
      } else if (draining) {
        admission.refuse(ResultCode.UNABLE_TO_COMPLY, "shutting down");
      } else if (!makeRoom(capabilities.originHost())) {
        admission.refuse(ResultCode.UNABLE_TO_COMPLY, "this Origin-Host is connected already");
      } else {
        int id = nextConnectionId++;
        appsByConnection.put(id, peer);
        connectionOf.put(peer, id);
        appsChanged = true;
        numbered.accept(id);
        afterPublishing.add(admission::accept);
        publishSoon();
      }
    });
  }

  /** What {@code duplicate-origin-host} says; false to refuse the new connection. */
  private boolean makeRoom(Identity originHost) {
    if (apps.duplicateOriginHost() == DuplicateOriginHost.ALLOW) {
      return true;
    }
    List<Peer> present =
        connectionOf.keySet().stream()
            .filter(p -> Objects.requireNonNull(p.capabilities()).originHost().equals(originHost))
            .toList();
    if (apps.duplicateOriginHost() == DuplicateOriginHost.REPLACE) {
      present.forEach(p -> p.disconnect(DisconnectCause.DO_NOT_WANT_TO_TALK_TO_YOU));
      return true;
    }
    present.forEach(Peer::probe); // a dead one is found in seconds
    return present.isEmpty();
  }

  /** A connection to a DRA that will be made; told before it is dialled. */
  public PoolMember addDra(DraConfig config) {
    var member = new PoolMember(config, pool);
    execute(() -> members.add(member));
    return member;
  }

  /** The capabilities exchange with a DRA is done: it is told as open once it can get requests. */
  public void draOpened(Peer peer, PoolMember member) {
    PeerState state = peer.state();
    execute(() -> {
      Identity expected = member.config().identity();
      Identity told = Objects.requireNonNull(peer.capabilities()).originHost();
      Peer twin = sameUnderAnotherName(told, member);
      if (expected != null && !expected.equals(told)) {
        close(peer, "is " + told + " instead of " + expected);
      } else if (twin != null) { // RFC 6733 §2.1: never two connections to one peer
        twin.probe(); // a dead one is found in seconds
        close(peer, "is " + told + ", which is open already as " + twin.name());
      } else { // it may be lost again by now, which will be told next, and counts
        member.opened(peer);
        publishSoon();
        tellState(peer, true, state);
      }
    });
  }

  /** The open connection to this identity that the configuration calls another DRA. */
  private @Nullable Peer sameUnderAnotherName(Identity identity, PoolMember member) {
    for (PoolMember other : members) {
      Peer open = other.openAs(identity);
      if (open != null && !other.config().name().equals(member.config().name())) {
        return open;
      }
    }
    return null;
  }

  private static void close(Peer peer, String why) {
    peer.loop().execute(() -> peer.close(why));
  }

  /**
   * A peer's state or health is another.
   *
   * @param member what it is in the pool; null for a Logic App
   */
  public void stateChanged(Peer peer, @Nullable PoolMember member) {
    PeerState state = peer.state();
    execute(() -> {
      if (member == null) {
        tellState(peer, false, state);
        return;
      }
      publishSoon();
      if (member.look(System.nanoTime())) {
        heldBack(member);
      }
      if (!state.isOpen() || member.endsAt(peer)) { // else draOpened() will tell
        tellState(peer, true, state);
      }
    });
  }

  private void tellState(Peer peer, boolean dra, PeerState state) {
    PeerState before = told.put(peer, state);
    if (state != before) {
      tell(() -> listener.onPeerState(peer, dra, before, state));
    }
  }

  /** A DRA answers watchdogs, but left requests unanswered. */
  public void unresponsive(Peer peer, String why) {
    execute(() -> listener.onUnresponsive(peer, why));
  }

  /** A connection ended, or could not be made; {@code member} as above. */
  public void closed(Peer peer, @Nullable PoolMember member, CloseReason reason, int pending) {
    execute(() -> {
      Integer id = connectionOf.remove(peer);
      if (id != null) {
        appsByConnection.remove(id);
        appsChanged = true;
      }
      boolean heldBack =
          member != null && member.closed(peer, reason.isInOrder(), System.nanoTime());
      told.remove(peer);
      publishSoon();
      tell(() ->
          listener.onPeerClosed(peer, member != null, reason.text(), reason.isInOrder(), pending));
      if (member != null && heldBack) {
        heldBack(member);
      }
    });
  }

  private void heldBack(PoolMember member) {
    tell(() -> listener.onHeldBack(member.config().name(), pool.holdBack()));
  }

  /** Tells the listener, once the routes are as it says: when a new table is due, then after it. */
  private void tell(Runnable event) {
    if (publishingDue) {
      afterPublishing.add(event);
    } else {
      guard(event);
    }
  }

  private void publishSoon() {
    if (!publishingDue) {
      publishingDue = true;
      long pause = publishedNanos + MIN_PAUSE_NANOS - System.nanoTime();
      if (pause <= 0
          || !appsChanged) { // DRAs at once; many Logic Apps that come together, together
        execute(this::publish);
      } else {
        thread.schedule(() -> guard(this::publish), pause, TimeUnit.NANOSECONDS);
      }
    }
  }

  private void publish() {
    publishingDue = false;
    if (appsChanged) {
      appsChanged = false;
      logicApps = new LogicApps(appsByConnection, localRealm);
    }
    long now = System.nanoTime();
    for (PoolMember member : members) {
      if (member.look(now)) {
        heldBack(member);
      }
    }
    List<Dra> dras =
        members.stream().map(member -> member.route(now)).filter(Objects::nonNull).toList();
    var table = new RouteTable(dras, logicApps, pool.balance(), pool.reopenLastResort());
    scheduleNextChange(now);
    Runnable change =
        compare(table.activePriority()); // counted before anybody can see the new table
    routes = table;
    publishedNanos = now;
    List.copyOf(afterPublishing).forEach(Conductor::guard);
    afterPublishing.clear();
    change.run();
  }

  /** Some routes change with time alone: a DRA that is held back, or whose share grows. */
  private void scheduleNextChange(long now) {
    if (nextChange != null) {
      nextChange.cancel(false);
      nextChange = null;
    }
    long next = Comeback.NEVER;
    for (PoolMember member : members) {
      long change = member.nextChangeNanos(now);
      next = change == Comeback.NEVER ? next : Math.min(next, Math.max(0, change - now));
    }
    if (next != Comeback.NEVER) {
      nextChange = thread.schedule(() -> guard(this::publish), next, TimeUnit.NANOSECONDS);
    }
  }

  /**
   * Counts a move to a worse priority (failover) or to a better one (failback), and returns how to
   * tell it. Before the first failover there is no failback: a better DRA was only slower to
   * connect when we started.
   */
  private Runnable compare(int active) {
    int before = lastActivePriority;
    if (active == before || draining) { // who disconnects everybody does not fail over
      return () -> {};
    }
    lastActivePriority = active;
    if (active == 0 || (before != 0 && active > before)) {
      failovers.incrementAndGet();
      return () -> listener.onFailover(before, active);
    }
    if (failovers.get() > 0) {
      failbacks.incrementAndGet();
    }
    return () -> listener.onFailback(before, active);
  }

  private void execute(Runnable task) {
    if (!thread.isShutdown()) {
      thread.execute(() -> guard(task));
    }
  }

  /** A listener's exception is told, and ends neither this thread nor its periodic task. */
  private static void guard(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException defect) {
      LOG.error("defect in a listener or in routing", defect);
    }
  }

  /** Ends the thread. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
