package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-12",
    what =
        "Of the DRA's answers 10 % come twice, 10 % after the timeout, and 10 % with the Hop-by-Hop"
            + " Identifier of the next request",
    goal = "the Logic Apps see exactly one answer to each request, foreign 0, mismatched 0")
class Fo12WrongAnswersTest {
  private static final Duration LATE = Duration.ofMillis(2_500);

  @Test
  void eachRequestGetsOneAnswerItsOwn(FaultSite site) {
    var dra =
        site.dra(
            1,
            "-twice-every=10",
            "-late-every=10",
            "-late=" + LATE.toMillis() + "ms",
            "-foreign-every=10");
    var gateway = site.gateway("session-timeout: 1s\n" + GatewayProcess.dras(dra)).awaitDras(1);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(5));
    var ledger = load.end();
    site.play(LATE);
    var counters = dra.counters();
    var end = gateway.stopClean();

    long twice = counters.getOrDefault(DraCounter.ANSWERED_TWICE, 0L);
    long late = counters.getOrDefault(DraCounter.ANSWERED_LATE, 0L);
    long foreign = counters.getOrDefault(DraCounter.ANSWERED_FOREIGN, 0L);
    long dropped = end.statistics().count("Failover.unmatched_answers");
    site.measured(
        "%s; %,d answers came twice, %,d late, %,d foreign; %,d dropped by the gateway",
        ledger.counts(), twice, late, foreign, dropped);
    ledger.assertNothingLost();
    assertThat(gateway.linesWith("answers watchdogs but no requests"))
        .as("taken for a zombie, although it answers 80 %")
        .isZero();
    assertThat(Math.min(twice, Math.min(late, foreign)))
        .as("answers of each kind")
        .isGreaterThan(ledger.sent() / 11);
    assertThat(ledger.errors().keySet()).as("codes of other answers").containsExactly(3002);
    assertThat(ledger.errorCount()).as("timeouts").isEqualTo(late + foreign);
    assertThat(dropped).as("dropped by the gateway").isEqualTo(twice + late + foreign);
  }
}
