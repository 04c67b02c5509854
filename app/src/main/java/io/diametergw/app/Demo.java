package io.diametergw.app;

import io.diametergw.app.DemoTraffic.Noticed;
import io.diametergw.gateway.DrainReport;
import io.diametergw.gateway.Gateway;
import io.diametergw.gateway.GatewayStats;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.Ledger;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The story "DRA-1 and DRA-2 fail, DRA-3 takes over, DRA-1 recovers", played by the real gateway
 * and simulated nodes.
 *
 * <p>One thread tells it and lets it happen; the gateway, the nodes and {@link DemoTraffic} have
 * theirs.
 */
final class Demo implements AutoCloseable {
  private static final Duration RECONNECT = Duration.ofMillis(200);
  private static final Duration MAX_RECONNECT = Duration.ofMillis(500);
  private static final Duration REOPEN = Duration.ofMillis(100);
  private static final Duration DRA_DELAY = Duration.ofMillis(20);
  private static final Duration DRA_JITTER = Duration.ofMillis(10);
  private static final Duration SLOW_DRA_DELAY = Duration.ofMillis(300);
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** How long the gateway may take for a step of the story before the demo calls it a failure. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /**
   * Below the ports that systems lend to outgoing connections, so that nobody takes a DRA's port
   * while the DRA is down.
   */
  private static final int LOWEST_PORT = 10_000;

  private static final int HIGHEST_PORT = 32_000;
  private static final int PORT_ATTEMPTS = 50;

  private final PrintStream out;
  private final StopSignals signals;
  private final long storyNanos;
  private final int rate;
  private final SimulatedDra dra1 = dra("dra1.example.com");
  private final SimulatedDra dra2 = dra("dra2.example.com");
  private final SimulatedDra dra3 = dra("dra3.example.com");
  private final List<SimulatedDra> dras = List.of(dra1, dra2, dra3);
  private final DemoTraffic traffic;
  private final List<String> failures = new ArrayList<>();
  private long begunNanos;
  private long trafficNanos; // when the traffic began: a slow start does not shorten the story
  private Noticed toldBefore = new Noticed(0, 0, 0, 0, 0, 0, 0);
  private long resentBefore;
  private boolean stopped;
  private @Nullable Gateway started;

  Demo(PrintStream out, StopSignals signals, Duration length, int rate) {
    this.out = out;
    this.signals = signals;
    this.storyNanos = length.toNanos();
    this.rate = rate;
    this.traffic = new DemoTraffic(dras, rate);
  }

  private static SimulatedDra dra(String host) {
    return new SimulatedDra(host, DemoTraffic.REALM).delay(DRA_DELAY, DRA_JITTER).keepRequests(0);
  }

  /** The DRAs of the story, for a test to make it fail. */
  List<SimulatedDra> dras() {
    return dras;
  }

  /** Plays the story; true when nothing was lost or wrong. */
  boolean run() throws IOException, InterruptedException {
    begunNanos = System.nanoTime();
    out.println("demo: " + Build.current());
    dras.forEach(Demo::startOnFreePort);
    Gateway gateway = Gateway.start(config());
    started = gateway;
    introduce(gateway);
    await(
        gateway,
        "all DRAs are connected",
        stats -> stats.dras().stream().allMatch(DemoPicture::isOkay));
    traffic.connect(gateway.listenAddress());
    traffic.start();
    trafficNanos = System.nanoTime();
    play(gateway);
    return finish(gateway);
  }

