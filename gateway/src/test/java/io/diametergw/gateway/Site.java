package io.diametergw.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.diametergw.gateway.config.DraBuilder;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.config.GatewayConfigBuilder;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.Requests;
import io.diametergw.lab.Requests.CcRequestType;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * A running gateway, the DRAs it dials and the Logic Apps that dial it, for one test.
 *
 * <p>After the test everything is closed and looked at: the gateway's books have to balance, no
 * message may have caused an exception, and every buffer must have been given back. When the test
 * has failed, the failure carries the logs of all ends and the counters.
 */
public final class Site implements BeforeEachCallback, AfterEachCallback {
  /** The gateway's identity. */
  public static final String GATEWAY = "gw.local.test";

  /** The realm of the gateway and its Logic Apps. */
  public static final String LOCAL = "local.test";

  /** The realm of the DRAs. */
  public static final String REMOTE = "remote.test";

  /** How long conditions are waited for; nothing waits so long when all is well. */
  public static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final Logger LEAKS =
      (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class.getName());

  private final List<SimulatedDra> dras = new ArrayList<>();
  private final List<SimulatedLogicApp> apps = new ArrayList<>();
  private final List<ScriptedPeer> peers = new ArrayList<>();
  private final List<ScriptedListener> listeners = new ArrayList<>();
  private final List<Consumer<GatewayConfigBuilder>> told = new ArrayList<>();
  private final ListAppender<ILoggingEvent> leaks = new ListAppender<>();
  private final AtomicInteger sessions = new AtomicInteger();
  private @Nullable Gateway gateway;
  private long buffersBefore;
  private int draCount;
  private int answeringDras;
  private long defectsExpected;

  // ---- who is there

  /**
   * A DRA named {@code DRA-1}, {@code DRA-2}, …, whose identity is {@code dra1.remote.test}, …; it
   * relays everything.
   */
  SimulatedDra dra(int priority) {
    return dra(priority, _ -> {});
  }

  /** A DRA of which the configuration says more. */
  SimulatedDra dra(int priority, Consumer<DraBuilder> more) {
    return dra(LabNode.relay("dra" + (draCount + 1) + "." + REMOTE, REMOTE), priority, more);
  }

  /** A DRA that says this of itself. */
  SimulatedDra dra(LabNode node, int priority, Consumer<DraBuilder> more) {
    var dra = new SimulatedDra(node).relaysFor("server." + REMOTE, REMOTE).start();
    dras.add(dra);
    configure(dra.port(), priority, more);
    return dra;
  }

  /** A DRA that the test plays: {@link #accept} takes the gateway's connection. */
  ScriptedListener scriptedDra(int priority) {
    return scriptedDra(priority, _ -> {});
  }

  ScriptedListener scriptedDra(int priority, Consumer<DraBuilder> more) {
    var listener = ScriptedListener.on(0);
    listeners.add(listener);
    configure(listener.port(), priority, more);
    return listener;
  }

  /** A DRA that listens there, and answers the gateway's CER by itself. */
  public void draAt(int port, int priority) {
    configure(port, priority, _ -> {});
    answeringDras++;
  }

  private void configure(int port, int priority, Consumer<DraBuilder> more) {
    String name = "DRA-" + ++draCount;
    told.add(config ->
        config.dra(dra -> {
          dra.name(name).host("127.0.0.1").port(port).priority(priority);
          more.accept(dra);
        }));
  }

  /**
   * The gateway's connection to a scripted DRA, capabilities exchanged; the DRA relays everything.
   */
  ScriptedPeer accept(ScriptedListener listener, String host) {
    return accept(listener, LabNode.relay(host, REMOTE));
  }

  ScriptedPeer accept(ScriptedListener listener, LabNode node) {
    var peer = accept(listener);
    peer.answerCer(node);
    return peer;
  }

  /** The gateway's connection to a scripted DRA, which has answered nothing yet. */
  ScriptedPeer accept(ScriptedListener listener) {
    var peer = listener.accept(PATIENCE);
    peers.add(peer);
    return peer;
  }

  /** Starts the gateway and waits until it is connected to every DRA that answers by itself. */
  public Gateway start(Consumer<GatewayConfigBuilder> more) {
    return start(more, Gateway.Extensions.NONE);
  }

