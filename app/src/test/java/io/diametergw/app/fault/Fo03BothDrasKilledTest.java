package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultLedger.millis;
import static io.diametergw.app.fault.FaultSite.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-03",
    what = "Both DRAs are killed at once and are back after 5 s; Tc is 500 ms",
    goal =
        "every request of the gap gets 3002 in 100 ms; the first 2001 at most Tc + 200 ms after"
            + " the return; no growth of memory in the gap")
class Fo03BothDrasKilledTest {
  private static final Duration GAP = Duration.ofSeconds(5);
  private static final int UNABLE_TO_DELIVER = 3002;

  /** Tc with its jitter of 20 %, and 200 ms. */
  private static final double RETURN_MILLIS = 600 + 200;

  private static final long MIB = 1 << 20;
  private static final long GROWTH_BYTES = 16 * MIB; // the young generation is touched bit by bit

  @Test
  void requestsOfTheGapAreRefusedAtOnceAndTheNextOnesServed(FaultSite site) {
    var dra1 = site.innerDra(1); // in this JVM: back at once, and warm
    var dra2 = site.innerDra(2);
    var gateway =
        site.gateway(
                "dra-pool: { reconnect-interval: 500ms, max-reconnect-delay: 500ms }\n"
                    + StartedGateway.dras(dra1.port(), dra2.port()))
            .awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(4));

    long killed = System.nanoTime();
    dra1.kill();
    dra2.kill();
    site.play(GAP.dividedBy(2));
    long rss = gateway.process().rssBytes();
    site.play(GAP.dividedBy(2));
    long grown = gateway.process().rssBytes() - rss;
    long returned = System.nanoTime();
    dra1.restart();
    dra2.restart();
    site.play(Duration.ofSeconds(3));
    var ledger = load.end();
    gateway.stopClean();

    var gap = ledger.timeline().due(killed + SECOND / 5, returned);
    var after = ledger.timeline().due(returned, Long.MAX_VALUE);
    double refusedMillis = millis(gap.longestNanos());
    double firstMillis = millis(after.firstGoodNanos() - returned);
    site.measured(
        "%s; %d of %d requests of the gap got 3002, the slowest after %.0f ms; first 2001 %.0f ms"
            + " after the return; memory %+.1f MiB",
        ledger.counts(),
        gap.answered(UNABLE_TO_DELIVER),
        gap.count(),
        refusedMillis,
        firstMillis,
        (double) grown / MIB);
    ledger.assertNothingLost();
    assertThat(ledger.errors()).containsOnlyKeys(UNABLE_TO_DELIVER);
    assertThat(gap.answered(UNABLE_TO_DELIVER)).isEqualTo(gap.count()).isGreaterThan(20_000);
    assertThat(refusedMillis).as("slowest refusal, ms").isLessThan(100);
    assertThat(firstMillis).as("first 2001, ms").isLessThan(RETURN_MILLIS);
    assertThat(grown).as("growth in the gap, bytes").isLessThan(GROWTH_BYTES);
    assertThat(ledger.timeline().ended(returned + 2 * SECOND, Long.MAX_VALUE).answered(3002))
        .as("refused when both are back")
        .isZero();
  }
}
