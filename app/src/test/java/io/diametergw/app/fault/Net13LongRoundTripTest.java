package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The round trip is played by the DRA, which keeps every answer for a second. */
@Scenario(
    id = "NET-13",
    what = "the way to the DRA and back takes a second",
    goal = "answered >= 95 % of the rate offered, with as many pending as it takes; 0 lost")
class Net13LongRoundTripTest {
  private static final int ROUND_TRIP_SECONDS = 1;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final double NANOS_PER_MILLI = 1e6;

  @Test
  void throughputIsNotBoundByTheRoundTrip(FaultSite site) {
    var dra1 = site.dra(1, "-delay", ROUND_TRIP_SECONDS + "s");
    var gateway = site.gateway(GatewayProcess.dras(dra1)).awaitDras(1);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(4));
    long from = System.nanoTime();
    site.play(Duration.ofSeconds(5));
    long to = System.nanoTime();
    var ledger = load.end();
    gateway.stopClean();

    double answered = ledger.timeline().ended(from, to).good() * (double) SECOND / (to - from);
    var latency = ledger.timeline().due(from, to).latency();
    site.measured(
        "%,.0f of %,d a second answered, %,d pending; p50 %.0f ms, p99 %.0f ms; %s",
        answered,
        FaultSite.RATE,
        ledger.timeline().pendingAt(to).count(),
        latency.getValueAtPercentile(50) / NANOS_PER_MILLI,
        latency.getValueAtPercentile(99) / NANOS_PER_MILLI,
        ledger.counts());
    ledger.assertAllGood();
    assertThat(answered).as("answered a second").isGreaterThan(0.95 * FaultSite.RATE);
  }
}
