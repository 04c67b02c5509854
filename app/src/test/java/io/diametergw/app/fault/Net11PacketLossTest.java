package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The gateway is the other machine, so that its whole traffic, to the DRAs and to the Logic Apps,
 * runs over the link that loses packets, in both directions.
 */
@Scenario(
    id = "NET-11",
    what = "1 %, 5 % and 20 % of all packets are lost, between Logic Apps, gateway and DRAs",
    goal = "corrupt 0, duplicate 0; unanswered 0 at 1 % and 5 %",
    namespaces = true)
class Net11PacketLossTest {
  private static final int RATE = 400;
  private static final int RATE_OF_A_BAD_LINK = 40;
  private static final double BAD = 0.2;

  @Test
  void nothingIsLostOverALossyNetwork(FaultSite site) {
    var machine = site.namespace();
    var dra1 = site.dra(machine.hostAddress(), 1);
    var dra2 = site.dra(machine.hostAddress(), 2);
    site.warm(dra1, dra2);
    var gateway =
        site.gateway(
                GatewayProcess.Launch.of(GatewayProcess.dras(dra1, dra2))
                    .prefix(machine.prefix())
                    .listenOn(machine.address()))
            .awaitDras(2);
    for (double loss : new double[] {0.01, 0.05, BAD}) {
      var load = site.load(gateway, loss < BAD ? RATE : RATE_OF_A_BAD_LINK, plan -> plan);
      site.play(Duration.ofSeconds(1));
      machine.drop(loss);
      site.play(Duration.ofSeconds(4));
      machine.passAll();
      var ledger = load.end();
      site.measured(
          "%.0f %%: %s, longest %.1f s",
          100 * loss, ledger.counts(), ledger.timeline().all().longestNanos() / 1e9);
      if (loss < BAD) {
        ledger.assertNothingLost();
      } else {
        assertThat(ledger.result().corrupt()).as("corrupt").isZero();
        assertThat(ledger.result().duplicate()).as("duplicate").isZero();
        assertThat(ledger.result().foreign()).as("foreign").isZero();
        assertThat(ledger.result().mismatched()).as("mismatched").isZero();
      }
    }
    assertThat(dra1.count(DraCounter.MALFORMED)).as("malformed at DRA-1").isZero();
    assertThat(dra2.count(DraCounter.MALFORMED)).as("malformed at DRA-2").isZero();
    gateway.stopClean();
  }
}
