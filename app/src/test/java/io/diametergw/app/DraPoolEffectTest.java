package io.diametergw.app;

import static io.diametergw.app.StartedGateway.DRA;
import static io.diametergw.app.StartedGateway.PATIENCE;
import static io.diametergw.app.StartedGateway.answer;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dra;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.openDra;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static io.diametergw.app.StartedGateway.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.routing.Conductor;
import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.Requests;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What holds for all DRAs while they are connected. */
class DraPoolEffectTest {
  private static final int AIR = 318;
  private static final String PATIENT = "stall-timeout: 20s";

  private static SimulatedLogicApp app(StartedGateway gateway) {
    return new SimulatedLogicApp("app.example.com", "example.com")
        .answerTimeout(PATIENCE)
        .connect(gateway.port());
  }

  private static String pool(String settings) {
    return "dra-pool: { " + settings + " }\n";
  }

  private static LabMessage dwr(ScriptedPeer dra) {
    var dwr = dra.expectMessage(PATIENCE);
    assertThat(dwr.commandCode()).isEqualTo(CommandCode.DEVICE_WATCHDOG);
    assertThat(dwr.isRequest()).isTrue();
    return dwr;
  }

  @Effect("dra-pool.connections-per-dra")
  void eachDraGetsAsManyConnections() {
    try (var dra = simulatedDra(1);
        var gateway = StartedGateway.start(dras(dra.port()), "-conns-per-dra", "3").awaitDras(3)) {
      assertThat(dra.openConnections()).isEqualTo(3);
      assertThat(gateway.gateway().stats().lines())
          .anyMatch(line -> line.contains("total_dras=1 active_dras=1 total_connections=3"));
    }
  }

  @Effect({"dra-pool.dwr-interval", "dra-pool.dwr-timeout", "dra-pool.max-dwr-failures"})
  void silentDraIsAskedAgainAndDisconnected() {
    try (var listener = ScriptedListener.on(0);
        var _ =
            StartedGateway.start(
                pool("dwr-interval: 1s, dwr-timeout: 500ms, max-dwr-failures: 2, stall-timeout: 1s")
                    + dras(listener.port()));
        var dra = openDra(listener)) {
      var untilFirst = time(() -> dwr(dra));
      var untilSecond = time(() -> dwr(dra));
      var untilEnd = time(() -> dra.expectEnd(PATIENCE));

      assertThat(untilFirst).isBetween(Duration.ofMillis(300), Duration.ofSeconds(10));
      assertThat(untilSecond).isBetween(Duration.ofMillis(250), Duration.ofSeconds(8));
      assertThat(untilEnd).isBetween(Duration.ofMillis(250), Duration.ofSeconds(8));
    }
  }

