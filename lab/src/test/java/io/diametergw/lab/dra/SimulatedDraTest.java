package io.diametergw.lab.dra;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.Requests;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each way in which a simulated DRA can be told to behave; as long as there are such ways. */
@Timeout(20)
class SimulatedDraTest {
  private static final LabNode APP =
      LabNode.of("app0.example.com", "example.com", LabApplication.S6A);
  private static final Requests REQUESTS =
      Requests.from("app0.example.com", "example.com", "example.com");
  private static final Duration A_MOMENT = Duration.ofMillis(150);

  private static SimulatedDra dra() {
    return new SimulatedDra("dra1.example.com", "example.com");
  }

  private static SimulatedLogicApp app(SimulatedDra dra) {
    return new SimulatedLogicApp("app%d.example.com", "example.com").connect(dra.port());
  }

  private static LabMessage ulr(int number) {
    return REQUESTS.ulr(REQUESTS.sessionId(number), "001010000000001");
  }

  private static int resultOf(SimulatedLogicApp app) throws Exception {
    return app.send().get(5, SECONDS).resultCode();
  }

  @Test
  void everyRequestIsAnsweredWithSuccess() throws Exception {
    try (var dra = dra().start();
        var app = app(dra)) {
      assertThat(resultOf(app)).isEqualTo(2001);

      assertThat(dra.count(DraCounter.REQUESTS)).isEqualTo(1);
      assertThat(dra.count(DraCounter.ANSWERED)).isEqualTo(1);
      assertThat(dra.requestsByCommand()).isEqualTo(Map.of(318, 1L));
      assertThat(dra.requests())
          .singleElement()
          .satisfies(request -> assertThat(request.commandCode()).isEqualTo(318));
      assertThat(dra.requestsPerConnection()).containsExactly(1L);
      assertThat(app.ledger().isClean()).as(app.report()).isTrue();
    }
  }

  @Test
  void resultCodeIsInEveryAnswerAndProtocolErrorsHaveTheEBit() throws Exception {
    try (var dra = dra().resultCode(3004).start();
        var app = app(dra)) {
      var answer = app.send().get(5, SECONDS);

      assertThat(answer.resultCode()).isEqualTo(3004);
      assertThat(answer.isError()).isTrue();
      assertThat(dra.count(DraCounter.ANSWERED_WITH_ERROR)).isEqualTo(1);

      dra.resultCode(5012);
      assertThat(app.send().get(5, SECONDS).isError()).isFalse();
    }
  }

  @Test
  void everyThirdRequestGetsTheError() throws Exception {
    try (var dra = dra().errorEvery(3, 3002).start();
        var app = app(dra)) {
      for (int i = 0; i < 9; i++) {
        app.send().get(5, SECONDS);
      }

      assertThat(app.ledger().byResultCode()).isEqualTo(Map.of(2001, 6L, 3002, 3L));
    }
  }

  @Test
  void everySecondRequestIsDroppedAndTheLedgerKnows() {
    try (var dra = dra().dropEvery(2).start();
        var app =
            new SimulatedLogicApp("app0.example.com", "example.com")
                .answerTimeout(A_MOMENT)
                .connect(dra.port())) {
      for (int i = 0; i < 4; i++) {
        var _ = app.send();
      }

      assertThat(app.awaitQuiet(Duration.ofSeconds(5))).as(app.report()).isTrue();
      assertThat(app.ledger().answered(2001)).isEqualTo(2);
      assertThat(app.ledger().unanswered()).isEqualTo(2);
      assertThat(dra.count(DraCounter.DROPPED)).isEqualTo(2);
    }
  }

  @Test
  void answersComeTwiceLateAndWithTheHopByHopOfAnother() {
    try (var dra =
            dra().twiceEvery(3).lateEvery(3, Duration.ofMillis(300)).foreignEvery(3).start();
        var app =
            new SimulatedLogicApp("app0.example.com", "example.com")
                .answerTimeout(A_MOMENT)
                .connect(dra.port())) {
      for (int i = 0; i < 6; i++) { // foreign, late, twice, and again
        var _ = app.send();
      }

      await().until(() -> app.ledger().late() == 2);
      assertThat(dra.count(DraCounter.ANSWERED_TWICE)).isEqualTo(2);
      assertThat(dra.count(DraCounter.ANSWERED_LATE)).isEqualTo(2);
      assertThat(dra.count(DraCounter.ANSWERED_FOREIGN)).isEqualTo(2);
      assertThat(dra.count(DraCounter.ANSWERED)).isEqualTo(6);
      assertThat(app.ledger().answered()).isEqualTo(2);
      assertThat(app.ledger().duplicate()).isEqualTo(2);
      assertThat(app.ledger().unanswered()).isEqualTo(4);
    }
  }

