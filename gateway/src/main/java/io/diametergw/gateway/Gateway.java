package io.diametergw.gateway;

import io.diametergw.gateway.GatewayStats.DraStats;
import io.diametergw.gateway.config.DraConfig;
import io.diametergw.gateway.config.DraPoolConfig;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.config.LogicAppsConfig;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.metrics.Latency;
import io.diametergw.gateway.proxy.Interceptor;
import io.diametergw.gateway.proxy.Leg;
import io.diametergw.gateway.proxy.Proxy;
import io.diametergw.gateway.proxy.ProxyReport;
import io.diametergw.gateway.proxy.ProxySettings;
import io.diametergw.gateway.routing.Conductor;
import io.diametergw.gateway.routing.PoolMember;
import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.gateway.routing.SessionBindings;
import io.diametergw.peer.DisconnectCause;
import io.diametergw.peer.EventLoops;
import io.diametergw.peer.EventLoops.Transport;
import io.diametergw.peer.LocalNode;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerClient;
import io.diametergw.peer.PeerLoop;
import io.diametergw.peer.PeerServer;
import io.diametergw.peer.PeerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway between Logic Apps and DRAs.
 *
 * <p>{@link #start} listens and dials; {@link #drain} stops in order; {@link #close} stops at once.
 * The methods may be called from any thread. It is long because here all parts are put together,
 * and end in the order that loses nothing.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long DISCONNECT_MILLIS = 5_000;
  private static final long STATS_SECONDS = 5;
  private static final Duration BOOKS_INTERVAL = Duration.ofSeconds(1);

  private final GatewayConfig config;
  private final EventLoops loops;
  private final Conductor conductor;
  private final List<Proxy> proxies = new ArrayList<>();
  private final List<PeerClient> clients = new ArrayList<>();
  private final List<Map<Integer, Latency>> answerTimes = new ArrayList<>(); // by client
  private final Map<String, DraConfig> dras = new HashMap<>();
  private final LocalNode node;
  private final PeerServer server;
  private final Periodic statsLog;
  private final Periodic booksCheck;
  private final List<Interceptor> interceptors;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable GatewayStats lastStats;

  private Gateway(GatewayConfig config, Extensions extensions) throws IOException {
    this.config = config;
    this.interceptors = extensions.interceptors();
    this.node =
        new LocalNode(
            config.originHost(),
            config.originRealm(),
            config.productName(),
            config.vendorId(),
            0,
            config.applications(),
            LocalNode.originStateIdOfNow());
    config.dras().forEach(dra -> dras.put(dra.name(), dra));
    loops = new EventLoops(config.eventLoops(), transport(config), "loop");
    conductor =
        new Conductor(
            config.logicApps(),
            config.draPool(),
            config.originRealm(),
            new LoggedEvents(extensions.listeners()));
    makeProxies();
    try {
      server = listen();
    } catch (IOException e) {
      conductor.close();
      loops.close();
      throw e;
    }
    dial();
    statsLog = new Periodic("statistics", config.statsInterval(), () -> log(stats()));
    var books = new Books(config.eventLoops());
    booksCheck =
        new Periodic("check of the books", BOOKS_INTERVAL, () -> books.look(unaccounted()));
  }

  /**
   * What a library user adds.
   *
   * @param listeners hear of peers' states, failover and failback
   * @param interceptors have a say in what passes
   */
  public record Extensions(List<RouteListener> listeners, List<Interceptor> interceptors) {
    /** Nothing. */
    public static final Extensions NONE = new Extensions(List.of(), List.of());

    public Extensions {
      listeners = List.copyOf(listeners);
      interceptors = List.copyOf(interceptors);
    }
  }

  /**
   * Listens for Logic Apps and begins to dial the DRAs.
   *
   * @throws IOException when the listen address is not to be had
   */
  public static Gateway start(GatewayConfig config) throws IOException {
    return start(config, Extensions.NONE);
  }

  /** As above, with what a library user adds. */
  public static Gateway start(GatewayConfig config, Extensions extensions) throws IOException {
    return new Gateway(config, extensions);
  }

  private static Transport transport(GatewayConfig config) {
    return switch (config.transport()) {
      case AUTO -> Transport.best();
      case EPOLL -> Transport.EPOLL;
      case NIO -> Transport.NIO;
    };
  }

  private void makeProxies() {
    int count = config.eventLoops();
    var settings =
        new ProxySettings(
            node,
            config.sessionTimeout().toNanos(),
            Math.max(1, config.maxPending() / count),
            config.draPool().maxTransmissions(),
            config.draPool().retryOn(),
            config.draPool().neverResend(),
            LoggedMessages.of(config),
            interceptors);
    var bindings = new ArrayList<SessionBindings>();
    for (PeerLoop _ : loops.loops()) {
      bindings.add(new SessionBindings(config.logicApps().maxSessionBindings() / count));
    }
    for (PeerLoop loop : loops.loops()) {
      proxies.add(new Proxy(settings, loop, conductor, proxies, List.copyOf(bindings)));
    }
  }

  private PeerServer listen() throws IOException {
    LogicAppsConfig apps = config.logicApps();
    var leg =
        new Leg.Settings(true, apps.forwardNonProxiable(), apps.maxPending(), Integer.MAX_VALUE, 0);
    var settings =
        new PeerSettings(
            PeerSettings.DEFAULTS.connectTimeout(),
            apps.capabilitiesTimeout(),
            apps.watchdogInterval(),
            apps.watchdogTimeout(),
            apps.maxWatchdogFailures(),
            PeerSettings.DEFAULTS.stallTimeout(),
            PeerSettings.DEFAULTS.stallProbeTimeout(),
            PeerSettings.DEFAULTS.reopenInterval(),
            apps.readTimeout(),
            apps.writeTimeout(),
            PeerSettings.DEFAULTS.disconnectTimeout(),
            config.maxMessageLength(),
            apps.maxOutboundBytes(),
            true);
    return PeerServer.listen(
        loops,
        config.listen(),
        node,
        settings,
        apps.maxConnections(),
        peer -> legOf(peer, null, leg, new TreeMap<>()));
  }

  private void dial() {
    DraPoolConfig pool = config.draPool();
    var settings =
        new PeerSettings(
            pool.connectTimeout(),
            pool.capabilitiesTimeout(),
            pool.dwrInterval(),
            pool.dwrTimeout(),
            pool.maxDwrFailures(),
            pool.stallTimeout(),
            pool.stallProbeTimeout(),
            pool.reopenInterval(),
            PeerSettings.DEFAULTS.readTimeout(),
            pool.writeTimeout(),
            PeerSettings.DEFAULTS.disconnectTimeout(),
            config.maxMessageLength(),
            pool.maxOutboundBytes(),
            true);
    var reconnect =
        new PeerClient.Reconnect(
            pool.reconnectInterval(), pool.reconnectBackoff(), pool.maxReconnectDelay());
    for (DraConfig dra : config.dras()) {
      var leg =
          new Leg.Settings(
              dra.routeRecord(),
              dra.forwardNonProxiable(),
              pool.maxPending(),
              pool.maxTimeouts(),
              pool.stallTimeout().plus(pool.stallProbeTimeout()).toNanos());
      for (int i = 0; i < pool.connectionsPerDra(); i++) {
        var times = new TreeMap<Integer, Latency>();
        answerTimes.add(times);
        PoolMember member = conductor.addDra(dra);
        clients.add(
            PeerClient.dial(
                loops,
                dra.name(),
                dra.host(),
                dra.port(),
                node,
                settings,
                reconnect,
                peer -> legOf(peer, member, leg, times)));
      }
    }
  }

  private Leg legOf(
      Peer peer, @Nullable PoolMember member, Leg.Settings settings, Map<Integer, Latency> times) {
    return proxies.get(peer.loop().index()).legFor(peer, member, settings, times);
  }

  /** Where Logic Apps connect. */
  public InetSocketAddress listenAddress() {
    return server.address();
  }

  /**
   * What the gateway has done so far; once it is drained, what it had done when the last request
   * was settled.
   */
  public GatewayStats stats() {
    GatewayStats last = lastStats;
    return last == null ? presentStats() : last;
  }

  private GatewayStats presentStats() {
    var report = new ProxyReport();
    var draStats = new DraStats[clients.size()];
    for (Proxy proxy : proxies) {
      onLoop(
          proxy,
          () -> {
            proxy.addTo(report);
            for (int i = 0; i < clients.size(); i++) {
              if (proxy.isOf(clients.get(i).loop())) {
                draStats[i] = statsOf(clients.get(i), answerTimes.get(i));
              }
            }
          });
    }
    return new GatewayStats(
        report,
        conductor.routes().activePriority(),
        List.of(draStats),
        conductor.failovers(),
        conductor.failbacks(),
        server.connections(),
        server.refusedConnections());
  }

  private static void log(GatewayStats stats) {
    stats.lines().forEach(LOG::info);
  }

  /** As in {@link GatewayStats#unaccounted}, without the rest. */
  private long unaccounted() {
    var sum = new LongAdder();
    proxies.forEach(proxy -> onLoop(proxy, () -> sum.add(proxy.unaccounted())));
    return sum.sum();
  }

  private DraStats statsOf(PeerClient client, Map<Integer, Latency> times) {
    Peer peer = client.peer();
    var all = new Latency();
    times.values().forEach(all::add);
    int pending = 0;
    if (peer != null && peer.handler() instanceof Leg leg) {
      pending = leg.pending();
    }
    return new DraStats(
        client.name(),
        client.address(),
        Objects.requireNonNull(dras.get(client.name())).priority(),
        client.state().name(),
        client.health(),
        client.state().isOpen(),
        pending,
        client.messagesSent(),
        client.messagesReceived(),
        all.percentileMillis(50),
        all.percentileMillis(99));
  }

  private static void onLoop(Proxy proxy, Runnable task) {
    var done = new CompletableFuture<Void>();
    proxy.execute(() -> {
      try {
        task.run();
        done.complete(null);
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    });
    done.orTimeout(STATS_SECONDS, TimeUnit.SECONDS).join();
  }

  /**
   * Stops in order (RFC 6733 §5.4): no new connections, new requests get 3004, those in flight are
   * waited for until {@code drain-timeout} and then get 3002, every peer gets a DPR and everything
   * is closed. Blocks.
   */
  public DrainReport drain() {
    long begun = System.nanoTime();
    long limit = begun + config.drainTimeout().toNanos();
    server.stopAccepting();
    long answeredBefore = stats().count(Counter.ANSWERED);
    conductor.drain();
    waitUntil(() -> isQuiet(stats()), limit);
    GatewayStats waited = stats();
    proxies.forEach(proxy -> onLoop(proxy, proxy::giveUp));
    GatewayStats last = stats();
    log(last);
    Books.tell(last.unaccounted());
    server.peers().forEach(peer -> peer.disconnect(DisconnectCause.REBOOTING));
    clients.forEach(client -> client.disconnect(DisconnectCause.REBOOTING));
    long disconnectLimit =
        Math.max(limit, begun + TimeUnit.MILLISECONDS.toNanos(DISCONNECT_MILLIS));
    waitUntil(
        () ->
            server.connections() == 0 && clients.stream().allMatch(client -> client.peer() == null),
        disconnectLimit);
    lastStats = last;
    close();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    return new DrainReport(
        waited.count(Counter.ANSWERED) - answeredBefore, waited.inFlight(), millis);
  }

  /** Nothing waits for an answer, nor is on its way between two event loops. */
  private static boolean isQuiet(GatewayStats now) {
    return now.inFlight() == 0 && now.unaccounted() == 0;
  }

  private static void waitUntil(BooleanSupplier done, long limitNanos) {
    while (!done.getAsBoolean() && System.nanoTime() - limitNanos < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Stops at once: connections are closed without DPR. Does nothing the second time. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    keepStats();
    statsLog.close();
    booksCheck.close();
    clients.forEach(PeerClient::close);
    server.close();
    loops.close();
    conductor.close();
  }

  /** Whoever asks afterwards hears how it ended. */
  private void keepStats() {
    try {
      lastStats = stats();
    } catch (RuntimeException e) {
      LOG.warn("no statistics at the end: {}", e.getMessage());
    }
  }
}
