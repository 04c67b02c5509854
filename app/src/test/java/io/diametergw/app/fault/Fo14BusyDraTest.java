package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class Fo14BusyDraTest {
  private static final String GOAL =
      "unanswered 0, other than 2001 0; each retried once at DRA-2 without T; DRA-2 gets <= 2 x"
          + " its own share";

  @Test
  @Scenario(
      id = "FO-14 100 %",
      what = "DRA-1 answers every request with 3004, beside DRA-2 of the same priority",
      goal = GOAL)
  void everythingIsRetriedOnce(FaultSite site) {
    retry(site, 1);
  }

  @Test
  @Scenario(
      id = "FO-14 50 %",
      what = "DRA-1 answers every other request with 3004, beside DRA-2 of the same priority",
      goal = GOAL)
  void halfIsRetriedOnce(FaultSite site) {
    retry(site, 2);
  }

  private static void retry(FaultSite site, int errorEvery) {
    var dra1 = site.dra(1, "-error-every=" + errorEvery, "-error-code=3004");
    var dra2 = site.dra(2);
    var gateway =
        site.gateway("dras:\n" + dra1.yaml("priority: 1") + dra2.yaml("priority: 1")).awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(5));
    var ledger = load.end();
    var first = dra1.counters();
    var second = dra2.counters();
    var end = gateway.stopClean();

    long busy = first.getOrDefault(DraCounter.ANSWERED_WITH_ERROR, 0L);
    long own = second.getOrDefault(DraCounter.REQUESTS, 0L) - busy;
    site.measured(
        "%s; DRA-1 refused %,d of %,d, all retried at DRA-2, which got %,d beside its own %,d: %.2f"
            + " times",
        ledger.counts(),
        busy,
        first.getOrDefault(DraCounter.REQUESTS, 0L),
        second.getOrDefault(DraCounter.REQUESTS, 0L) - own,
        own,
        (double) second.getOrDefault(DraCounter.REQUESTS, 0L) / own);
    ledger.assertAllGood();
    assertThat(busy)
        .as("answers 3004")
        .isEqualTo(first.getOrDefault(DraCounter.REQUESTS, 0L) / errorEvery)
        .isEqualTo(end.statistics().count("Failover.retried"));
    assertThat(
            second.getOrDefault(DraCounter.ANSWERED, 0L)
                + first.getOrDefault(DraCounter.ANSWERED, 0L))
        .as("answers that the Logic Apps see")
        .isEqualTo(ledger.sent());
    assertThat(second.getOrDefault(DraCounter.RETRANSMITTED, 0L)).as("with T").isZero();
    assertThat(second.getOrDefault(DraCounter.DUPLICATES, 0L)).as("twice at DRA-2").isZero();
    assertThat((double) second.getOrDefault(DraCounter.REQUESTS, 0L) / own)
        .as("DRA-2's rate to its own share")
        .isLessThan(2.05);
  }
}
