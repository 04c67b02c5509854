package io.diametergw.app;

import static io.diametergw.app.StartedGateway.APP;
import static io.diametergw.app.StartedGateway.PATIENCE;
import static io.diametergw.app.StartedGateway.answer;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static io.diametergw.app.StartedGateway.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.Requests;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** What holds for all Logic Apps. */
class LogicAppsEffectTest {
  private static final Requests REQUESTS =
      Requests.from("app.example.com", "example.com", "example.com");
  private static final int BIG = 60_000;

  private static LabMessage air() {
    return REQUESTS.air(REQUESTS.sessionId(1), "001010000000001");
  }

  /** An AIR whose answer is as long as itself: a Proxy-Info comes back. */
  private static LabMessage bigAir() {
    return air().with(LabAvp.of(AvpCode.PROXY_INFO, AvpCursor.MANDATORY, 0, proxyInfo()));
  }

  private static byte[] proxyInfo() {
    byte[] host =
        LabMessage.ofHex("01000014 80000000 00000000 00000000 00000000")
            .with(LabAvp.text(AvpCode.PROXY_HOST, "app.example.com"))
            .with(LabAvp.of(AvpCode.PROXY_STATE, AvpCursor.MANDATORY, 0, new byte[BIG]))
            .bytes();
    return Arrays.copyOfRange(host, Header.LENGTH, host.length);
  }

  /** The Result-Code of the CEA that a CER of this node gets. */
  private static int cea(StartedGateway gateway, LabNode node) {
    try (var app = ScriptedPeer.connect(gateway.port())) {
      app.send(BaseMessages.cer(node));
      return app.expectAnswer(CommandCode.CAPABILITIES_EXCHANGE).resultCode();
    }
  }

  @Effect("logic-apps.max-connections")
  void connectionBeyondTheLimitIsRefusedAndTheOthersDoNotNotice() {
    try (var dra = simulatedDra(1);
        var gateway = StartedGateway.start(dras(dra.port()), "-max-connections", "2").awaitDras(1);
        var app =
            new SimulatedLogicApp("app%d.example.com", "example.com")
                .connections(2)
                .connect(gateway.port())) {
      ScriptedPeer.connectToEnd(gateway.port());

      assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
      assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
      assertThat(gateway.gateway().stats().refusedConnections()).isEqualTo(1);
    }
  }

  @Effect("logic-apps.capabilities-timeout")
  void connectionWithoutCerIsClosed() {
    try (var gateway = StartedGateway.start("logic-apps: { capabilities-timeout: 200ms }\n");
        var app = ScriptedPeer.connect(gateway.port())) {
      assertThat(time(() -> app.expectEnd(PATIENCE)))
          .isBetween(Duration.ofMillis(150), Duration.ofSeconds(8));
    }
  }

  @Effect({
    "logic-apps.watchdog-interval",
    "logic-apps.watchdog-timeout",
    "logic-apps.max-watchdog-failures"
  })
  void silentAppIsAskedAgainAndDisconnected() {
    try (var gateway =
            StartedGateway.start(
                "logic-apps: { watchdog-interval: 1s, watchdog-timeout: 500ms, max-watchdog-failures: 2 }\n");
        var app = gateway.app()) {
      var untilFirst = time(() -> dwr(app));
      var untilSecond = time(() -> dwr(app));
      var untilEnd = time(() -> app.expectEnd(PATIENCE));

      assertThat(untilFirst).isBetween(Duration.ofMillis(300), Duration.ofSeconds(10));
      assertThat(untilSecond).isBetween(Duration.ofMillis(250), Duration.ofSeconds(8));
      assertThat(untilEnd).isBetween(Duration.ofMillis(250), Duration.ofSeconds(8));
    }
  }

  private static void dwr(ScriptedPeer peer) {
    var dwr = peer.expectMessage(PATIENCE);
    assertThat(dwr.commandCode()).isEqualTo(CommandCode.DEVICE_WATCHDOG);
    assertThat(dwr.isRequest()).isTrue();
  }

