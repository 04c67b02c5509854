package io.diametergw.gateway;

import static io.diametergw.gateway.Site.GATEWAY;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.config.DraPoolBuilder;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.Ledger;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of requests when the DRA they were sent to is lost, silent, leaving or busy (RFC
 * 6733 §5.5.4, RFC 3539). As long as there are ways to be lost: one test for each.
 */
class FailoverTest {
  private static final String APP = "app1." + LOCAL;
  private static final LabNode DRA1 = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final LabNode DRA2 = LabNode.relay("dra2." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);
  private static final int WINDOW = 50;

  @RegisterExtension final Site site = new Site();

  /** Two DRAs and a Logic App that the test plays. */
  private record Ends(ScriptedPeer app, ScriptedPeer dra1, ScriptedPeer dra2) {}

  private Ends ends() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(2);
    site.start(c ->
        c.draPool(pool ->
            pool.reconnectInterval(Duration.ofSeconds(30)).stallTimeout(Duration.ofSeconds(20))));
    var dra1 = site.accept(first, DRA1);
    var dra2 = site.accept(second, DRA2);
    site.awaitConnections(2);
    return new Ends(site.peer(APP), dra1, dra2);
  }

  private static List<String> routeRecords(LabMessage message) {
    return message.avps(AvpCode.ROUTE_RECORD).stream().map(LabAvp::text).toList();
  }

  private static void assertMoved(LabMessage first, LabMessage second, boolean retransmitted) {
    assertThat(second.isRetransmitted()).isEqualTo(retransmitted);
    assertThat(second.endToEndId()).isEqualTo(first.endToEndId());
    assertThat(tail(second)).isEqualTo(tail(first));
    assertThat(routeRecords(second)).containsExactly(APP);
  }

  private static byte[] tail(LabMessage message) {
    return Arrays.copyOfRange(message.bytes(), Header.LENGTH, message.lengthBytes());
  }

  private static void assertAnswered(ScriptedPeer app, LabMessage request, int code) {
    var answer = app.expectAnswer(request.commandCode());
    assertThat(answer.resultCode()).as(answer.toString()).isEqualTo(code);
    assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
    assertThat(answer.endToEndId()).isEqualTo(request.endToEndId());
    assertThat(answer.isRetransmitted()).isFalse();
  }

  // ---- one request at a time

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName(
      "CONF-FO-01 CONF-FO-06 CONF-DP-12 a lost DRA's request goes to another with T set, else as it was")
  void lostDrasRequestMoves(boolean reset) {
    var ends = ends();
    var request = site.request();
    ends.app.send(request);
    var first = ends.dra1.expectRequest(272);

    if (reset) {
      ends.dra1.reset();
    } else {
      ends.dra1.close();
    }
    var second = ends.dra2.expectRequest(272);

    assertMoved(first, second, true);
    ends.dra2.send(ANSWERS.to(second, 2001));
    assertAnswered(ends.app, request, 2001);
    var last = site.awaitQuiet();
    assertThat(last.count(Counter.RETRANSMITTED)).isEqualTo(1);
    assertThat(last.count(Counter.TRANSACTIONS)).isEqualTo(1);
    site.awaitStats("one failover", now -> now.failovers() == 1);
  }

  @Test
  @DisplayName("CONF-FO-01 order is kept when many move")
  void orderIsKept() {
    var ends = ends();
    var sent = new ArrayList<LabMessage>();
    for (int i = 0; i < 200; i++) {
      sent.add(site.request());
      ends.app.send(sent.getLast());
      ends.dra1.expectRequest(272);
    }

    ends.dra1.reset();

    for (LabMessage request : sent) {
      var moved = ends.dra2.expectRequest(272);
      assertThat(moved.endToEndId()).isEqualTo(request.endToEndId());
      ends.dra2.send(ANSWERS.to(moved, 2001));
    }
    for (LabMessage request : sent) {
      assertAnswered(ends.app, request, 2001);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName(
      "CONF-FO-02 CONF-FO-03 CONF-FO-06 3004 is retried once elsewhere, T as the Logic App set it")
  void tooBusyIsRetried(boolean retransmitted) {
    var ends = ends();
    var request = site.request().withFlags(retransmitted ? 0xD0 : 0xC0);
    ends.app.send(request);
    var first = ends.dra1.expectRequest(272);

    ends.dra1.send(ANSWERS.to(first, 3004));
    var second = ends.dra2.expectRequest(272);

    assertMoved(first, second, retransmitted);
    ends.dra2.send(ANSWERS.to(second, 3004));
    assertAnswered(ends.app, request, 3004);
    assertThat(site.awaitQuiet().count(Counter.RETRIED)).isEqualTo(1);
  }

  @Test
  @DisplayName(
      "CONF-FO-03 3004 with no alternate passes unchanged; 3002 is not retried unless told")
  void tooBusyWithoutAlternate() {
    var dra = site.dra(1).resultCode(3004);
    var app = started();
    app.send(site.request());
    var busy = app.expectAnswer(272);
    assertThat(busy.resultCode()).isEqualTo(3004);
    assertThat(busy.text(AvpCode.ORIGIN_HOST)).isEqualTo("server." + REMOTE);

    var other = site.stats();

    assertThat(other.count(Counter.RETRIED)).isZero();
    assertThat(dra.count(DraCounter.REQUESTS)).isEqualTo(1);
  }

  private ScriptedPeer started() {
    site.start();
    return site.peer(APP);
  }

  @Test
  @DisplayName("CONF-FO-04 no alternate: 3002 at once")
  void noAlternate() {
    var dra = site.dra(1).dropEvery(1);
    var app = started();
    var request = site.request();
    app.send(request);
    await().until(() -> dra.count(DraCounter.REQUESTS) == 1);

    dra.kill();

    var answer = app.expectAnswer(272);
    assertThat(answer.resultCode()).isEqualTo(3002);
    assertThat(answer.text(AvpCode.ORIGIN_HOST)).isEqualTo(GATEWAY);
  }

  @Test
  @DisplayName("CONF-FO-05 CONF-DP-10 CER, DWR and DPR never move")
  void baseMessagesStay() {
    var ends = ends();
    ends.app.send(site.request());
    ends.dra1.expectRequest(272);

    ends.dra1.reset();

    var moved = ends.dra2.expectMessage();
    assertThat(moved.commandCode()).isEqualTo(272);
    ends.dra2.sendDwr(DRA2);
    ends.dra2.send(ANSWERS.to(moved, 2001));
    assertThat(ends.app.expectMessage().commandCode()).isEqualTo(272);
  }

  @Test
  @DisplayName("CONF-FO-07 a request is sent twice at most")
  void twoTransmissions() {
    var ends = ends();
    var request = site.request();
    ends.app.send(request);
    ends.dra1.expectRequest(272);
    ends.dra1.reset();
    ends.dra2.expectRequest(272);

    ends.dra2.reset();

    assertAnswered(ends.app, request, 3002);
    assertThat(site.count(Counter.REQUESTS_TO_DRAS)).isEqualTo(2);
  }

  @Test
  @DisplayName("CONF-FO-07 the deadline does not move with the request")
  void deadlineStays() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(2);
    site.start(c ->
        c.sessionTimeout(Duration.ofMillis(800))
            .draPool(pool -> pool.reconnectInterval(Duration.ofSeconds(30))));
    var dra1 = site.accept(first, DRA1);
    var dra2 = site.accept(second, DRA2);
    site.awaitConnections(2);
    var app = site.peer(APP);
    var early = site.request();
    var late = site.request();
    long begun = System.nanoTime();
    app.send(early);
    dra1.expectRequest(272);
    app.send(late.with(LabAvp.text(AvpCode.DESTINATION_HOST, "dra2." + REMOTE)));
    dra2.expectRequest(272);

    dra1.reset();
    dra2.expectRequest(272);

    assertThat(List.of(app.expectAnswer(272).endToEndId(), app.expectAnswer(272).endToEndId()))
        .containsExactlyInAnyOrder(early.endToEndId(), late.endToEndId());
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isBetween(Duration.ofMillis(800), Duration.ofMillis(1_600));
    assertThat(site.count(Counter.EXPIRED)).isEqualTo(2);
  }

  @Test
  @DisplayName("CONF-FO-08 CONF-DP-05 both DRAs answer: the Logic App gets one answer")
  void bothAnswer() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(2);
    site.start(c -> c.draPool(FailoverTest::impatient));
    var dra1 = site.accept(first, DRA1);
    var dra2 = site.accept(second, DRA2);
    site.awaitConnections(2);
    var app = site.peer(APP);
    var request = site.request();
    app.send(request);
    var asked1 = dra1.expectRequest(272);

    assertThat(dra1.expectMessage().commandCode()).isEqualTo(280); // silent: probed, then suspect
    var asked2 = dra2.expectRequest(272);
    assertMoved(asked1, asked2, true);
    dra1.send(ANSWERS.to(asked1, 2001));
    site.awaitStats(
        "the first answer came too late", now -> now.count(Counter.UNMATCHED_ANSWERS) == 1);
    dra2.send(ANSWERS.to(asked2, 2001));

    assertAnswered(app, request, 2001);
    app.sendDwr(LabNode.relay(APP, LOCAL));
    assertThat(site.count(Counter.ANSWERED)).isEqualTo(1);
  }

  private static void impatient(DraPoolBuilder pool) {
    pool.stallTimeout(Duration.ofMillis(300))
        .stallProbeTimeout(Duration.ofMillis(300))
        .dwrTimeout(Duration.ofSeconds(1));
  }

  @Test
  @DisplayName("CONF-FO-09 a Logic App's own retransmission is forwarded, each with its own answer")
  void retransmissionsAreForwarded() {
    var ends = ends();
    var request = site.request();
    var again = request.withHopByHopId(request.hopByHopId() + 1).withFlags(0xD0);
    ends.app.send(request);
    ends.app.send(again);

    var first = ends.dra1.expectRequest(272);
    var second = ends.dra1.expectRequest(272);
    assertThat(first.endToEndId()).isEqualTo(second.endToEndId());
    assertThat(second.isRetransmitted()).isTrue();
    ends.dra1.send(ANSWERS.to(second, 2001));
    ends.dra1.send(ANSWERS.to(first, 2001));

    assertAnswered(ends.app, again, 2001);
    assertAnswered(ends.app, request, 2001);
  }

  @Test
  @DisplayName("CONF-FO-13 what never left for the lost DRA moves without T")
  void whatNeverLeftMovesWithoutT() {
    var first = site.scriptedDra(1);
    var second = site.dra(2).keepRequests(20_000);
    site.start(c ->
        c.draPool(pool -> pool.maxOutboundBytes(64 << 20).writeTimeout(Duration.ofSeconds(30))));
    var dra1 = site.accept(first, DRA1);
    site.awaitConnections(2);
    dra1.stopReading();
    var app = site.peer(APP);
    int requests = 400;
    var filling = LabAvp.of(99_999, 0, 0, new byte[50_000]);
    for (int i = 0; i < requests; i++) { // 20 MB: more than all socket buffers take
      app.send(site.request().with(filling));
    }
    site.awaitStats("all were taken", now -> now.inFlight() == requests);

    dra1.reset();

    for (int i = 0; i < requests; i++) {
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    }
    var last = site.awaitQuiet();
    assertThat(last.count(Counter.RETRANSMITTED) + last.count(Counter.REROUTED))
        .isEqualTo(requests);
    assertThat(second.count(DraCounter.RETRANSMITTED)).isEqualTo(last.count(Counter.RETRANSMITTED));
    assertThat(last.count(Counter.RETRANSMITTED)).isPositive();
    assertThat(last.count(Counter.REROUTED)).isPositive();
  }

  @Test
  @DisplayName("CONF-FO-15 what the alternate cannot take gets 3004")
  void alternateIsFull() {
    var first = site.dra(1).dropEvery(1);
    site.dra(2).dropEvery(1);
    site.start(c -> c.draPool(pool -> pool.maxPending(10)));
    var app = site.peer(APP);
    IntStream.range(0, 10).forEach(_ -> app.send(site.request()));
    var to2 = LabAvp.text(AvpCode.DESTINATION_HOST, "dra2." + REMOTE);
    IntStream.range(0, 6).forEach(_ -> app.send(site.request().with(to2)));
    site.awaitStats("pending", now -> now.inFlight() == 16);

    first.kill();

    for (int i = 0; i < 6; i++) {
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3004);
    }
    assertThat(site.stats().inFlight()).isEqualTo(10);
  }

  // ---- under load

  private CompletableFuture<Ledger> load(SimulatedLogicApp app) {
    return Site.supply(() -> app.sendWindow(WINDOW, PATIENCE));
  }

  private static void awaitMore(SimulatedDra dra, int n) {
    long before = dra.count(DraCounter.REQUESTS);
    await().atMost(PATIENCE).until(() -> dra.count(DraCounter.REQUESTS) >= before + n);
  }

  private void assertClean(SimulatedLogicApp app, CompletableFuture<Ledger> load) {
    app.stopSending();
    var ledger = load.join();
    assertThat(ledger.isClean()).as(app.report()).isTrue();
    assertThat(ledger.answered(2001)).as(app.report()).isEqualTo(ledger.sent());
  }

  @Test
  @DisplayName(
      "CONF-FO-01 CONF-DW-13 CONF-RTE-17 killed under load: 0 lost, then failback after three DWAs")
  void killedUnderLoad() {
    var dra1 = site.dra(1).delay(Duration.ofMillis(2), Duration.ofMillis(4));
    var dra2 = site.dra(2);
    site.start();
    var app = site.connect(new SimulatedLogicApp("app%d." + LOCAL, LOCAL).connections(4));
    var load = load(app);
    awaitMore(dra1, 1_000);

    dra1.kill();
    awaitMore(dra2, 1_000);
    site.awaitPriority(2);
    long dwrs = dra1.count(DraCounter.DWR_RECEIVED);
    dra1.restart();
    site.awaitPriority(1);
    assertThat(dra1.count(DraCounter.DWR_RECEIVED)).isGreaterThanOrEqualTo(dwrs + 3);
    awaitMore(dra1, 1_000);

    assertClean(app, load);
    var last = site.awaitQuiet();
    assertThat(last.count(Counter.RETRANSMITTED))
        .isPositive()
        .isEqualTo(dra2.count(DraCounter.RETRANSMITTED));
    assertThat(dra1.count(DraCounter.RETRANSMITTED)).isZero();
    assertThat(last.failovers()).isEqualTo(1);
    assertThat(last.failbacks()).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-DW-13 a DRA that comes back gets no request before its third DWA")
  void noRequestBeforeTheThirdDwa() {
    var first = site.scriptedDra(1);
    site.dra(2);
    site.start();
    var dra1 = site.accept(first, DRA1);
    site.awaitConnections(2);
    var app = site.connect(new SimulatedLogicApp(APP, LOCAL));
    dra1.reset();
    site.awaitPriority(2);
    var load = load(app);

    var again = site.accept(first, DRA1);
    for (int i = 0; i < 3; i++) {
      var dwr = again.expectMessage();
      assertThat(dwr.commandCode()).as("DWR " + i).isEqualTo(280);
      again.send(io.diametergw.lab.BaseMessages.dwa(DRA1, dwr));
    }
    var request = again.expectRequest(318);
    again.send(ANSWERS.to(request, 2001));

    app.stopSending();
    again.reset();
    assertThat(load.join().isClean()).as(app.report()).isTrue();
  }

  @Test
  @DisplayName("CONF-DP-05 DPR from a DRA under load: 0 lost, nothing new goes to it")
  void disconnectUnderLoad() {
    var dra1 = site.dra(1).delay(Duration.ofMillis(2), Duration.ofMillis(2));
    var dra2 = site.dra(2);
    site.start();
    var app = site.app(APP);
    var load = load(app);
    awaitMore(dra1, 500);

    dra1.stop();
    awaitMore(dra2, 500);

    assertClean(app, load);
    site.awaitQuiet();
    site.awaitStats("one failover", now -> now.failovers() == 1);
  }

  @Test
  @DisplayName(
      "CONF-DP-05 answers after the DPR are delivered; what stays moves with T when the DRA closes")
  void answersAfterDprAreDelivered() {
    var ends = ends();
    var answered = site.request();
    var stays = site.request();
    ends.app.send(answered);
    ends.app.send(stays);
    var first = ends.dra1.expectRequest(272);
    var second = ends.dra1.expectRequest(272);

    ends.dra1.send(io.diametergw.lab.BaseMessages.dpr(DRA1, 0));
    assertThat(ends.dra1.expectAnswer(282).resultCode()).isEqualTo(2001);
    var late = site.request();
    ends.app.send(late);
    var elsewhere = ends.dra2.expectRequest(272);
    assertThat(elsewhere.endToEndId()).isEqualTo(late.endToEndId());
    assertThat(elsewhere.isRetransmitted()).isFalse();
    ends.dra1.send(ANSWERS.to(first, 2001));
    assertAnswered(ends.app, answered, 2001);
    ends.dra1.close();

    var moved = ends.dra2.expectRequest(272);
    assertMoved(second, moved, true);
    ends.dra2.send(ANSWERS.to(moved, 2001));
    assertAnswered(ends.app, stays, 2001);
    ends.dra2.send(ANSWERS.to(elsewhere, 2001));
    assertAnswered(ends.app, late, 2001);
  }

  @Test
  @DisplayName("both DRAs dead: 3002 at once; back from nothing counts as failback")
  void bothDead() {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    var app = started();
    dra1.kill();
    site.awaitPriority(2);
    dra2.kill();
    site.awaitPriority(0);

    app.send(site.request());
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3002);
    dra2.restart();
    site.awaitPriority(2);
    app.send(site.request());
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    dra1.restart();
    site.awaitPriority(1);

    var last = site.stats();
    assertThat(last.failovers()).isEqualTo(2);
    assertThat(last.failbacks()).isEqualTo(2);
  }

  @Test
  @DisplayName("CONF-DW-14 the only DRA that is back serves before its third DWA")
  void lastResort() {
    var dra = site.dra(1);
    site.start(c -> c.draPool(pool -> pool.reopenInterval(Duration.ofMinutes(10))));
    var app = site.peer(APP);
    dra.kill();
    site.awaitPriority(0);

    dra.restart();
    site.awaitPriority(1);

    assertThat(site.stats().dras().getFirst().health()).isEqualTo("REOPEN");
    app.send(site.request());
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  @DisplayName(
      "CONF-DW-08 CONF-DW-10 a DRA that falls silent under load: probed, its requests move, it comes back")
  void mutedUnderLoad() {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    site.start(c -> c.draPool(FailoverTest::impatient));
    var app = site.app(APP);
    var load = load(app);
    awaitMore(dra1, 500);

    dra1.mute();
    awaitMore(dra2, 500);
    dra1.unmute();
    site.awaitPriority(1);
    awaitMore(dra1, 500);

    assertClean(app, load);
    var last = site.awaitQuiet();
    assertThat(last.count(Counter.RETRANSMITTED))
        .isPositive()
        .isEqualTo(dra2.count(DraCounter.RETRANSMITTED));
    assertThat(last.failovers()).isEqualTo(1);
    assertThat(last.failbacks()).isEqualTo(1);
    assertThat(dra1.count(DraCounter.CONNECTIONS)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-FO-03 3004 under load: every one is retried, T clear")
  void busyUnderLoad() {
    site.dra(1).errorEvery(3, 3004);
    var dra2 = site.dra(2);
    site.start();
    var app = site.app(APP);
    var load = load(app);
    awaitMore(dra2, 300);

    assertClean(app, load);
    var last = site.awaitQuiet();
    assertThat(last.count(Counter.RETRIED)).isEqualTo(dra2.count(DraCounter.REQUESTS));
    assertThat(dra2.count(DraCounter.RETRANSMITTED)).isZero();
  }

  @Test
  @DisplayName("CONF-FO-03 CONF-RTE-17 what is retried takes no turn from new requests")
  void retriesTakeNoTurn() {
    var busy = site.dra(1);
    var ready = site.dra(1);
    site.start();
    var app = site.peer(APP);
    busy.resultCode(3004);

    for (int i = 0; i < 100; i++) { // one after another: each retry between two new requests
      app.send(site.request());
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    }

    assertThat(busy.count(DraCounter.REQUESTS)).isEqualTo(50);
    assertThat(ready.count(DraCounter.REQUESTS)).isEqualTo(100);
  }
}
