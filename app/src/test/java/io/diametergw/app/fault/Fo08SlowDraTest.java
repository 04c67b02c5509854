package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultSite.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.load.Timeline;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-08",
    what = "DRA-1 takes 2 s for an answer, DRA-2 of the same priority next to none",
    goal =
        "unanswered 0, other than 2001 0; DRA-2's p99 <= 1.2 x p99 before (asserted: 2 x or 150"
            + " ms); DRA-1 has at most max-pending 3,000 requests, DRA-2 takes the rest")
class Fo08SlowDraTest {
  private static final int MAX_PENDING = 3_000;
  private static final long SLOW_SECONDS = 2;
  private static final Duration DURATION = Duration.ofSeconds(8);
  private static final Pattern PENDING = Pattern.compile("DRA DRA-1: .* pending=(\\d+) ");
  private static final double NOISE_MILLIS = 150;

  @Test
  void slowDraHoldsUpNobodyElse(FaultSite site) {
    var dra1 = site.innerDra(1);
    var dra2 = site.dra(2);
    site.warm(dra2);
    long warmed = dra2.count(DraCounter.REQUESTS);
    var gateway =
        site.gateway(
                "dra-pool: { max-pending: %d }\n".formatted(MAX_PENDING)
                    + StartedGateway.dras(dra1.port(), dra2.port())
                        .replace("priority: 2", "priority: 1"),
                "-stats-interval",
                "200ms")
            .awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(4));

    long slow = System.nanoTime();
    long before = dra1.count(DraCounter.REQUESTS);
    dra1.delay(Duration.ofSeconds(SLOW_SECONDS), Duration.ZERO);
    site.play(DURATION);
    long end = System.nanoTime();
    long taken = dra1.count(DraCounter.REQUESTS) - before;
    var ledger = load.end();
    long sum = dra1.count(DraCounter.REQUESTS) + dra2.count(DraCounter.REQUESTS) - warmed;
    int most = mostPending(gateway);
    gateway.stopClean();

    double p99Before = FaultLedger.p99Millis(ledger.timeline().due(slow - 2 * SECOND, slow));
    double p99 = p99OfFast(ledger.timeline().due(slow + SECOND, end));
    site.measured(
        "%s; DRA-2's p99 %.1f ms, was %.1f ms; at most %,d pending at DRA-1, which took %,d a"
            + " second of %,d",
        ledger.counts(), p99, p99Before, most, taken / DURATION.toSeconds(), FaultSite.RATE);
    ledger.assertAllGood();
    assertThat(sum).as("requests at both").isEqualTo(ledger.sent());
    assertThat(most).as("pending at DRA-1").isBetween(MAX_PENDING * 9 / 10, MAX_PENDING);
    assertThat(p99).as("p99 of DRA-2, ms").isLessThan(Math.max(2 * p99Before, NOISE_MILLIS));
  }

  private static int mostPending(GatewayProcess gateway) {
    return gateway.log().stream()
        .map(PENDING::matcher)
        .filter(line -> line.find())
        .mapToInt(line -> Integer.parseInt(line.group(1)))
        .max()
        .orElseThrow();
  }

  /** The 99th percentile of the answers that were quicker than DRA-1's can be. */
  private static double p99OfFast(Timeline.Stretch stretch) {
    var latency = stretch.latency();
    long fast = latency.getCountBetweenValues(0, SLOW_SECONDS * SECOND * 99 / 100);
    double percentile = 99.0 * fast / latency.getTotalCount();
    return FaultLedger.millis(latency.getValueAtPercentile(percentile));
  }
}