  @Effect("logic-apps.read-timeout")
  void halfAMessageIsNotWaitedForForEver() {
    try (var gateway = StartedGateway.start("logic-apps: { read-timeout: 200ms }\n");
        var app = gateway.app()) {
      app.send(Arrays.copyOf(air().bytes(), 40));

      assertThat(time(() -> app.expectEnd(PATIENCE)))
          .isBetween(Duration.ofMillis(150), Duration.ofSeconds(15));
    }
  }

  @Effect("logic-apps.write-timeout")
  void appThatDoesNotReadIsDisconnected() throws Exception {
    try (var dra = simulatedDra(1).keepRequests(0);
        var gateway =
            StartedGateway.start("logic-apps: { write-timeout: 300ms }\n" + dras(dra.port()))
                .awaitDras(1);
        var app = gateway.appOfSmallBuffer()) {
      app.stopReading();
      var took =
          time(() -> {
            flood(app);
            gateway.awaitClosed("took no bytes");
          });

      assertThat(took).isLessThan(Duration.ofSeconds(9));
    }
  }

  @Effect("logic-apps.max-outbound-bytes")
  void appThatReadsTooSlowlyIsDisconnectedBeforeItsAnswersFillTheMemory() throws Exception {
    try (var dra =
            simulatedDra(1)
                .keepRequests(0)
                .delay(Duration.ofSeconds(1), Duration.ZERO); // so that all requests are read first
        var gateway =
            StartedGateway.start("logic-apps: { max-outbound-bytes: 65536 }\n" + dras(dra.port()))
                .awaitDras(1);
        var app = gateway.appOfSmallBuffer()) {
      app.stopReading();
      flood(app);

      gateway.awaitClosed("reads too slowly");
    }
  }

  /** 12 MB of requests that get as many bytes of answers. */
  private static void flood(ScriptedPeer app) {
    for (int i = 0; i < 200; i++) {
      app.send(bigAir());
    }
  }

  @Effect("logic-apps.duplicate-origin-host")
  void secondConnectionOfOneIdentityIsAllowedRejectedOrReplacesTheFirst() {
    try (var gateway = StartedGateway.start("");
        var first = gateway.app();
        var second = gateway.app()) {
      first.sendDwr(APP);
      second.sendDwr(APP);
    }
    try (var gateway = StartedGateway.start("logic-apps: { duplicate-origin-host: reject }\n");
        var first = gateway.app()) {
      assertThat(cea(gateway, APP)).isEqualTo(5012);
      dwr(first); // the gateway makes sure that it lives
    }
    try (var gateway = StartedGateway.start("logic-apps: { duplicate-origin-host: replace }\n");
        var first = gateway.app();
        var second = gateway.app()) {
      assertThat(
              first.expectRequest(CommandCode.DISCONNECT_PEER).unsigned32(AvpCode.DISCONNECT_CAUSE))
          .isEqualTo(2);
      second.sendDwr(APP);
    }
  }

  @Effect("logic-apps.allow")
  void onlyAllowedIdentitiesMayConnect() {
    try (var gateway = StartedGateway.start("logic-apps: { allow: [\"*.apps.example.com\"] }\n")) {
      assertThat(cea(gateway, APP)).isEqualTo(3010);
      assertThat(
              cea(gateway, new LabNode("hss1.apps.example.com", "example.com", List.of(16777251))))
          .isEqualTo(2001);
    }
  }

  @Effect("logic-apps.allow-addresses")
  void onlyAllowedAddressesMayConnect() {
    try (var gateway = StartedGateway.start("logic-apps: { allow-addresses: [10.0.0.0/8] }\n")) {
      assertThat(cea(gateway, APP)).isEqualTo(3010);
    }
    try (var gateway =
        StartedGateway.start("logic-apps: { allow-addresses: [10.0.0.0/8, 127.0.0.0/8] }\n")) {
      assertThat(cea(gateway, APP)).isEqualTo(2001);
    }
  }

  @Effect("logic-apps.forward-non-proxiable")
  void requestsWithoutPAreForwardedWhereToldSo() {
    for (boolean forward : new boolean[] {true, false}) {
      try (var dra = simulatedDra(1);
          var gateway =
              StartedGateway.start(
                      "logic-apps: { forward-non-proxiable: " + forward + " }\n" + dras(dra.port()))
                  .awaitDras(1);
          var app = gateway.app()) {
        app.send(air().withFlags(Header.REQUEST));

        assertThat(app.expectAnswer(318).resultCode()).isEqualTo(forward ? 2001 : 3007);
      }
    }
  }

