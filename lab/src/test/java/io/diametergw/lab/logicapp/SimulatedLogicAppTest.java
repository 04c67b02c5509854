package io.diametergw.lab.logicapp;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SimulatedLogicAppTest {
  private static final LabNode DRA = LabNode.relay("dra1.example.com", "example.com");
  private static final Duration SOON = Duration.ofMillis(150);

  private static SimulatedDra dra() {
    return new SimulatedDra(DRA).start();
  }

  private static SimulatedLogicApp app() {
    return new SimulatedLogicApp("app%d.example.com", "example.com");
  }

  @Test
  void everyConnectionHasItsOwnIdentity() throws Exception {
    try (var dra = dra();
        var app = app().connections(3).connect(dra.port())) {
      for (int i = 0; i < 6; i++) {
        app.send().get(5, SECONDS);
      }

      assertThat(app.openConnections()).isEqualTo(3);
      assertThat(dra.requestsPerConnection()).containsExactly(2L, 2L, 2L);
      assertThat(dra.requests())
          .extracting(request -> request.text(AvpCode.ORIGIN_HOST))
          .contains("app0.example.com", "app1.example.com", "app2.example.com");
    }
  }

  @Test
  void requestThatIsSentAgainKeepsItsEndToEndIdentifier() throws Exception {
    try (var dra = dra();
        var app = app().connect(dra.port())) {
      var request = app.requests(0).air("session", "001010000000001");

      app.sendAsIs(0, request).get(5, SECONDS);
      app.sendAsIs(0, request.withFlags(request.flags() | Header.RETRANSMITTED)).get(5, SECONDS);

      assertThat(dra.requests())
          .extracting(LabMessage::endToEndId)
          .containsExactly(request.endToEndId(), request.endToEndId());
      assertThat(dra.count(DraCounter.DUPLICATES)).isEqualTo(1);
      assertThat(app.ledger().isClean()).as(app.report()).isTrue();
    }
  }

  @Test
  void requestGoesToTheHostAndRealmAsked() throws Exception {
    try (var dra = dra();
        var app =
            app()
                .application(LabApplication.GX)
                .destinationRealm("home.net")
                .destinationHost("pcrf.home.net")
                .connect(dra.port())) {
      app.send().get(5, SECONDS);

      var request = dra.requests().getFirst();
      assertThat(request.applicationId()).isEqualTo(LabApplication.GX.id());
      assertThat(request.text(AvpCode.DESTINATION_REALM)).isEqualTo("home.net");
      assertThat(request.text(AvpCode.DESTINATION_HOST)).isEqualTo("pcrf.home.net");
    }
  }

  @Test
  void cerAdvertisesWhatItIsTold() {
    try (var listener = ScriptedListener.on(0)) {
      Thread.ofVirtual()
          .start(() -> app().advertise(List.of(3, 4, 16777216)).connect(listener.port()).close());
      try (var peer = listener.accept(Duration.ofSeconds(5))) {
        var cer = peer.expectRequest(CommandCode.CAPABILITIES_EXCHANGE);

        assertThat(cer.unsigned32(AvpCode.ACCT_APPLICATION_ID)).isEqualTo(3);
        assertThat(cer.unsigned32(AvpCode.AUTH_APPLICATION_ID)).isEqualTo(4);
        assertThat(cer.avps(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID))
            .singleElement()
            .satisfies(avp -> assertThat(avp.avps()).hasSize(2));
      }
    }
  }

  @Test
  void windowKeepsSoManyInFlight() {
    try (var dra = dra();
        var app = app().connections(2).connect(dra.port())) {
      var ledger = app.sendWindow(20, Duration.ofMillis(200));

      assertThat(ledger.isClean()).as(app.report()).isTrue();
      assertThat(ledger.sent()).isGreaterThan(100).isEqualTo(dra.count(DraCounter.REQUESTS));
    }
  }

  @Test
  void rateIsKept() {
    try (var dra = dra();
        var app = app().connect(dra.port())) {
      var ledger = app.sendAtRate(500, Duration.ofMillis(300));

      assertThat(ledger.isClean()).as(app.report()).isTrue();
      assertThat(ledger.sent()).isEqualTo(150);
    }
  }

  @Test
  void sendingEndsWhenAsked() throws InterruptedException {
    try (var dra = dra();
        var app = app().connect(dra.port())) {
      var sender = Thread.ofVirtual().start(() -> app.sendAtRate(100, Duration.ofDays(1)));
      await().until(() -> dra.count(DraCounter.REQUESTS) > 3);
      app.stopSending();

      assertThat(sender.join(Duration.ofSeconds(5))).isTrue();
      assertThat(app.ledger().isClean()).as(app.report()).isTrue();
    }
  }

  @Test
  void everyKindOfWrongAnswerIsInTheLedger() {
    assertThat(
            after(
                (peer, answer) -> peer.send(answer.withHopByHopId(answer.hopByHopId() + 1000)),
                Ledger::foreign))
        .isEqualTo(1);
    assertThat(
            after(
                (peer, answer) -> peer.send(answer.withEndToEndId(9)), Ledger::mismatchedEndToEnd))
        .isEqualTo(1);
    assertThat(
            after(
                (peer, answer) -> peer.send(answer.without(AvpCode.SESSION_ID)),
                Ledger::mismatchedSession))
        .isEqualTo(1);
    assertThat(after((peer, answer) -> peer.send(answer.withFlags(0x50)), Ledger::corrupt))
        .isEqualTo(1);
    assertThat(after((peer, answer) -> peer.send(answer.withCommandCode(1)), Ledger::corrupt))
        .isEqualTo(1);
    assertThat(after((peer, answer) -> peer.send(answer.withFlags(0x60)), Ledger::madeByPeer))
        .isEqualTo(1);
    BiConsumer<ScriptedPeer, LabMessage> twice =
        (peer, answer) -> {
          peer.send(answer);
          peer.send(answer);
        };
    assertThat(after(twice, Ledger::duplicate)).isEqualTo(1);
  }

  @Test
  void lateAnswerIsNoAnswer() {
    against(
        app().answerTimeout(Duration.ofMillis(50)),
        (peer, app) -> {
          var answer = app.send();
          var request = peer.expectRequest(318);
          assertThatThrownBy(answer::join).hasMessageContaining("no answer within PT0.05S");
          peer.send(answer(request));

          await().until(() -> app.ledger().late() == 1);
          assertThat(app.ledger().unanswered()).isEqualTo(1);
          assertThat(app.ledger().balances()).isTrue();
          assertThat(app.ledger().toString())
              .isEqualTo("sent 1, answered 0 {}, unanswered 1, late 1");
        });
  }

  @Test
  void endOfTheConnectionFailsWhatIsInFlight() {
    against(
        app(),
        (peer, app) -> {
          var answer = app.send();
          peer.expectRequest(318);
          peer.reset();

          assertThatThrownBy(answer::join).hasMessageContaining("the connection ended: RST");
          assertThat(app.ledger().unanswered()).isEqualTo(1);
          assertThatThrownBy(() -> app.send().join()).hasMessageContaining("no open connection");
        });
  }

  @Test
  void dwrAndDprAreAnswered() {
    against(
        app(),
        (peer, app) -> {
          assertThat(peer.sendDwr(DRA).text(AvpCode.ORIGIN_HOST)).isEqualTo("app0.example.com");
          peer.sendDpr(DRA, BaseMessages.BUSY);

          await().until(() -> app.openConnections() == 0);
        });
  }

  @Test
  void pushesAreAnsweredAsTold() throws Exception {
    try (var dra = dra();
        var app = app().pushResultCode(5030).connect(dra.port())) {
      assertThat(
              dra.push(PushCommand.RAR, "app0.example.com", "example.com")
                  .get(5, SECONDS)
                  .resultCode())
          .isEqualTo(5030);

      app.answersPushes(false);
      var unanswered = dra.push(PushCommand.RAR, "app0.example.com", "example.com");
      await().until(() -> app.ledger().pushes() == 2);
      assertThat(unanswered).isNotDone();
    }
  }

  @Test
  void appThatStopsReadingHearsNothingUntilItReadsAgain() {
    try (var dra = dra();
        var app = app().connect(dra.port())) {
      app.stopReading(0);
      var answer = app.send();
      await().until(() -> dra.count(DraCounter.ANSWERED) == 1);
      await().during(SOON).until(() -> !answer.isDone());
      app.resumeReading(0);

      assertThat(answer.join().resultCode()).isEqualTo(2001);
    }
  }

  @Test
  void resetIsSeenAsReset() {
    against(
        app(),
        (peer, app) -> {
          app.reset(0);

          peer.expectReset();
        });
  }

  private static LabMessage answer(LabMessage request) {
    return new Answers(DRA.originHost(), DRA.originRealm()).to(request, 2001);
  }

  /** What the ledger says of one request that was answered by {@code script}. */
  private static long after(
      BiConsumer<ScriptedPeer, LabMessage> script, ToLongFunction<Ledger> count) {
    long[] counted = {0};
    against(
        app().answerTimeout(SOON),
        (peer, app) -> {
          var _ = app.send();
          script.accept(peer, answer(peer.expectRequest(318)));
          await().until(() -> count.applyAsLong(app.ledger()) > 0);
          counted[0] = count.applyAsLong(app.ledger());
        });
    return counted[0];
  }

  /** An app whose peer is the test itself. */
  private static void against(
      SimulatedLogicApp app, BiConsumer<ScriptedPeer, SimulatedLogicApp> script) {
    try (var listener = ScriptedListener.on(0)) {
      var connecting = Thread.ofVirtual().start(() -> app.connect(listener.port()));
      try (var peer = listener.accept(Duration.ofSeconds(5))) {
        peer.answerCer(DRA);
        await().until(() -> app.openConnections() == 1 && !connecting.isAlive());
        script.accept(peer, app);
      } finally {
        app.close();
      }
    }
  }
}
