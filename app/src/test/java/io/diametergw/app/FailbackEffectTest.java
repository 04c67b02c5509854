package io.diametergw.app;

import static io.diametergw.app.StartedGateway.PATIENCE;
import static io.diametergw.app.StartedGateway.answer;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.openDra;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedListener;

/** What holds for a DRA that failed, and for what it owed. */
class FailbackEffectTest {
  private static final String QUICK =
      "reconnect-interval: 10ms, reconnect-backoff: 1, reopen-interval: 10ms, ";

  private static SimulatedLogicApp app(StartedGateway gateway) {
    return new SimulatedLogicApp("app.example.com", "example.com")
        .answerTimeout(PATIENCE)
        .connect(gateway.port());
  }

  private static StartedGateway gateway(String pool, SimulatedDra dra1, SimulatedDra dra2) {
    return StartedGateway.start(
            "dra-pool: { " + QUICK + pool + " }\n" + dras(dra1.port(), dra2.port()))
        .awaitDras(2);
  }

  private static int ask(SimulatedLogicApp app) {
    return answer(app.send()).resultCode();
  }

  private static void awaitPriority(StartedGateway gateway, int priority) {
    await("priority " + priority, () -> gateway.gateway().stats().activePriority() == priority);
  }

  private static String health(StartedGateway gateway) {
    return gateway.gateway().stats().dras().getFirst().health();
  }

  private static void failAndRecover(SimulatedDra dra1, StartedGateway gateway) {
    dra1.kill();
    awaitPriority(gateway, 2);
    dra1.restart();
    await("OKAY", () -> health(gateway).equals("OKAY"));
  }

  @Effect("dra-pool.failback-delay")
  void draThatFailedWaitsSoLong() {
    try (var dra1 = simulatedDra(1);
        var dra2 = simulatedDra(2);
        var gateway = gateway("failback-delay: 1h", dra1, dra2);
        var app = app(gateway)) {
      failAndRecover(dra1, gateway);

      assertThat(ask(app)).isEqualTo(2001);
      assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(1);
    }
  }

  @Effect("dra-pool.hold-back")
  void draThatFailedThreeTimesIsHeldBackOnlyWhereToldSo() {
    for (boolean held : new boolean[] {true, false}) {
      try (var dra1 = simulatedDra(1);
          var dra2 = simulatedDra(2);
          var gateway = gateway("hold-back: " + (held ? "1h" : "0s"), dra1, dra2);
          var app = app(gateway)) {
        for (int i = 0; i < 3; i++) {
          failAndRecover(dra1, gateway);
        }
        if (!held) {
          awaitPriority(gateway, 1);
        }

        assertThat(ask(app)).isEqualTo(2001);

        assertThat((held ? dra2 : dra1).count(DraCounter.REQUESTS)).isEqualTo(1);
      }
    }
  }

  @Effect("dra-pool.failback-ramp")
  void shareOfADraThatIsBackGrowsSoSlowly() {
    for (boolean slow : new boolean[] {true, false}) {
      try (var dra1 = simulatedDra(1);
          var dra2 = simulatedDra(2);
          var gateway = gateway("failback-ramp: " + (slow ? "1h" : "0s"), dra1, dra2);
          var app = app(gateway)) {
        failAndRecover(dra1, gateway);
        awaitPriority(gateway, 1);
        assertThat(ask(app)).isEqualTo(2001); // the trial
        assertThat(dra1.count(DraCounter.REQUESTS)).isEqualTo(1);
        if (!slow) {
          await("DRA-1 in service", () -> ask(app) == 2001 && dra1.count(DraCounter.REQUESTS) > 1);
        }
        long before = dra2.count(DraCounter.REQUESTS);

        for (int i = 0; i < 5; i++) {
          assertThat(ask(app)).isEqualTo(2001);
        }

        assertThat(dra2.count(DraCounter.REQUESTS) - before).isEqualTo(slow ? 5 : 0);
      }
    }
  }

  @Effect("dra-pool.max-timeouts")
  void draThatAnswersNoRequestsIsSuspectAfterSoMany() {
    try (var dra1 = simulatedDra(1).dropEvery(1);
        var gateway =
            StartedGateway.start(
                    "session-timeout: 200ms\ndra-pool: { max-timeouts: 2 }\n" + dras(dra1.port()))
                .awaitDras(1);
        var app = app(gateway)) {
      assertThat(ask(app)).isEqualTo(3002);
      assertThat(health(gateway)).isEqualTo("OKAY");
      assertThat(ask(app)).isEqualTo(3002);

      await("SUSPECT", () -> health(gateway).equals("SUSPECT"));
    }
  }

  @Effect("dra-pool.never-resend")
  void whatMustNotBeSentTwiceIsRefused() {
    for (boolean never : new boolean[] {true, false}) {
      try (var listener = ScriptedListener.on(0);
          var dra2 = simulatedDra(2);
          var gateway =
              StartedGateway.start(
                  "dra-pool: { stall-timeout: 20s, never-resend: ["
                      + (never ? "16777251/318" : "16777251/316, 4")
                      + "] }\n"
                      + dras(listener.port(), dra2.port()));
          var dra1 = openDra(listener);
          var app = app(gateway.awaitDras(2))) {
        var answer = app.send();
        assertThat(dra1.expectMessage(PATIENCE).commandCode()).isEqualTo(318);
        dra1.reset();

        assertThat(answer(answer).resultCode()).isEqualTo(never ? 3002 : 2001);
        assertThat(gateway.gateway().stats().count(Counter.RETRANSMITTED)).isEqualTo(never ? 0 : 1);
      }
    }
  }
}