  private static void startOnFreePort(SimulatedDra dra) {
    for (int attempt = 1; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
      try {
        dra.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).start();
        return;
      } catch (UncheckedIOException e) {
        if (attempt == PORT_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private GatewayConfig config() {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    return GatewayConfig.builder()
        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .originHost("gateway.example.com")
        .originRealm(DemoTraffic.REALM)
        .statsInterval(Duration.ZERO)
        .dra("DRA-1", host, dra1.port(), 1)
        .dra("DRA-2", host, dra2.port(), 1)
        .dra("DRA-3", host, dra3.port(), 2)
        .draPool(pool ->
            pool.reconnectInterval(RECONNECT)
                .maxReconnectDelay(MAX_RECONNECT)
                .reopenInterval(REOPEN)
                .maxTransmissions(dras.size()))
        .build();
  }

  private void introduce(Gateway gateway) {
    out.printf(
        Locale.ROOT,
        "ports: gateway %d, DRA-1 %d, DRA-2 %d, DRA-3 %d (127.0.0.1)%n",
        gateway.listenAddress().getPort(),
        dra1.port(),
        dra2.port(),
        dra3.port());
    out.printf(
        "settings of this demo: reconnect-interval %d ms, max-reconnect-delay %d ms, reopen-interval %d ms, max-transmissions %d;"
            + " all others as by default%n",
        RECONNECT.toMillis(), MAX_RECONNECT.toMillis(), REOPEN.toMillis(), dras.size());
    out.printf(
        "traffic: %d requests a second (S6a AIR and ULR, S13 ECR, Gx CCR), CLR and RAR from the DRAs; a DRA answers in %d to %d ms%n%n",
        rate, DRA_DELAY.toMillis(), DRA_DELAY.plus(DRA_JITTER).toMillis());
  }

  // ---- the story

  private void play(Gateway gateway) throws InterruptedException {
    happens("the Logic Apps ask; DRA-1 and DRA-2 share the requests");
    then(gateway, 0.15);
    if (stopped) {
      return;
    }
    happens("DRA-1 is killed");
    traffic.betweenPushes(dra1::kill);
    await(
        gateway,
        "DRA-1 is known to be down; DRA-2 takes what DRA-1 owed",
        stats -> !stats.dras().get(0).open());
    then(gateway, 0.33);
    if (stopped) {
      return;
    }
    happens("DRA-2 is killed");
    traffic.betweenPushes(dra2::kill);
    await(
        gateway,
        "failover: requests go to priority 2, DRA-3",
        stats -> stats.activePriority() == 2);
    then(gateway, 0.53);
    if (stopped) {
      return;
    }
    happens("DRA-1 is started again");
    dra1.restart();
    await(
        gateway,
        "failback: DRA-1 answered three watchdogs, requests go to priority 1",
        stats -> stats.activePriority() == 1);
    then(gateway, 0.75);
    if (stopped) {
      return;
    }
    happens("DRA-2 is started again");
    dra2.restart();
    await(
        gateway,
        "DRA-2 is trusted again and takes its share",
        stats -> DemoPicture.isOkay(stats.dras().get(1)));
    then(gateway, 1);
  }

  /**
   * Draws, lets the traffic run until that part of the story is over, and tells what the clients
   * noticed.
   */
  private void then(Gateway gateway, double part) throws InterruptedException {
    DemoPicture.of(gateway.stats()).forEach(line -> out.println("              " + line));
    long left = trafficNanos + (long) (storyNanos * part) - System.nanoTime();
    if (signals.await(Duration.ofNanos(Math.max(0, left)))) {
      stopped = true;
      happens("stopped by a signal");
    }
    tellClients(gateway);
  }

  private void tellClients(Gateway gateway) {
    Noticed now = traffic.noticed();
    Noticed since = now.since(toldBefore);
    var latency = traffic.takeLatency();
    GatewayStats stats = gateway.stats();
    long resent = resent(stats);
    happens(
        String.format(
            Locale.ROOT,
            "clients: %,d requests, %,d answers, %d errors, %d lost; p50 %.0f ms, p99 %.0f ms, max %.0f ms; the gateway sent %d again",
            since.asked(),
            since.answered() + since.refused(),
            since.refused(),
            since.lost(),
            latency.percentileMillis(50),
            latency.percentileMillis(99),
            latency.percentileMillis(100),
            resent - resentBefore));
    out.println();
    toldBefore = now;
    resentBefore = resent;
  }

  private static long resent(GatewayStats stats) {
    return stats.count(Counter.RETRANSMITTED) + stats.count(Counter.REROUTED);
  }

  private void happens(String what) {
    out.printf(Locale.ROOT, "%7.2f s  %s%n", (System.nanoTime() - begunNanos) / 1e9, what);
  }

  private void await(Gateway gateway, String step, Predicate<GatewayStats> reached) {
    long limit = System.nanoTime() + PATIENCE_NANOS;
    while (!reached.test(gateway.stats())) {
      if (System.nanoTime() - limit > 0) {
        failures.add("not reached: " + step);
        happens("NOT REACHED in " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS) + " s: " + step);
        return;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    happens(step);
  }

  // ---- the end

  private boolean finish(Gateway gateway) throws InterruptedException {
    dras.forEach(
        dra -> dra.delay(SLOW_DRA_DELAY, Duration.ZERO)); // so that there is something to drain
    LockSupport.parkNanos(SLOW_NANOS);
    traffic.stop();
    Noticed asked = traffic.noticed();
    long requests = asked.asked() + asked.pushed();
    await(
        gateway,
        "the Logic Apps ask no more; DRAs have become slow",
        stats -> stats.totalRequests() >= requests);
    happens("the gateway drains: %d requests are in flight".formatted(gateway.stats().inFlight()));
    DrainReport drained = gateway.drain();
    happens("the gateway said goodbye to all peers and ended: " + drained);
    traffic.awaitQuiet();
    out.println();
    GatewayStats stats = gateway.stats();
    stats.lines().forEach(out::println);
    out.println();
    return sumUp(traffic.noticed(), stats, drained);
  }

  private boolean sumUp(Noticed noticed, GatewayStats stats, DrainReport drained) {
    List<Ledger> ledgers = traffic.ledgers();
    long lost = noticed.lost() + noticed.inFlight();
    out.printf(
        Locale.ROOT,
        "Logic Apps: %,d requests, %,d answered, %d with an error, lost %d%n",
        noticed.asked(),
        noticed.answered() + noticed.refused(),
        noticed.refused(),
        lost);
    out.printf(
        Locale.ROOT,
        "DRAs: %,d requests (CLR, RAR), %,d answered, failed %d%n",
        noticed.pushed(),
        noticed.pushAnswered(),
        noticed.pushFailed());
    out.printf(
        Locale.ROOT,
        "the gateway sent %d again, %d of them with the T flag%n",
        resent(stats),
        stats.count(Counter.RETRANSMITTED));
    fail(lost, "requests of Logic Apps were lost");
    fail(noticed.refused(), "requests of Logic Apps were answered with an error");
    fail(noticed.pushFailed(), "requests of DRAs were not answered with success");
    fail(sum(ledgers, Ledger::duplicate), "answers came twice");
    fail(sum(ledgers, ledger -> ledger.foreign() + ledger.late()), "answers were foreign or late");
    fail(
        sum(
            ledgers,
            ledger ->
                ledger.mismatchedEndToEnd()
                    + ledger.mismatchedSession()
                    + ledger.corrupt()
                    + ledger.misroutedPushes()),
        "messages were not what they should be");
    fail(
        atDras(DraCounter.MALFORMED) + atDras(DraCounter.MISROUTED_REALM),
        "requests reached a DRA malformed or misrouted");
    fail(
        atDras(DraCounter.PUSH_WRONG_HOST)
            + atDras(DraCounter.PUSH_WRONG_SESSION)
            + atDras(DraCounter.FOREIGN_ANSWERS),
        "answers to requests of DRAs were foreign");
    fail(drained.lost(), "requests were in flight when the gateway ended");
    fail(stats.unaccounted(), "requests are missing in the gateway's books");
    fail(
        stats.totalRequests() - noticed.asked() - noticed.pushed(),
        "requests more in the gateway's books than were sent");
    if (failures.isEmpty()) {
      out.println("lost 0: every request got exactly one answer");
      return true;
    }
    failures.forEach(failure -> out.println("FAILED: " + failure));
    return false;
  }

  private void fail(long count, String what) {
    if (count != 0) {
      failures.add(count + " " + what);
    }
  }

  private static long sum(List<Ledger> ledgers, ToLongFunction<Ledger> of) {
    return ledgers.stream().mapToLong(of).sum();
  }

  private long atDras(DraCounter counter) {
    return dras.stream().mapToLong(dra -> dra.count(counter)).sum();
  }

  @Override
  public void close() {
    traffic.close();
    Gateway gateway = started;
    if (gateway != null) {
      gateway.close();
    }
    dras.forEach(SimulatedDra::close);
  }
}
