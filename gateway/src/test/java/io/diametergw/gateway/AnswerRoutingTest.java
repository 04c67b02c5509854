package io.diametergw.gateway;

import static io.diametergw.gateway.Site.GATEWAY;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.GatewayConfigBuilder;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of a DRA's answer on its way to the Logic App (RFC 6733 §6.2). As long as that has
 * rules: one test for each.
 */
class AnswerRoutingTest {
  private static final String APP = "app1." + LOCAL;
  private static final LabNode APP_NODE = LabNode.relay(APP, LOCAL);
  private static final int M = 0x40;

  @RegisterExtension final Site site = new Site();

  private record Ends(ScriptedPeer app, ScriptedPeer dra) {
    LabMessage request(LabMessage request) {
      app.send(request);
      return dra.expectRequest(request.commandCode());
    }
  }

  private Ends ends() {
    return ends(_ -> {});
  }

  private Ends ends(Consumer<GatewayConfigBuilder> more) {
    ScriptedListener listener = site.scriptedDra(1);
    site.start(more);
    var dra = site.accept(listener, "dra1." + REMOTE);
    site.awaitConnections(1);
    return new Ends(site.peer(APP), dra);
  }

  private static LabMessage answer(LabMessage request, LabAvp... more) {
    var avps = new ArrayList<LabAvp>();
    var session = request.avp(AvpCode.SESSION_ID);
    if (session != null) {
      avps.add(session);
    }
    avps.add(LabAvp.text(AvpCode.ORIGIN_HOST, "server." + REMOTE));
    avps.add(LabAvp.text(AvpCode.ORIGIN_REALM, REMOTE));
    avps.addAll(List.of(more));
    return request.withFlags(Header.PROXIABLE).withAvps(avps);
  }

  private static LabMessage success(LabMessage request) {
    return answer(request, LabAvp.unsigned32(AvpCode.RESULT_CODE, 2001));
  }

  /** Byte for byte but for Hop-by-Hop and the flags that answers must not have. */
  private static void assertDelivered(Ends ends, LabMessage request, LabMessage answer) {
    ends.dra.send(answer);
    var got = ends.app.expectAnswer(request.commandCode());
    int flags = answer.flags() & (Header.PROXIABLE | Header.ERROR);
    assertThat(got.bytes())
        .isEqualTo(answer.withHopByHopId(request.hopByHopId()).withFlags(flags).bytes());
  }

  private static void assertMadeByGateway(LabMessage answer, LabMessage request, int code) {
    assertThat(answer.resultCode()).isEqualTo(code);
    assertThat(answer.isError()).isTrue();
    assertThat(answer.text(AvpCode.ORIGIN_HOST)).isEqualTo(GATEWAY);
    assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
    assertThat(answer.endToEndId()).isEqualTo(request.endToEndId());
  }

