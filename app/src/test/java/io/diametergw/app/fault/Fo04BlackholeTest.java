package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultLedger.millis;
import static io.diametergw.app.fault.FaultSite.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-04",
    what = "The network to DRA-1 swallows every packet, both ways, without a reset",
    goal =
        "unanswered 0, other than 2001 0; new requests diverted after 2.5 s, pending ones answered"
            + " after 3 s, connection closed after 24 s",
    namespaces = true)
class Fo04BlackholeTest {
  private static final long SLOW = SECOND / 2;

  @Test
  void requestsMoveBeforeAnyTimeoutOfTcp(FaultSite site) {
    var network = site.namespace();
    var dra1 = site.dra(network, 1, "-delay", "20ms");
    var dra2 = site.dra(2, "-delay", "20ms");
    site.warm(dra1, dra2);
    var gateway = site.gateway(GatewayProcess.dras(dra1, dra2)).awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(4));

    long dropped = System.nanoTime();
    network.dropAll();
    long closed = gateway.awaitLog(" DRA-1 .*closed: ", dropped).nanos();
    var ledger = load.end();
    gateway.stopClean();

    var stuck = ledger.timeline().due(dropped - SECOND, Long.MAX_VALUE).slowerThan(SLOW);
    double diverted = millis(stuck.lastDueNanos() - dropped);
    double answered = millis(stuck.lastAnswerNanos() - dropped);
    double closedAfter = millis(closed - dropped);
    site.measured(
        "%s; new requests diverted after %.0f ms, %d stuck ones answered after %.0f ms, closed"
            + " after %.1f s",
        ledger.counts(), diverted, stuck.count(), answered, closedAfter / 1e3);
    ledger.assertAllGood();
    assertThat(stuck.count()).as("requests that were stuck").isPositive();
    assertThat(diverted).as("new requests diverted, ms").isLessThan(2_500);
    assertThat(answered).as("stuck requests answered, ms").isLessThan(3_000);
    assertThat(closedAfter).as("closed, ms").isLessThan(24_000);
  }
}
