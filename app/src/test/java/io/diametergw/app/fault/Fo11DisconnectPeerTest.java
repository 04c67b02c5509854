package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class Fo11DisconnectPeerTest {
  private static final String POOL =
      "dra-pool: { reconnect-interval: 300ms, max-reconnect-delay: 6s }\n";
  private static final double INTERVAL_MILLIS = 300;
  private static final double MAX_DELAY_MILLIS = 6_000;
  private static final double BUSY_FACTOR = 10;
  private static final double JITTER = 0.2;
  private static final double LATE_MILLIS = 300;
  private static final String NOTHING_LOST = "unanswered 0, duplicate 0, other than 2001 0; ";

  @Test
  @Scenario(
      id = "FO-11 cause 0",
      what = "DRA-1 sends DPR (REBOOTING) under load (reconnect-interval 300 ms)",
      goal = NOTHING_LOST + "reconnect after 300 ms +-20 %")
  void rebootingDraIsDialledAgainAfterTheInterval(FaultSite site) {
    leave(site, BaseMessages.REBOOTING, INTERVAL_MILLIS);
  }

  @Test
  @Scenario(
      id = "FO-11 cause 1",
      what = "DRA-1 sends DPR (BUSY) under load (reconnect-interval 300 ms)",
      goal = NOTHING_LOST + "reconnect after 10 x 300 ms +-20 %")
  void busyDraIsLeftAloneForTenIntervals(FaultSite site) {
    leave(site, BaseMessages.BUSY, INTERVAL_MILLIS * BUSY_FACTOR);
  }

  @Test
  @Scenario(
      id = "FO-11 cause 2",
      what = "DRA-1 sends DPR (DO_NOT_WANT_TO_TALK_TO_YOU) under load (max-reconnect-delay 6 s)",
      goal = NOTHING_LOST + "reconnect after 6 s +-20 %")
  void draThatDoesNotWantUsIsLeftAloneTheLongest(FaultSite site) {
    leave(site, BaseMessages.DO_NOT_WANT_TO_TALK_TO_YOU, MAX_DELAY_MILLIS);
  }

  private static void leave(FaultSite site, int cause, double pauseMillis) {
    var dra1 = site.innerDra(1).delay(Duration.ofMillis(20), Duration.ZERO);
    var dra2 = site.dra(2);
    var gateway = site.gateway(POOL + StartedGateway.dras(dra1.port(), dra2.port())).awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(2));

    long connections = dra1.count(DraCounter.CONNECTIONS);
    dra1.stop(cause);
    long left = System.nanoTime();
    dra1.start();
    long back = site.await("reconnect", () -> dra1.count(DraCounter.CONNECTIONS) > connections);
    long answered = dra1.count(DraCounter.ANSWERED);
    site.await("its share", () -> dra1.count(DraCounter.ANSWERED) - answered > FaultSite.RATE);
    var ledger = load.end();
    long duplicates = dra2.count(DraCounter.DUPLICATES);
    gateway.stopClean();

    double paused = FaultLedger.millis(back - left);
    site.measured(
        "%s; %d requests in the air moved; reconnect after %.0f ms",
        ledger.counts(), dra2.count(DraCounter.RETRANSMITTED), paused);
    ledger.assertAllGood();
    assertThat(duplicates).as("requests that came twice to DRA-2").isZero();
    assertThat(paused)
        .as("pause, ms")
        .isBetween(pauseMillis * (1 - JITTER) - 10, pauseMillis * (1 + JITTER) + LATE_MILLIS);
  }
}
