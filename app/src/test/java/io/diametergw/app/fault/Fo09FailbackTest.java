package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultSite.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-09",
    what = "DRA-1 comes back under load, 2 s after it was killed",
    goal =
        "unanswered 0, other than 2001 0; three DWAs before the first request; in the first second"
            + " at most 50 % of the steady rate")
class Fo09FailbackTest {
  private static final Duration LONGEST = Duration.ofSeconds(15);
  private static final Duration STEP = Duration.ofMillis(10);
  private static final int DWAS_TO_REOPEN = 3;
  private static final double HALF_WITH_MARGIN = 0.6;

  /** What DRA-1 had counted at a moment. */
  private record Sample(long nanos, long requests, long dwrs) {}

  @Test
  void trafficReturnsAfterThreeWatchdogsStepByStep(FaultSite site) {
    var dra1 = site.dra(1, "-delay", "5ms");
    var dra2 = site.dra(2, "-delay", "5ms");
    var gateway =
        site.gateway(
                "dra-pool: { reconnect-interval: 200ms, max-reconnect-delay: 200ms }\n"
                    + GatewayProcess.dras(dra1, dra2))
            .awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(3));

    dra1.kill();
    site.play(Duration.ofSeconds(2));
    dra1.restart();
    var samples = new ArrayList<Sample>();
    long end = System.nanoTime() + LONGEST.toNanos();
    boolean back = false;
    while (System.nanoTime() - end < 0) {
      site.play(STEP);
      var counters = dra1.counters();
      samples.add(
          new Sample(
              System.nanoTime(),
              counters.getOrDefault(DraCounter.REQUESTS, 0L),
              counters.getOrDefault(DraCounter.DWR_RECEIVED, 0L)));
      if (!back && samples.getLast().requests() > 0) {
        back = true;
        end = System.nanoTime() + 4 * SECOND;
      }
    }
    var ledger = load.end();
    gateway.stopClean();

    var first = samples.stream().filter(sample -> sample.requests() > 0).findFirst().orElseThrow();
    long firstSecond = rate(samples, first.nanos());
    long steady = rate(samples, samples.getLast().nanos() - SECOND - SECOND / 10);
    site.measured(
        "%s; %d DWAs before the first request; %d requests in DRA-1's first second, %.0f %% of %d"
            + " later",
        ledger.counts(), first.dwrs(), firstSecond, 100.0 * firstSecond / steady, steady);
    ledger.assertAllGood();
    assertThat(first.dwrs()).as("DWAs before the first request").isEqualTo(DWAS_TO_REOPEN);
    assertThat(steady).as("steady rate").isGreaterThan(FaultSite.RATE * 9 / 10);
    assertThat((double) firstSecond / steady)
        .as("share of the first second")
        .isLessThan(HALF_WITH_MARGIN);
  }

  /** Requests of the second that begins at the first sample from then on. */
  private static long rate(List<Sample> samples, long fromNanos) {
    var from = samples.stream().filter(s -> s.nanos() - fromNanos >= 0).findFirst().orElseThrow();
    var to =
        samples.stream()
            .filter(s -> s.nanos() - from.nanos() >= SECOND)
            .findFirst()
            .orElse(samples.getLast());
    return Math.round(
        (to.requests() - from.requests()) * (double) SECOND / (to.nanos() - from.nanos()));
  }
}
