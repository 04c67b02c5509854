package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultSite.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-01",
    what = "DRA-1 is killed (kill -9) under load while DRA-2 is up",
    goal =
        "unanswered 0, duplicate 0, other than 2001 0; pending answered in 100 ms, each once with"
            + " T; p99 of new requests <= 2 x p99 before, from 1 s on")
class Fo01KilledDraTest {
  private static final Duration WARM_UP = Duration.ofSeconds(4);

  /** Four JVMs on few cores: a p99 below it says nothing of the gateway. */
  private static final double NOISE_MILLIS = 150;

  @Test
  void pendingRequestsMoveAtOnceAndNewOnesDoNotNotice(FaultSite site) {
    var dra1 = site.dra(1, "-delay", "20ms");
    var dra2 = site.dra(2, "-delay", "20ms");
    site.warm(dra1, dra2);
    var gateway = site.gateway(GatewayProcess.dras(dra1, dra2)).awaitDras(2);
    var load = site.load(gateway);
    site.play(WARM_UP);

    long killed = System.nanoTime();
    dra1.kill();
    site.play(Duration.ofSeconds(4));
    var ledger = load.end();
    long retransmitted = dra2.count(DraCounter.RETRANSMITTED);
    long duplicates = dra2.count(DraCounter.DUPLICATES);
    var end = gateway.stopClean();

    var pending = ledger.timeline().pendingAt(killed);
    double pendingMillis = FaultLedger.millis(pending.lastAnswerNanos() - killed);
    double before = FaultLedger.p99Millis(ledger.timeline().due(killed - 2 * SECOND, killed));
    double after =
        FaultLedger.p99Millis(ledger.timeline().due(killed + SECOND, killed + 3 * SECOND));
    site.measured(
        "%s; %d pending answered in %.0f ms, %d of them sent again with T; p99 %.1f ms, was %.1f"
            + " ms; outage %.0f ms",
        ledger.counts(),
        pending.count(),
        pendingMillis,
        retransmitted,
        after,
        before,
        ledger.longestOutageMillis());
    ledger.assertAllGood();
    assertThat(retransmitted)
        .as("requests with T at DRA-2")
        .isPositive()
        .isEqualTo(end.statistics().count("Failover.retransmitted"));
    assertThat(duplicates).as("requests that came twice to DRA-2").isZero();
    assertThat(pendingMillis).as("the last of the pending requests, ms").isLessThan(100);
    assertThat(after).as("p99 of new requests, ms").isLessThan(Math.max(2 * before, NOISE_MILLIS));
  }
}