  @Effect("logic-apps.max-pending")
  void requestsOfDrasBeyondMaxPendingGet3004() {
    try (var dra = simulatedDra(1);
        var gateway =
            StartedGateway.start("logic-apps: { max-pending: 2 }\n" + dras(dra.port()))
                .awaitDras(1);
        var app = gateway.app()) {
      var pushes = new ArrayList<CompletableFuture<LabMessage>>();
      for (int i = 0; i < 3; i++) {
        pushes.add(dra.push(PushCommand.CLR, "app.example.com", "example.com"));
      }

      app.expectRequest(317);
      app.expectRequest(317);
      assertThat(answer(pushes.get(2)).resultCode()).isEqualTo(3004);
      assertThat(pushes.subList(0, 2)).noneMatch(CompletableFuture::isDone);
    }
  }

  @Effect("logic-apps.max-session-bindings")
  void sessionsBeyondTheLimitAreForgotten() {
    assertThat(pushesToOwner("", 6_000)).isEqualTo(10);
    assertThat(pushesToOwner("logic-apps: { max-session-bindings: 1024 }\n", 6_000))
        .isBetween(3, 7); // in turn
  }

  /**
   * How many of ten requests for a session reach the app that opened it, when others have opened
   * that many sessions since.
   */
  private static int pushesToOwner(String yaml, int otherSessions) {
    var owner = new AtomicInteger();
    try (var dra = simulatedDra(1).keepRequests(0);
        var gateway = StartedGateway.start(yaml + dras(dra.port())).awaitDras(1);
        var app1 =
            gxApp("app1.example.com")
                .onPush(request -> owner.incrementAndGet())
                .connect(gateway.port());
        var app2 = gxApp("app2.example.com").connect(gateway.port())) {
      var requests = app1.requests(0);
      var session = requests.sessionId(1);
      assertThat(
              answer(app1.send(0, requests.first(LabApplication.GX, session, "001010000000001")))
                  .resultCode())
          .isEqualTo(2001);
      var answers = new ArrayList<CompletableFuture<LabMessage>>();
      for (int i = 0; i < otherSessions; i++) {
        answers.add(app2.send());
      }
      answers.forEach(StartedGateway::answer);

      for (int i = 0; i < 10; i++) {
        answer(dra.push(rar(dra, session)));
      }
      return owner.get();
    }
  }

  private static SimulatedLogicApp gxApp(String originHost) {
    return new SimulatedLogicApp(originHost, "example.com")
        .application(LabApplication.GX)
        .answerTimeout(PATIENCE);
  }

  private static LabMessage rar(SimulatedDra dra, String session) {
    return PushCommand.RAR.request(dra.node(), null, "example.com", session, "001010000000001");
  }

  @Effect("logic-apps.max-connections")
  void freedPlaceIsTaken() {
    try (var gateway = StartedGateway.start("", "-max-connections", "1")) {
      gateway.app().close();

      await("the place is free", () -> gateway.gateway().stats().logicApps() == 0);
      assertThat(cea(gateway, APP)).isEqualTo(2001);
    }
  }

  @Effect("logic-apps.max-pending")
  void dropOfOneAppDoesNotReachTheOthers() {
    try (var dra = simulatedDra(1);
        var gateway =
            StartedGateway.start("logic-apps: { max-pending: 1 }\n" + dras(dra.port()))
                .awaitDras(1);
        var silent = gateway.app();
        var other =
            new SimulatedLogicApp("other.example.com", "example.com").connect(gateway.port())) {
      var _ = dra.push(PushCommand.CLR, "app.example.com", "example.com");
      silent.expectRequest(317);

      assertThat(answer(dra.push(PushCommand.CLR, "other.example.com", "example.com")).resultCode())
          .isEqualTo(2001);
      assertThat(dra.count(DraCounter.PUSH_ANSWERED)).isEqualTo(1);
      assertThat(other.openConnections()).isEqualTo(1);
    }
  }
}
