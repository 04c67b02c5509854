package io.diametergw.app;

import static io.diametergw.app.StartedGateway.answer;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static io.diametergw.app.StartedGateway.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.Requests;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;

/** Times and limits that hold for the gateway as a whole. */
class LimitEffectTest {
  private static final Requests REQUESTS =
      Requests.from("app.example.com", "example.com", "example.com");

  private static SimulatedLogicApp app(StartedGateway gateway) {
    return new SimulatedLogicApp("app.example.com", "example.com")
        .answerTimeout(StartedGateway.PATIENCE)
        .connect(gateway.port());
  }

  @Effect("session-timeout")
  void requestWithoutAnswerGets3002AfterTheSessionTimeout() {
    try (var dra = simulatedDra(1).dropEvery(1);
        var gateway =
            StartedGateway.start(dras(dra.port()), "-session-timeout", "200ms").awaitDras(1);
        var app = app(gateway)) {
      var took = time(() -> assertThat(answer(app.send()).resultCode()).isEqualTo(3002));

      assertThat(took).isBetween(Duration.ofMillis(190), Duration.ofSeconds(5));
    }
  }

  @Effect("drain-timeout")
  void drainWaitsNoLongerThanItsTimeoutAndSaysWhatWasLost() {
    try (var dra = simulatedDra(1).dropEvery(1);
        var gateway =
            StartedGateway.start("drain-timeout: 300ms\n" + dras(dra.port())).awaitDras(1);
        var app = app(gateway)) {
      var pending = app.send();
      await("the request at the DRA", () -> dra.count(DraCounter.REQUESTS) == 1);

      var report = gateway.gateway().drain();

      assertThat(report.lost()).isEqualTo(1);
      assertThat(report.millis()).isBetween(300L, 6_000L);
      assertThat(answer(pending).resultCode())
          .as("lost for the DRA, not for who asked")
          .isEqualTo(3002);
    }
  }

  @Effect("max-message-size")
  void longerMessageEndsTheConnection() {
    try (var dra = simulatedDra(1);
        var gateway =
            StartedGateway.start("max-message-size: 1024\n" + dras(dra.port())).awaitDras(1);
        var app = gateway.app()) {
      app.send(air(1024));
      assertThat(app.expectAnswer(318).resultCode()).isEqualTo(2001);

      app.send(air(1028));
      app.expectEnd(StartedGateway.PATIENCE);
    }
  }

  /** An AIR of this length. */
  private static LabMessage air(int lengthBytes) {
    var air = REQUESTS.air(REQUESTS.sessionId(1), "001010000000001");
    return air.with(
        LabAvp.of(AvpCode.PROXY_STATE, 0, 0, new byte[lengthBytes - air.lengthBytes() - 8]));
  }

  @Effect("max-pending")
  void requestsBeyondMaxPendingGet3004() {
    try (var dra = simulatedDra(1).dropEvery(1);
        var gateway = StartedGateway.start("max-pending: 3\n" + dras(dra.port())).awaitDras(1);
        var app = app(gateway)) {
      var pending = new ArrayList<CompletableFuture<LabMessage>>();
      for (int i = 0; i < 3; i++) {
        pending.add(app.send());
      }
      await("3 requests at the DRA", () -> dra.count(DraCounter.REQUESTS) == 3);

      assertThat(answer(app.send()).resultCode()).isEqualTo(3004);
      assertThat(pending).noneMatch(CompletableFuture::isDone);
    }
  }
}
