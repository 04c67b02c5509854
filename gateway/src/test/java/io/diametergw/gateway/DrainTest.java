package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a gateway stops (RFC 6733 §5.4). */
class DrainTest {
  private static final String APP = "app1." + LOCAL;
  private static final LabNode DRA = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);

  @RegisterExtension final Site site = new Site();

  private CompletableFuture<DrainReport> drain() {
    return Site.supply(site.gateway()::drain);
  }

  private static void expectDisconnect(ScriptedPeer peer, LabNode node) {
    var dpr = peer.expectRequest(282);
    assertThat(dpr.unsigned32(AvpCode.DISCONNECT_CAUSE)).isZero();
    peer.send(BaseMessages.dpa(node, dpr));
    peer.expectEnd(PATIENCE);
  }

  @Test
  @DisplayName(
      "CONF-DP-07 in flight is waited for, new ones get 3004, then DPR REBOOTING to both sides")
  void inOrder() {
    var listener = site.scriptedDra(1);
    var gateway = site.start();
    var dra = site.accept(listener, DRA);
    site.awaitConnections(1);
    var app = site.peer(APP);
    var inFlight = site.request();
    app.send(inFlight);
    var sent = dra.expectRequest(272);

    var drained = drain();
    await().atMost(PATIENCE).until(() -> refused(app) == 3004);
    assertThat(drained).isNotDone();
    dra.send(ANSWERS.to(sent, 2001));
    var answer = app.expectAnswer(272);
    assertThat(answer.endToEndId()).isEqualTo(inFlight.endToEndId());
    assertThat(answer.resultCode()).isEqualTo(2001);
    expectDisconnect(app, LabNode.relay(APP, LOCAL));
    expectDisconnect(dra, DRA);

    var report = drained.join();
    assertThat(report.drained()).isEqualTo(1);
    assertThat(report.lost()).isZero();
    gateway.close();
    ended();
  }

  private void ended() {
    site.stopped();
  }

  /** The Result-Code of a new request; 0 when it went to the DRA. */
  private int refused(ScriptedPeer app) {
    app.send(site.request());
    return app.expectAnswer(272).resultCode();
  }

  @Test
  @DisplayName("a drain under load loses nothing")
  void underLoad() {
    var dra = site.dra(1).delay(Duration.ofMillis(5), Duration.ofMillis(5));
    site.start();
    var app = site.app(APP);
    var load = Site.supply(() -> app.sendWindow(50, PATIENCE));
    await().atMost(PATIENCE).until(() -> dra.count(DraCounter.REQUESTS) > 500);

    var report = drain();
    await().atMost(PATIENCE).until(() -> app.ledger().answered(3004) > 0 || report.isDone());
    app.stopSending();
    load.join();
    var drained = report.join();

    var ledger = app.ledger();
    assertThat(drained.lost()).isZero();
    assertThat(ledger.wrong()).as(app.report()).isZero();
    assertThat(
            ledger.answered(2001)
                + ledger.answered(3004)
                + ledger.answered(3002)
                + ledger.unanswered())
        .isEqualTo(ledger.sent());
    assertThat(dra.count(DraCounter.ANSWERED)).isEqualTo(ledger.answered(2001));
    assertThat(dra.count(DraCounter.DPR_RECEIVED)).isEqualTo(1);
    ended();
  }

  @Test
  @DisplayName("what is not answered in drain-timeout is counted as lost")
  void notAnsweredInTime() {
    site.dra(1).dropEvery(1);
    site.start(c -> c.drainTimeout(Duration.ofMillis(200)));
    var app = site.peer(APP);
    app.send(site.request());
    site.awaitStats("in flight", now -> now.count(Counter.REQUESTS_TO_DRAS) == 1);

    var drained = drain();
    expectDisconnectOrAnswer(app);

    assertThat(drained.join().lost()).isEqualTo(1);
    ended();
  }

  private static void expectDisconnectOrAnswer(ScriptedPeer app) {
    var node = LabNode.relay(APP, LOCAL);
    for (var message = app.expectMessage(PATIENCE); ; message = app.expectMessage(PATIENCE)) {
      if (message.commandCode() == 282) {
        app.send(BaseMessages.dpa(node, message));
        return;
      }
      assertThat(message.resultCode()).isEqualTo(3002);
    }
  }

  @Test
  @DisplayName("nobody is admitted while draining")
  void nobodyIsAdmitted() {
    site.dra(1).dropEvery(1);
    var gateway = site.start();
    var app = site.peer(APP);
    app.send(site.request());
    site.awaitStats("in flight", now -> now.inFlight() == 1);
    var half = site.stranger();
    site.awaitStats("two connections", now -> now.logicApps() == 2);

    var drained = drain();
    await().atMost(PATIENCE).until(() -> refused(app) == 3004);
    half.send(BaseMessages.cer(LabNode.relay("app2." + LOCAL, LOCAL)));

    assertThat(half.expectAnswer(257).resultCode()).isEqualTo(5012);
    gateway.close();
    drained.handle((_, _) -> null).join();
    ended();
  }
}