  Gateway start(Consumer<GatewayConfigBuilder> more, Gateway.Extensions extensions) {
    var builder =
        GatewayConfig.builder()
            .listen("127.0.0.1:0")
            .originHost(GATEWAY)
            .originRealm(LOCAL)
            .sessionTimeout(Duration.ofSeconds(10))
            .drainTimeout(Duration.ofSeconds(5))
            .statsInterval(Duration.ZERO)
            .draPool(pool ->
                pool.reconnectInterval(Duration.ofMillis(20))
                    .reconnectBackoff(1)
                    .reopenInterval(Duration.ofMillis(20)));
    told.forEach(tell -> tell.accept(builder));
    more.accept(builder);
    try {
      gateway = Gateway.start(builder.build(), extensions);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitConnections(dras.size() + answeringDras);
    return requireNonNull(gateway);
  }

  Gateway start() {
    return start(_ -> {});
  }

  Gateway gateway() {
    return requireNonNull(gateway, "not started");
  }

  public int port() {
    return gateway().listenAddress().getPort();
  }

  /** A Logic App with one connection that asks for the realm of the DRAs. */
  SimulatedLogicApp app(String host) {
    return connect(new SimulatedLogicApp(host, LOCAL));
  }

  /** Connects a Logic App; from then on requests know every DRA that was open before. */
  SimulatedLogicApp connect(SimulatedLogicApp app) {
    apps.add(app);
    return app.destinationRealm(REMOTE).connect(port());
  }

  /** A Logic App that the test plays, capabilities exchanged, for all applications. */
  ScriptedPeer peer(String host) {
    return peer(LabNode.relay(host, LOCAL));
  }

  ScriptedPeer peer(LabNode node) {
    var peer = stranger();
    peer.sendCer(node);
    return peer;
  }

  /** A connection to the gateway that has said nothing yet. */
  ScriptedPeer stranger() {
    var peer = ScriptedPeer.connect(port());
    peers.add(peer);
    return peer;
  }

  /**
   * A Credit-Control-Request of {@code app1.local.test} to the realm of the DRAs (conformance:
   * REQ).
   */
  LabMessage request() {
    return request("app1." + LOCAL);
  }

  LabMessage request(String originHost) {
    var requests = Requests.from(originHost, LOCAL, REMOTE);
    int number = sessions.incrementAndGet();
    return requests.gy(requests.sessionId(number), "001010000000001", CcRequestType.INITIAL, 0);
  }

  // ---- what is known

  public GatewayStats stats() {
    return gateway().stats();
  }

  public long count(Counter counter) {
    return stats().count(counter);
  }

  /** Waits until the statistics are so. */
  public GatewayStats awaitStats(String what, Predicate<GatewayStats> condition) {
    await(what)
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> condition.test(stats()));
    return stats();
  }

  public void awaitConnections(int n) {
    awaitStats(n + " open connections to DRAs", now -> now.activeConnections() == n);
  }

  /** Waits until requests go to this priority. */
  void awaitPriority(int priority) {
    awaitStats("priority " + priority, now -> now.activePriority() == priority);
  }

  /** Waits until no request is in flight and the books balance. */
  public GatewayStats awaitQuiet() {
    return awaitStats(
        "balanced books, nothing in flight", now -> now.inFlight() == 0 && now.unaccounted() == 0);
  }

  /** So many exceptions are the test's own. */
  void expectDefects(long n) {
    defectsExpected = n;
  }

  /** The test has stopped the gateway itself. */
  void stopped() {
    gateway = null;
  }

  /** Runs it on a thread of its own, however few the common pool has. */
  static <T> CompletableFuture<T> supply(Supplier<T> what) {
    return CompletableFuture.supplyAsync(what, task -> Thread.ofVirtual().start(task));
  }

  // ---- before and after

  @Override
  public void beforeEach(ExtensionContext context) {
    buffersBefore = buffers();
    leaks.start();
    LEAKS.addAppender(leaks);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Throwable failure = context.getExecutionException().orElse(null);
    try {
      if (failure == null && gateway != null) {
        var last = awaitStats("balanced books", now -> now.unaccounted() == 0);
        assertThat(last.count(Counter.DEFECTS))
            .as("exceptions while handling messages")
            .isEqualTo(defectsExpected);
      }
    } catch (AssertionError | org.awaitility.core.ConditionTimeoutException e) {
      e.addSuppressed(new AssertionError(report()));
      throw e;
    } finally {
      if (failure != null) {
        failure.addSuppressed(new AssertionError(report()));
      }
      close();
    }
    if (failure == null) {
      await("buffers given back")
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(buffers()).isLessThanOrEqualTo(buffersBefore));
      assertThat(leaks.list)
          .filteredOn(event -> event.getLevel() == Level.ERROR)
          .extracting(ILoggingEvent::getFormattedMessage)
          .isEmpty();
    }
  }

  void close() {
    apps.forEach(app -> closeQuietly(app));
    peers.forEach(peer -> closeQuietly(peer));
    if (gateway != null) {
      gateway.close();
    }
    dras.forEach(dra -> closeQuietly(dra));
    listeners.forEach(listener -> closeQuietly(listener));
    LEAKS.detachAppender(leaks);
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      LoggerFactory.getLogger(Site.class).warn("close", e);
    }
  }

  /** Buffers of Netty's pool that are in use. */
  public static long buffers() {
    var pool = PooledByteBufAllocator.DEFAULT.metric();
    return Stream.concat(pool.directArenas().stream(), pool.heapArenas().stream())
        .mapToLong(PoolArenaMetric::numActiveAllocations)
        .sum();
  }

  private String report() {
    var text = new StringBuilder("what everybody saw\n");
    if (gateway != null) {
      stats().lines().forEach(line -> text.append(line).append('\n'));
      for (Counter counter : Counter.values()) {
        text.append(counter).append('=').append(stats().count(counter)).append(' ');
      }
      text.append('\n');
    }
    dras.forEach(dra -> text.append(dra).append('\n').append(dra.log()).append('\n'));
    apps.forEach(app -> text.append(app).append('\n').append(app.log()).append('\n'));
    peers.forEach(peer -> text.append(peer).append('\n').append(peer.log()).append('\n'));
    return text.toString();
  }
}