  @Test
  void answersAreDelayed() throws Exception {
    try (var dra = dra().delay(Duration.ofMillis(80), Duration.ofMillis(20)).start();
        var app = app(dra)) {
      long start = System.nanoTime();
      assertThat(resultOf(app)).isEqualTo(2001);

      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofMillis(80), Duration.ofSeconds(2));
    }
  }

  @Test
  void muteDraAnswersNothingAndIsReadAgainWhenUnmuted() throws Exception {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.sendCer(APP);
      dra.mute();

      peer.send(ulr(1));
      peer.expectNothing(A_MOMENT);
      await().until(() -> dra.count(DraCounter.DROPPED) == 1);
      dra.unmute();

      assertThat(peer.sendDwr(APP).resultCode()).isEqualTo(2001);
    }
  }

  @Test
  void draFallsMuteAfterSoManyRequests() throws Exception {
    try (var dra = dra().muteAfter(2).start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.sendCer(APP);
      peer.send(ulr(1));
      peer.send(ulr(2));
      peer.send(ulr(3));

      peer.expectAnswer(316);
      peer.expectAnswer(316);
      peer.expectNothing(A_MOMENT);
    }
  }

  @Test
  void draThatStopsReadingHoldsUpItsPeersWrites() throws Exception {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.sendCer(APP);
      dra.stopReading();

      byte[] message = ulr(1).bytes();
      for (int i = 0; i < 40_000; i++) {
        peer.send(LabMessage.of(message));
      }
      assertThat(peer.awaitWritten(A_MOMENT)).isFalse();
      dra.unmute();

      assertThat(peer.awaitWritten(Duration.ofSeconds(10))).isTrue();
    }
  }

  @Test
  void ceaCodeRefusesThePeer() {
    try (var dra = dra().ceaCode(5010).start()) {
      assertThatThrownBy(() -> app(dra).close()).hasMessageContaining("CEA 5010");

      assertThat(dra.count(DraCounter.CER_RECEIVED)).isEqualTo(1);
      assertThat(dra.openConnections()).isZero();
    }
  }

  @Test
  void cerCanStayUnanswered() {
    try (var dra = dra().answersCer(false).start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.send(BaseMessages.cer(APP));

      peer.expectNothing(A_MOMENT);
      assertThat(dra.count(DraCounter.CER_RECEIVED)).isEqualTo(1);
    }
  }

  @Test
  void requestBeforeCerIsCounted() {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.send(ulr(1));
      peer.expectAnswer(316);

      assertThat(dra.count(DraCounter.REQUESTS_BEFORE_CER)).isEqualTo(1);
    }
  }

  @Test
  void retransmissionDuplicateRouteRecordAndStrayDestinationAreCounted() {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.sendCer(APP);
      var request = ulr(1).with(LabAvp.text(AvpCode.ROUTE_RECORD, "app0.example.com"));
      request = request.with(LabAvp.text(AvpCode.DESTINATION_HOST, "hss.example.com"));
      peer.send(request);
      peer.expectAnswer(316);
      peer.send(request.withFlags(request.flags() | Header.RETRANSMITTED).withHopByHopId(7));
      peer.expectAnswer(316);

      assertThat(dra.count(DraCounter.RETRANSMITTED)).isEqualTo(1);
      assertThat(dra.count(DraCounter.DUPLICATES)).isEqualTo(1);
      assertThat(dra.count(DraCounter.WITH_ROUTE_RECORD)).isEqualTo(2);
      assertThat(dra.lastRouteRecord()).isEqualTo("app0.example.com");
      assertThat(dra.count(DraCounter.MISROUTED_HOST)).isEqualTo(2);
      assertThat(dra.count(DraCounter.MISROUTED_REALM)).isZero();
    }
  }

  @Test
  void relayAnswersInItsServersName() throws Exception {
    try (var dra = dra().relaysFor("hss.home.net", "home.net").start();
        var app =
            new SimulatedLogicApp("app0.example.com", "example.com")
                .destinationRealm("home.net")
                .connect(dra.port())) {
      var answer = app.send().get(5, SECONDS);

      assertThat(answer.text(AvpCode.ORIGIN_HOST)).isEqualTo("hss.home.net");
      assertThat(dra.count(DraCounter.MISROUTED_REALM)).isZero();
    }
  }

  @Test
  void stopSendsDprAndClosesAfterDpa() {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.sendCer(APP);
      var stopping = Thread.ofVirtual().start(dra::stop);

      var dpr = peer.expectRequest(282);
      assertThat(dpr.unsigned32(AvpCode.DISCONNECT_CAUSE)).isZero();
      peer.send(BaseMessages.dpa(APP, dpr));
      peer.expectClosed();
      assertThat(stopping).satisfies(thread -> thread.join(Duration.ofSeconds(5)));
      assertThatThrownBy(() -> ScriptedPeer.connect(dra.port())).hasMessageContaining("refused");
    }
  }

  @Test
  void stoppedDraAnswersWhatCameBeforeTheDpa() {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.sendCer(APP);
      var stopping = Thread.ofVirtual().start(dra::stop);
      var dpr = peer.expectRequest(282);

      var dpa = BaseMessages.dpa(APP, dpr).bytes();
      var both = Arrays.copyOf(ulr(1).bytes(), ulr(1).bytes().length + dpa.length);
      System.arraycopy(dpa, 0, both, both.length - dpa.length, dpa.length);
      peer.send(both); // in one read

      peer.expectAnswer(316);
      peer.expectClosed();
      assertThat(stopping).satisfies(thread -> thread.join(Duration.ofSeconds(5)));
    }
  }

  @Test
  void dprOfThePeerIsAnsweredAndThePeerCloses() {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port())) {
      peer.sendCer(APP);
      peer.sendDpr(APP, 0);

      await().until(() -> dra.openConnections() == 0);
      assertThat(dra.count(DraCounter.DPR_RECEIVED)).isEqualTo(1);
    }
  }

  @Test
  void killResetsAndRestartListensOnTheSamePort() throws Exception {
    try (var dra = dra().start();
        var peer = ScriptedPeer.connect(dra.port());
        var app =
            new SimulatedLogicApp("app0.example.com", "example.com")
                .reconnects(true)
                .connect(dra.port())) {
      peer.sendCer(APP);
      int port = dra.port();
      dra.kill();

      peer.expectReset();
      await().until(() -> app.openConnections() == 0);
      dra.restart();

      assertThat(dra.port()).isEqualTo(port);
      await().until(() -> app.openConnections() == 1);
      assertThat(resultOf(app)).isEqualTo(2001);
    }
  }

  @Test
  void pushReachesTheAppAndItsAnswerComesBack() throws Exception {
    var received = new CopyOnWriteArrayList<LabMessage>();
    try (var dra = dra().start();
        var app =
            new SimulatedLogicApp("app0.example.com", "example.com")
                .onPush(received::add)
                .connect(dra.port())) {
      for (var command : PushCommand.values()) {
        var answer = dra.push(command, "app0.example.com", "example.com").get(5, SECONDS);

        assertThat(answer.commandCode()).isEqualTo(command.code());
        assertThat(answer.resultCode()).isEqualTo(2001);
      }
      assertThat(received).extracting(LabMessage::commandCode).containsExactly(317, 319, 258, 274);
      assertThat(dra.pushResults()).isEqualTo(Map.of(2001, 4L));
      assertThat(dra.count(DraCounter.PUSH_WRONG_HOST)).isZero();

      dra.push(PushCommand.CLR, "app1.example.com", "example.com").get(5, SECONDS);
      assertThat(dra.count(DraCounter.PUSH_WRONG_HOST)).isEqualTo(1);
      assertThat(app.ledger().misroutedPushes()).isEqualTo(1);
    }
  }

  @Test
  void pushTakesTheConnectionOfItsDestinationHost() throws Exception {
    try (var dra = dra().start();
        var app =
            new SimulatedLogicApp("app%d.example.com", "example.com")
                .connections(3)
                .connect(dra.port())) {
      for (int i = 2; i >= 0; i--) {
        dra.push(PushCommand.CLR, "app" + i + ".example.com", "example.com").get(5, SECONDS);
      }

      assertThat(app.ledger().pushes()).isEqualTo(3);
      assertThat(app.ledger().misroutedPushes()).isZero();
    }
  }

  @Test
  void pushesGoOutAtTheirRate() {
    try (var dra = dra().start();
        var app = app(dra)) {
      dra.push(new Pushes(PushCommand.IDR, "app%d.example.com", 1, "example.com", 200));

      await().until(() -> dra.pushResults().getOrDefault(2001, 0L) >= 20);
      dra.stopPushing();
      assertThat(app.ledger().misroutedPushes()).isZero();
    }
  }

  @Test
  void reporterHearsOfPeers() {
    var lines = new CopyOnWriteArrayList<String>();
    try (var dra = dra().reportTo(lines::add).start()) {
      app(dra).close();

      await()
          .untilAsserted(() ->
              assertThat(lines)
                  .anyMatch(line -> line.startsWith("connected dra1.example.com#1"))
                  .contains("CER of app0.example.com, answered with 2001")
                  .anyMatch(line ->
                      line.equals("disconnected dra1.example.com#1: " + Ending.CLOSED_HERE)
                          || line.endsWith("FIN")));
    }
  }

  @Test
  void onlySoManyRequestsAreKept() throws Exception {
    try (var dra = dra().keepRequests(2).start();
        var app = app(dra)) {
      for (int i = 0; i < 5; i++) {
        app.send().get(5, SECONDS);
      }

      assertThat(dra.requests()).hasSize(2);
    }
  }
}