  @Test
  @DisplayName("CONF-ANS-01 an answer goes back with its Hop-by-Hop, else byte for byte")
  void answerGoesBack() {
    var ends = ends();
    var request = site.request().withHopByHopId(7).withEndToEndId(-1);

    var sent = ends.request(request);

    assertDelivered(
        ends, request, success(sent).with(LabAvp.of(99_999, 0xBF, 77, new byte[] {1, 2, 3})));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x50, 0x4F, 0x5F, 0x70, 0x00})
  @DisplayName("CONF-HDR-11 CONF-HDR-08 T and reserved bits are cleared in answers")
  void retransmittedIsClearedInAnswers(int flags) {
    var ends = ends();
    var request = site.request();

    assertDelivered(ends, request, success(ends.request(request)).withFlags(flags));
  }

  @Test
  @DisplayName("CONF-ANS-02 an unknown Hop-by-Hop is dropped and counted")
  void unknownHopByHop() {
    var ends = ends();
    var request = site.request();
    var sent = ends.request(request);

    ends.dra.send(success(sent).withHopByHopId(sent.hopByHopId() + 1));
    assertDelivered(ends, request, success(sent));

    assertThat(site.count(Counter.UNMATCHED_ANSWERS)).isEqualTo(1);
    ends.app.sendDwr(APP_NODE);
  }

  @Test
  @DisplayName("CONF-ANS-03 every second answer is dropped")
  void secondAnswer() {
    var ends = ends();
    int n = 1_000;
    var requests = new ByteArrayOutputStream();
    var sent = new ArrayList<LabMessage>();
    for (int i = 0; i < n; i++) {
      sent.add(site.request());
      requests.writeBytes(sent.getLast().bytes());
    }
    ends.app.send(requests.toByteArray());
    for (int i = 0; i < n; i++) {
      var answer = success(ends.dra.expectRequest(272));
      ends.dra.send(answer);
      ends.dra.send(answer);
    }

    for (int i = 0; i < n; i++) {
      assertThat(ends.app.expectAnswer(272).hopByHopId()).isEqualTo(sent.get(i).hopByHopId());
    }
    site.awaitStats("all dropped", now -> now.count(Counter.UNMATCHED_ANSWERS) == n);
    ends.app.sendDwr(APP_NODE);
    assertThat(site.count(Counter.ANSWERED)).isEqualTo(n);
  }

  @Test
  @DisplayName("CONF-ANS-04 another End-to-End, command or application is not the answer")
  void foreignIdentifiers() {
    var ends = ends();
    var request = site.request();
    var sent = ends.request(request);

    ends.dra.send(success(sent).withEndToEndId(sent.endToEndId() ^ 1));
    ends.dra.send(success(sent).withCommandCode(258));
    ends.dra.send(success(sent).withApplicationId(16777238));
    assertDelivered(ends, request, success(sent));

    assertThat(site.count(Counter.UNMATCHED_ANSWERS)).isEqualTo(3);
  }

  @Test
  @DisplayName("CONF-ANS-05 an answer on another connection than its request's is dropped")
  void answerOnAnotherConnection() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(2);
    site.start();
    var dra1 = site.accept(first, "dra1." + REMOTE);
    var dra2 = site.accept(second, "dra2." + REMOTE);
    site.awaitConnections(2);
    var app = site.peer(APP);
    var request = site.request();
    app.send(request);
    var sent = dra1.expectRequest(272);

    dra2.send(success(sent));
    site.awaitStats("dropped", now -> now.count(Counter.UNMATCHED_ANSWERS) == 1);

    assertDelivered(new Ends(app, dra1), request, success(sent));
  }

  @Test
  @DisplayName(
      "CONF-ANS-06 CONF-ANS-07 no answer in time: one 3002 within 100 ms; the late one is dropped")
  void timeoutThenLateAnswer() {
    var ends = ends(c -> c.sessionTimeout(Duration.ofMillis(300)));
    var request = site.request();
    long begun = System.nanoTime();
    var sent = ends.request(request);

    var refusal = ends.app.expectAnswer(272);

    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isBetween(Duration.ofMillis(300), Duration.ofMillis(900));
    assertMadeByGateway(refusal, request, 3002);
    ends.dra.send(success(sent));
    site.awaitStats("dropped", now -> now.count(Counter.UNMATCHED_ANSWERS) == 1);
    ends.app.sendDwr(APP_NODE);
    assertThat(site.count(Counter.EXPIRED)).isEqualTo(1);
    var next = site.request();
    assertDelivered(ends, next, success(ends.request(next)));
  }

  @Test
  @DisplayName("CONF-ANS-08 the Logic App is gone: its entry is freed at once, the answer dropped")
  void requesterIsGone() {
    var ends = ends();
    var sent = ends.request(site.request());

    ends.app.reset();
    site.awaitStats("freed", now -> now.inFlight() == 0);
    ends.dra.send(success(sent));

    var last = site.awaitStats("dropped", now -> now.count(Counter.UNMATCHED_ANSWERS) == 1);
    assertThat(last.count(Counter.REQUESTER_GONE)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-ANS-09 a Logic App that comes back does not get its old connection's answers")
  void oldAnswersAreNotForTheNewConnection() {
    var ends = ends();
    var sent = new ArrayList<LabMessage>();
    for (int i = 1; i <= 100; i++) {
      sent.add(ends.request(site.request().withHopByHopId(i)));
    }
    ends.app.reset();
    site.awaitStats("gone", now -> now.logicApps() == 0);

    var again = site.peer(APP);
    var request = site.request().withHopByHopId(1);
    again.send(request);
    var sentAgain = ends.dra.expectRequest(272);
    sent.forEach(old -> ends.dra.send(success(old)));

    assertDelivered(new Ends(again, ends.dra), request, success(sentAgain));
    again.sendDwr(APP_NODE);
    assertThat(site.count(Counter.REQUESTER_GONE)).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(ints = {3002, 3006, 3011, 4001, 5001, 5012, 9999})
  @DisplayName("CONF-ANS-10 CONF-RED-01 CONF-FO-03 failures pass unchanged")
  void failuresPass(int code) {
    var ends = ends();
    var request = site.request();
    var answer =
        answer(
            ends.request(request),
            LabAvp.unsigned32(AvpCode.RESULT_CODE, code),
            LabAvp.text(AvpCode.ERROR_REPORTING_HOST, "other." + REMOTE),
            LabAvp.of(AvpCode.FAILED_AVP, M, 0, new byte[] {0, 0, 0, 1, 0, 0, 0, 8}));

    assertDelivered(
        ends,
        request,
        answer.withFlags(code / 1000 == 3 ? Header.PROXIABLE | Header.ERROR : Header.PROXIABLE));
  }

  @Test
  @DisplayName("CONF-ANS-11 CONF-ANS-12 Proxy-Info and Route-Record of others pass both ways")
  void proxyInfoAndRouteRecordPass() {
    var ends = ends();
    var info =
        LabAvp.of(AvpCode.PROXY_INFO, M, 0, new byte[] {0, 0, 1, 24, M, 0, 0, 9, 'p', 0, 0, 0});
    var request = site.request().with(info);

    var sent = ends.request(request);

    assertThat(requireNonNull(sent.avp(AvpCode.PROXY_INFO)).data()).isEqualTo(info.data());
    assertDelivered(
        ends,
        request,
        success(sent).with(info).with(LabAvp.text(AvpCode.ROUTE_RECORD, "hop.test")));
  }

  @Test
  @DisplayName(
      "CONF-ANS-13 Experimental-Result is a result; without either the answer passes and is counted")
  void experimentalResult() {
    var ends = ends();
    var request = site.request();
    byte[] experimental = {0, 0, 1, 42, M, 0, 0, 12, 0, 0, 0x13, (byte) 0x89};
    assertDelivered(
        ends,
        request,
        answer(ends.request(request), LabAvp.of(AvpCode.EXPERIMENTAL_RESULT, M, 0, experimental)));
    assertThat(site.count(Counter.ANSWERS_WITHOUT_RESULT)).isZero();

    assertDelivered(ends, request, answer(ends.request(request)));

    assertThat(site.count(Counter.ANSWERS_WITHOUT_RESULT)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-ANS-14 a broken answer is not passed on: 5012, no retry, the connection stays")
  void brokenAnswer() {
    var ends = ends();
    var request = site.request();
    byte[] broken = success(ends.request(request)).bytes();
    broken[broken.length - 5] = (byte) 200; // the last AVP's length

    ends.dra.send(broken);

    assertMadeByGateway(ends.app.expectAnswer(272), request, 5012);
    assertThat(site.count(Counter.MALFORMED_ANSWERS)).isEqualTo(1);
    assertDelivered(ends, request, success(ends.request(request)));
  }

  @Test
  @DisplayName("CONF-ANS-15 an answer with another Session-Id: 5012")
  void foreignSession() {
    var ends = ends();
    var request = site.request();
    var other =
        success(ends.request(request))
            .without(AvpCode.SESSION_ID)
            .with(LabAvp.text(AvpCode.SESSION_ID, "another;1;2"));

    ends.dra.send(other);

    assertMadeByGateway(ends.app.expectAnswer(272), request, 5012);
  }

  @Test
  @DisplayName("CONF-ANS-16 nothing goes back to the DRA for any answer")
  void noErrorForAnAnswer() {
    var ends = ends();
    var request = site.request();
    var sent = ends.request(request);
    byte[] broken = success(sent).bytes();
    broken[broken.length - 5] = (byte) 200;

    ends.dra.send(success(sent).withHopByHopId(sent.hopByHopId() + 1));
    ends.dra.send(
        success(sent)
            .withFlags(Header.ERROR | Header.PROXIABLE)
            .withHopByHopId(sent.hopByHopId() + 2));
    ends.dra.send(broken);
    ends.dra.send(success(sent));
    assertMadeByGateway(ends.app.expectAnswer(272), request, 5012);

    var dwa = ends.dra.sendDwr(LabNode.relay("dra1." + REMOTE, REMOTE));
    assertThat(dwa.commandCode()).isEqualTo(280);
    ends.app.send(site.request());
    assertThat(ends.dra.expectMessage().isRequest()).as("what stood before it").isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 5, 8})
  @DisplayName("CONF-ANS-18 a Result-Code of another size is passed and counts as none")
  void resultCodeOfAnotherSize(int length) {
    var ends = ends();
    var request = site.request();

    assertDelivered(
        ends,
        request,
        answer(ends.request(request), LabAvp.of(AvpCode.RESULT_CODE, M, 0, new byte[length])));

    assertThat(site.count(Counter.ANSWERS_WITHOUT_RESULT)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-ANS-18 two Result-Codes count as none: no retry, passed, counted")
  void twoResultCodes() {
    var first = site.scriptedDra(1);
    site.dra(2);
    site.start();
    var dra = site.accept(first, "dra1." + REMOTE);
    site.awaitConnections(2);
    var ends = new Ends(site.peer(APP), dra);
    var request = site.request();
    var sent = ends.request(request);

    assertDelivered(
        ends,
        request,
        answer(
            sent,
            LabAvp.unsigned32(AvpCode.RESULT_CODE, 3004),
            LabAvp.unsigned32(AvpCode.RESULT_CODE, 2001)));

    assertThat(site.count(Counter.RETRIED)).isZero();
    assertThat(site.count(Counter.ANSWERS_WITHOUT_RESULT)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-ANS-01 answers of every length arrive whole")
  void answersOfEveryLength() {
    var ends = ends();
    for (int size : new int[] {0, 1, 1_000, 8_000, 30_000, 65_000}) {
      var request = site.request();
      byte[] data = new byte[size];
      Arrays.fill(data, (byte) size);
      assertDelivered(
          ends, request, success(ends.request(request)).with(LabAvp.of(99_999, 0, 0, data)));
    }
  }
}
