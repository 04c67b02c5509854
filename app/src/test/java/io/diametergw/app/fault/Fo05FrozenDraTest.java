package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultLedger.millis;
import static io.diametergw.app.fault.FaultSite.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.DraProcess;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Frozen for 8 s in the suite; {@code -Dfaults.freeze=30} outlives the connection. */
@Scenario(
    id = "FO-05",
    what = "The process of DRA-1 is stopped (SIGSTOP) and goes on after 8 s",
    goal =
        "unanswered 0, duplicate 0, other than 2001 0; new requests diverted after 2.5 s, pending"
            + " ones answered after 3 s; late answers all discarded; one failover, one failback")
class Fo05FrozenDraTest {
  private static final Duration FROZEN = Duration.ofSeconds(Integer.getInteger("faults.freeze", 8));
  private static final Duration CLOSED_AFTER = Duration.ofSeconds(20);
  private static final long SLOW = SECOND / 2;

  @Test
  void lateAnswersAreDiscardedAndNothingFlaps(FaultSite site) {
    var dra1 = site.dra(1, "-delay", "20ms");
    var dra2 = site.dra(2, "-delay", "20ms");
    site.warm(dra1, dra2);
    long answeredBefore = answered(dra1) + answered(dra2);
    var gateway = site.gateway(GatewayProcess.dras(dra1, dra2)).awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(4));

    long frozen = System.nanoTime();
    dra1.freeze();
    site.play(FROZEN);
    long thawed = System.nanoTime();
    dra1.thaw();
    site.play(Duration.ofSeconds(5));
    var ledger = load.end();
    long answered = answered(dra1) + answered(dra2) - answeredBefore;
    long failovers = gateway.linesWith(" failover: ");
    long failbacks = gateway.linesWith(" failback: requests go to priority 1 ");
    var statistics = gateway.stopClean().statistics();

    var stuck = ledger.timeline().due(frozen - SECOND, thawed).slowerThan(SLOW);
    double diverted = millis(stuck.lastDueNanos() - frozen);
    double moved = millis(stuck.lastAnswerNanos() - frozen);
    long late = statistics.count("Failover.unmatched_answers");
    site.measured(
        "%s; frozen %d s: new requests diverted after %.0f ms, %d stuck ones answered after %.0f"
            + " ms; %d late answers discarded; %d failover, %d failback",
        ledger.counts(),
        FROZEN.toSeconds(),
        diverted,
        stuck.count(),
        moved,
        late,
        failovers,
        failbacks);
    ledger.assertAllGood();
    assertThat(diverted).as("new requests diverted, ms").isLessThan(2_500);
    assertThat(moved).as("stuck requests answered, ms").isLessThan(3_000);
    assertThat(failovers).as("failovers").isEqualTo(1);
    if (FROZEN.compareTo(CLOSED_AFTER) < 0) { // else nobody was left to hear them
      assertThat(late)
          .as("late answers")
          .isPositive()
          .isEqualTo(answered - statistics.count("Forwarding.from_dra"));
      assertThat(failbacks).as("failbacks").isEqualTo(1);
    }
  }

  private static long answered(DraProcess dra) {
    return dra.count(DraCounter.ANSWERED);
  }
}