  @Effect("dra-pool.stall-timeout")
  void draThatLeavesRequestsWaitingIsAskedWhetherItLives() {
    try (var listener = ScriptedListener.on(0);
        var gateway = StartedGateway.start(pool("stall-timeout: 2s") + dras(listener.port()));
        var dra = openDra(listener);
        var app = app(gateway.awaitDras(1))) {
      var _ = app.send();
      dra.expectRequest(AIR);

      assertThat(time(() -> dwr(dra))).isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(12));
    }
  }

  @Effect("dra-pool.stall-probe-timeout")
  void draThatDoesNotAnswerThatQuestionLosesItsRequests() {
    try (var listener = ScriptedListener.on(0);
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                pool("stall-timeout: 100ms, stall-probe-timeout: 2s")
                    + dras(listener.port(), dra2.port()));
        var dra1 = openDra(listener);
        var app = app(gateway.awaitDras(2))) {
      var answer = app.send();
      dra1.expectRequest(AIR);
      dwr(dra1);

      var took = time(() -> assertThat(answer(answer).resultCode()).isEqualTo(2001));
      assertThat(took).isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(9));
      assertThat(dra2.count(DraCounter.RETRANSMITTED)).isEqualTo(1);
    }
  }

  /**
   * A connection whose first use ended without DPR, so that the DRA must prove itself: the
   * gateway's first DWR is taken already.
   */
  private static ScriptedPeer reopened(ScriptedListener listener, StartedGateway gateway) {
    var first = openDra(listener);
    gateway.awaitDras(1);
    first.reset();
    return openDra(listener);
  }

  @Effect("dra-pool.reopen-interval")
  void watchdogsOfAReopeningDraAreThisFarApart() {
    try (var listener = ScriptedListener.on(0);
        var gateway =
            StartedGateway.start(
                pool("reconnect-interval: 10ms, reopen-interval: 2s") + dras(listener.port()));
        var dra = reopened(listener, gateway)) {
      dra.send(BaseMessages.dwa(DRA, dwr(dra)));

      assertThat(time(() -> dwr(dra))).isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(15));
    }
  }

  @Effect("dra-pool.reopen-last-resort")
  void reopeningDraTakesRequestsAsLastResortOnlyWhereToldSo() {
    for (boolean lastResort : new boolean[] {true, false}) {
      try (var listener = ScriptedListener.on(0);
          var gateway =
              StartedGateway.start(
                  pool("reconnect-interval: 10ms, reopen-last-resort: " + lastResort)
                      + dras(listener.port()));
          var dra = reopened(listener, gateway);
          var app = app(gateway)) {
        dwr(dra);
        if (lastResort) {
          await("the DRA as last resort", () -> gateway.gateway().stats().activePriority() == 1);
        }

        var answer = app.send();

        if (lastResort) {
          assertThat(dra.expectMessage(PATIENCE).commandCode()).isEqualTo(AIR);
        } else {
          assertThat(answer(answer).resultCode()).isEqualTo(3002);
        }
      }
    }
  }

  @Effect("dra-pool.balance")
  void leastPendingAvoidsTheDraThatIsBehind() {
    assertThat(requestsToStuckDra("weighted")).isEqualTo(5);
    assertThat(requestsToStuckDra("least-pending"))
        .isBetween(0L, 1L); // 0: the other was asked first
  }

  private static long requestsToStuckDra(String balance) {
    try (var stuck = simulatedDra(1).dropEvery(1);
        var dra = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                    pool("balance: " + balance + ", " + PATIENT)
                        + "dras:\n"
                        + dra("A", stuck.port(), "")
                        + dra("B", dra.port(), ""))
                .awaitDras(2);
        var app = app(gateway)) {
      for (long i = 1; i <= 10; i++) {
        long sent = i;
        var _ = app.send();
        await(
            "answers of all but the stuck",
            () -> stuck.count(DraCounter.REQUESTS) + app.ledger().answered() == sent);
      }
      return stuck.count(DraCounter.REQUESTS);
    }
  }

  @Effect("dra-pool.max-transmissions")
  void requestIsSentToOneDraAfterAnotherThisOften() {
    assertThat(transmissionsUntil3002(1)).containsExactly(1L, 0L, 0L);
    assertThat(transmissionsUntil3002(2)).containsExactly(1L, 1L, 0L);
    assertThat(transmissionsUntil3002(3)).containsExactly(1L, 1L, 1L);
  }

  /** What three DRAs get of one request when each dies that has it. */
  private static List<Long> transmissionsUntil3002(int maxTransmissions) {
    try (var dra1 = simulatedDra(1).dropEvery(1);
        var dra2 = simulatedDra(2).dropEvery(1);
        var dra3 = simulatedDra(3).dropEvery(1);
        var gateway =
            StartedGateway.start(
                    pool("max-transmissions: " + maxTransmissions + ", " + PATIENT)
                        + dras(dra1.port(), dra2.port(), dra3.port()))
                .awaitDras(3);
        var app = app(gateway)) {
      var answer = app.send();
      var dras = List.of(dra1, dra2, dra3);
      for (var dra : dras.subList(0, maxTransmissions)) {
        await(
            "the request at " + dra.node().originHost(), () -> dra.count(DraCounter.REQUESTS) == 1);
        dra.kill();
      }
      assertThat(answer(answer).resultCode()).isEqualTo(3002);
      return dras.stream().map(dra -> dra.count(DraCounter.REQUESTS)).toList();
    }
  }

  @Effect("dra-pool.retry-on")
  void theseResultCodesAreTriedAtAnotherDra() {
    try (var dra1 = simulatedDra(1).resultCode(3002);
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(pool("retry-on: [3002]") + dras(dra1.port(), dra2.port()))
                .awaitDras(2);
        var app = app(gateway)) {
      assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
      assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(1);

      dra1.resultCode(3004);
      assertThat(answer(app.send()).resultCode()).as("not in the list").isEqualTo(3004);
      assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(1);
    }
  }

  @Effect("dra-pool.max-pending")
  void requestsBeyondMaxPendingGoElsewhere() {
    try (var dra1 = simulatedDra(1).dropEvery(1);
        var dra2 = simulatedDra(2).dropEvery(1);
        var gateway =
            StartedGateway.start(
                    pool("max-pending: 2, " + PATIENT) + dras(dra1.port(), dra2.port()))
                .awaitDras(2);
        var app = app(gateway)) {
      var pending = new ArrayList<CompletableFuture<LabMessage>>();
      for (int i = 0; i < 4; i++) {
        pending.add(app.send());
      }

      assertThat(answer(app.send()).resultCode()).isEqualTo(3004);
      assertThat(pending).noneMatch(CompletableFuture::isDone);
      assertThat(List.of(dra1.count(DraCounter.REQUESTS), dra2.count(DraCounter.REQUESTS)))
          .containsExactly(2L, 2L);
    }
  }

  @Effect("dra-pool.max-outbound-bytes")
  void requestsThatADraDoesNotReadGoElsewhereFromThisManyBytes() throws Exception {
    assertThat(requestsPastFullDra(65_536)).isPositive();
    assertThat(requestsPastFullDra(1 << 30)).isZero();
  }

  /** How many of 200 requests of 60 kB go to the second DRA when the first reads none. */
  private static long requestsPastFullDra(int maxOutboundBytes) throws Exception {
    var requests = Requests.from("app.example.com", "example.com", "example.com");
    try (var listener = StartedGateway.listenerOfSmallBuffer();
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                pool("max-outbound-bytes: " + maxOutboundBytes + ", " + PATIENT)
                    + dras(listener.getLocalPort(), dra2.port()));
        var dra1 = ScriptedPeer.over(listener.accept());
        var app = gateway.app()) {
      dra1.answerCer(DRA);
      gateway.awaitDras(2);
      dra1.stopReading();
      for (int i = 0; i < 200; i++) {
        var air = requests.air(requests.sessionId(i), "001010000000001");
        app.send(air.with(LabAvp.of(AvpCode.PROXY_STATE, 0, 0, new byte[60_000])));
      }
      await("all requests forwarded", () -> gateway.gateway().stats().totalRequests() == 200);
      return dra2.count(DraCounter.REQUESTS);
    }
  }

  @Effect("dra-pool.write-timeout")
  void draThatTakesNoBytesIsDisconnected() throws Exception {
    var requests = Requests.from("app.example.com", "example.com", "example.com");
    try (var listener = StartedGateway.listenerOfSmallBuffer();
        var gateway =
            StartedGateway.start(
                pool("write-timeout: 300ms, " + PATIENT) + dras(listener.getLocalPort()));
        var dra = ScriptedPeer.over(listener.accept());
        var app = gateway.app()) {
      dra.answerCer(DRA);
      gateway.awaitDras(1);
      dra.stopReading();
      var took =
          time(() -> {
            for (int i = 0; i < 200; i++) {
              var air = requests.air(requests.sessionId(i), "001010000000001");
              app.send(air.with(LabAvp.of(AvpCode.PROXY_STATE, 0, 0, new byte[60_000])));
            }
            gateway.awaitClosed("took no bytes");
          });

      assertThat(took).isLessThan(Duration.ofSeconds(9));
    }
  }

  @Effect("dra-pool.health-check-interval")
  void routesAreMadeAnewThisOften() throws Exception {
    var flags = Flags.parse(List.of("-listen", "127.0.0.1:0"));
    var config =
        Configuration.of(flags, Map.of("DIAMGW_DRA_POOL_HEALTH_CHECK_INTERVAL", "100ms")).gateway();
    var nobody = new RouteListener() {};
    try (var conductor =
        new Conductor(config.logicApps(), config.draPool(), config.originRealm(), nobody)) {
      var first = conductor.routes();
      await("other routes", () -> conductor.routes() != first);
      var second = conductor.routes();

      assertThat(time(() -> await("other routes again", () -> conductor.routes() != second)))
          .isLessThan(Duration.ofSeconds(9));
    }
  }

  @Effect("dra-pool.connections-per-dra")
  void connectionsOfOneDraShareItsRequests() {
    try (var dra = simulatedDra(1);
        var gateway = StartedGateway.start(dras(dra.port()), "-conns-per-dra=2").awaitDras(2);
        var app = app(gateway)) {
      for (int i = 0; i < 10; i++) {
        assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
      }

      assertThat(requestsPerConnection(dra)).containsExactly(5L, 5L);
    }
  }

  private static List<Long> requestsPerConnection(SimulatedDra dra) {
    return dra.requestsPerConnection();
  }
}
