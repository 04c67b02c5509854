package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.DraProcess;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The DRA is stopped by a signal, so it reads nothing. Stall detection and watchdog are set so that
 * they find nothing wrong in that time: only the limit of the queue is left to act.
 */
class Net07SlowDraTest {
  private static final int REQUEST_BYTES = 1_200;
  private static final Duration FROZEN = Duration.ofSeconds(6);
  private static final String PATIENT =
      "dra-pool: { stall-timeout: 4s, stall-probe-timeout: 3900ms, dwr-interval: 4s,"
          + " dwr-timeout: 3900ms }\n";

  @Test
  @Scenario(
      id = "NET-07",
      what = "DRA-1 reads nothing for 6 s while DRA-2 is up",
      goal =
          "requests beyond the queue's limit go to DRA-2; 0 lost, 0 other than 2001; the DWR gets"
              + " out")
  void surplusGoesToTheOther(FaultSite site) {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    site.warm(dra1, dra2);
    var gateway = site.gateway(PATIENT + GatewayProcess.dras(dra1, dra2)).awaitDras(2);
    long diverted = dra2.count(DraCounter.REQUESTS);
    var ledger = freeze(site, gateway, dra1).assertAllGood();

    diverted = dra2.count(DraCounter.REQUESTS) - diverted;
    site.measured("%,d of %,d requests diverted to DRA-2", diverted, ledger.sent());
    assertThat(diverted).as("requests at DRA-2").isPositive();
  }

  @Test
  @Scenario(
      id = "NET-07 alone",
      what = "the only DRA reads nothing for 6 s",
      goal = "requests beyond the queue's limit get 3004; 0 lost; the DWR gets out")
  void surplusIsRefused(FaultSite site) {
    var dra1 = site.dra(1);
    site.warm(dra1);
    var gateway = site.gateway(PATIENT + GatewayProcess.dras(dra1)).awaitDras(1);
    var ledger = freeze(site, gateway, dra1).assertNothingLost();

    site.measured("answers other than 2001: %s", ledger.errors());
    assertThat(ledger.errors().keySet()).as("codes").isEqualTo(Set.of(3004));
  }

  private static FaultLedger freeze(FaultSite site, GatewayProcess gateway, DraProcess dra1) {
    var load =
        site.load(gateway, FaultSite.RATE, plan -> plan.asking(LabApplication.S6A, REQUEST_BYTES));
    site.play(Duration.ofSeconds(2));
    long watchdogsBefore = dra1.count(DraCounter.DWR_RECEIVED);
    long frozen = System.nanoTime();
    dra1.freeze();
    site.play(FROZEN);
    long thawed = System.nanoTime();
    dra1.thaw();
    site.play(Duration.ofSeconds(2));
    var ledger = load.end();
    long watchdogs = dra1.count(DraCounter.DWR_RECEIVED) - watchdogsBefore;
    var end = gateway.stopClean();

    int meanwhile = ledger.timeline().ended(frozen, thawed).good();
    site.measured(
        "%s; %,d answered with 2001 meanwhile; %d DWR read afterwards",
        ledger.counts(), meanwhile, watchdogs);
    assertThat(watchdogs).as("DWRs that DRA-1 read").isPositive();
    assertThat(gateway.linesWith("failover: ")).as("failovers").isZero();
    assertThat(end.statistics().count("Failover.retransmitted")).as("sent again").isZero();
    return ledger;
  }
}
