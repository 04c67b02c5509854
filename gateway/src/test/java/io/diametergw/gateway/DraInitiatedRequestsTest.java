package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.Pushes;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of requests that a DRA starts (spec: DRA-initiated requests). */
class DraInitiatedRequestsTest {
  private static final String APP = "app1." + LOCAL;
  private static final LabNode DRA = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers(APP, LOCAL);

  @RegisterExtension final Site site = new Site();

  private static LabMessage push(PushCommand command, String host, String realm, String session) {
    return command.request(DRA, host.isEmpty() ? null : host, realm, session, "001010000000001");
  }

  private static LabMessage push(String host) {
    return push(PushCommand.CLR, host, LOCAL, "dra1;1;1");
  }

  private static LabMessage got(CompletableFuture<LabMessage> answer) throws Exception {
    return answer.get(10, TimeUnit.SECONDS);
  }

  private static void answer(ScriptedPeer app, LabMessage request) {
    app.send(ANSWERS.to(request, 2001));
  }

  /** The request arrives at this connection, which answers it; the DRA has the answer. */
  private static LabMessage assertServed(ScriptedPeer app, SimulatedDra dra, LabMessage request)
      throws Exception {
    var pushed = dra.push(request);
    var arrived = app.expectRequest(request.commandCode());
    answer(app, arrived);
    var answer = got(pushed);
    assertThat(answer.resultCode()).isEqualTo(2001);
    assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
    assertThat(arrived.endToEndId()).isEqualTo(request.endToEndId());
    return arrived;
  }

  @Test
  @DisplayName("CONF-SRV-01 Destination-Host decides; Route-Record is the DRA's identity")
  void destinationHostDecides() throws Exception {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);
    site.peer("app2." + LOCAL);

    var arrived = assertServed(app, dra, push("APP1." + LOCAL));

    assertThat(arrived.avps(AvpCode.ROUTE_RECORD).stream().map(LabAvp::text))
        .containsExactly("dra1." + REMOTE);
    assertThat(site.count(Counter.REQUESTS_TO_APPS)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-SRV-01 the answer goes to the DRA that asked")
  void answerGoesToTheDraThatAsked() throws Exception {
    site.dra(1);
    var second = site.dra(2);
    site.start();

    assertServed(site.peer(APP), second, push(APP));

    assertThat(second.count(DraCounter.PUSH_ANSWERED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"apps.test", "Apps.TEST", "APPS.TEST"})
  @DisplayName("CONF-RTE-14 the realm that requests are routed by is compared without case")
  void realmInAnyCase(String realm) throws Exception {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(LabNode.of(APP, "Apps.test", LabApplication.S6A));

    assertServed(app, dra, push(PushCommand.CLR, "", realm, "new;1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sub.apps.test", "test", "pps.test", "apps.test.", "apps.tes", "apps"})
  @DisplayName("CONF-RTE-14 a realm that only ends or begins like another is not that one")
  void realmIsComparedWhole(String realm) throws Exception {
    var dra = site.dra(1);
    site.start();
    site.peer(LabNode.of(APP, "apps.test", LabApplication.S6A));

    assertThat(got(dra.push(push(PushCommand.CLR, "", realm, "new;1"))).resultCode())
        .isEqualTo(3002);
  }

  @Test
  @DisplayName("CONF-SRV-02 a Destination-Host that is not connected: 3002, never another")
  void notConnected() throws Exception {
    var dra = site.dra(1);
    site.start();
    site.peer(APP);

    assertThat(got(dra.push(push("app9." + LOCAL))).resultCode()).isEqualTo(3002);
    assertThat(site.count(Counter.REQUESTS_TO_APPS)).isZero();
  }

  @Test
  @DisplayName(
      "CONF-SRV-03 of several connections the one that used the Session-Id last, else round robin")
  void connectionOfTheSession() throws Exception {
    var dra = site.dra(1);
    site.start();
    var first = site.peer(APP);
    var second = site.peer(APP);
    var request = site.request();
    var session = requireNonNull(request.text(AvpCode.SESSION_ID));

    second.send(request);
    second.expectAnswer(272);
    for (int i = 0; i < 4; i++) {
      assertServed(second, dra, push(PushCommand.RAR, APP, LOCAL, session));
      assertServed(second, dra, push(PushCommand.RAR, "", LOCAL, session));
    }
    first.send(request);
    first.expectAnswer(272);
    assertServed(first, dra, push(PushCommand.RAR, APP, LOCAL, session));

    for (int i = 0; i < 4; i++) {
      dra.push(push(PushCommand.CLR, APP, LOCAL, "new;" + i));
    }
    for (ScriptedPeer app : List.of(first, second, first, second)) {
      answer(app, app.expectRequest(317));
    }
    site.awaitQuiet();
  }

  @Test
  @DisplayName(
      "CONF-SRV-04 without Destination-Host: the realm's Logic Apps with the application, round"
          + " robin; else relays; else 3002")
  void realmAndApplication() throws Exception {
    var dra = site.dra(1);
    site.start();
    var gx = site.peer(LabNode.of("gx." + LOCAL, LOCAL, LabApplication.GX));
    var s6aOne = site.peer(LabNode.of("s6a1." + LOCAL, LOCAL, LabApplication.S6A));
    var s6aTwo = site.peer(LabNode.of("s6a2." + LOCAL, LOCAL, LabApplication.S6A));
    var foreign = site.peer(LabNode.of("s6a3.other.test", "other.test", LabApplication.S6A));

    for (int i = 0; i < 4; i++) {
      dra.push(push(PushCommand.CLR, "", "other.test", "s;" + i));
      answer(foreign, foreign.expectRequest(317));
    }
    int[] served = new int[3];
    for (int i = 0; i < 30; i++) {
      dra.push(push(PushCommand.CLR, "", LOCAL, "t;" + i));
    }
    site.awaitStats("all sent on", now -> now.count(Counter.REQUESTS_TO_APPS) == 34);
    int turn = 0;
    for (ScriptedPeer app :
        List.of(s6aOne, s6aTwo, foreign)) { // the gateway's realm stands for all its Logic Apps
      for (int i = 0; i < 10; i++) {
        answer(app, app.expectRequest(317));
        served[turn]++;
      }
      turn++;
    }
    assertThat(served).containsExactly(10, 10, 10);
    assertThat(got(dra.push(push(PushCommand.ASR, "", LOCAL, "u"))).resultCode()).isEqualTo(3002);
    assertServed(gx, dra, push(PushCommand.RAR, "", LOCAL, "v"));
    var relay = site.peer("relay." + LOCAL);
    assertServed(relay, dra, push(PushCommand.ASR, "", LOCAL, "w"));
  }

  @Test
  @DisplayName("CONF-SRV-05 a Destination-Host that did not advertise the application: 3002")
  void applicationNotAdvertised() throws Exception {
    var dra = site.dra(1);
    site.start();
    site.peer(LabNode.of(APP, LOCAL, LabApplication.GX));

    assertThat(got(dra.push(push(APP))).resultCode()).isEqualTo(3002);
  }

  @Test
  @DisplayName("CONF-SRV-07 the Hop-by-Hops of both directions are apart")
  void hopByHopsOfBothDirections() {
    var listener = site.scriptedDra(1);
    site.start();
    var dra = site.accept(listener, DRA);
    site.awaitConnections(1);
    var app = site.peer(APP);

    for (int i = 0; i < 100; i++) {
      var request = site.request();
      app.send(request);
      var sent = dra.expectRequest(272);
      var push = push(APP).withHopByHopId(sent.hopByHopId()).withEndToEndId(sent.endToEndId());
      dra.send(push);
      var pushed = app.expectRequest(317);
      if (i % 2 == 0) {
        answer(app, pushed);
        assertThat(dra.expectAnswer(317).hopByHopId()).isEqualTo(push.hopByHopId());
        dra.send(ANSWERS.to(sent, 2001));
        assertThat(app.expectAnswer(272).hopByHopId()).isEqualTo(request.hopByHopId());
      } else {
        dra.send(ANSWERS.to(sent, 2001));
        assertThat(app.expectAnswer(272).hopByHopId()).isEqualTo(request.hopByHopId());
        answer(app, pushed);
        assertThat(dra.expectAnswer(317).hopByHopId()).isEqualTo(push.hopByHopId());
      }
    }
  }

  @Test
  @DisplayName("CONF-SRV-08 no answer in time: 3002")
  void noAnswerInTime() throws Exception {
    var dra = site.dra(1);
    site.start(c -> c.sessionTimeout(Duration.ofMillis(200)));
    var app = site.peer(APP);

    var pushed = dra.push(push(APP));
    app.expectRequest(317);

    assertThat(got(pushed).resultCode()).isEqualTo(3002);
    assertThat(site.count(Counter.EXPIRED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("CONF-SRV-08 the Logic App is lost: to its replica with T, else 3002 at once")
  void logicAppIsLost(boolean replica) throws Exception {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);
    site.peer("app2." + LOCAL);
    var pushed = dra.push(push(APP));
    var first = app.expectRequest(317);
    var other = replica ? site.peer(APP) : app;

    app.reset();

    if (replica) {
      var again = other.expectRequest(317);
      assertThat(again.isRetransmitted()).isTrue();
      assertThat(again.endToEndId()).isEqualTo(first.endToEndId());
      assertThat(again.avps(AvpCode.ROUTE_RECORD)).hasSize(1);
      answer(other, again);
    }
    assertThat(got(pushed).resultCode()).isEqualTo(replica ? 2001 : 3002);
  }

  @Test
  @DisplayName("CONF-SRV-09 both ways at once: everything is answered")
  void bothWaysAtOnce() {
    var dra = site.dra(1);
    site.start();
    var app = site.connect(new SimulatedLogicApp("app%d." + LOCAL, LOCAL).connections(4));
    dra.push(new Pushes(PushCommand.CLR, "app%d." + LOCAL, 4, LOCAL, 2_000));

    var ledger = app.sendWindow(50, Duration.ofSeconds(1));

    assertThat(ledger.isClean()).as(app.report()).isTrue();
    dra.stopPushing();
    site.awaitStats(
        "pushes answered",
        now -> dra.count(DraCounter.PUSH_ANSWERED) == dra.count(DraCounter.PUSHED));
    assertThat(dra.pushResults()).containsOnlyKeys(2001);
    assertThat(dra.count(DraCounter.PUSH_WRONG_HOST)).isZero();
    assertThat(dra.count(DraCounter.PUSH_WRONG_SESSION)).isZero();
    assertThat(app.ledger().misroutedPushes()).isZero();
  }

  @Test
  @DisplayName("CONF-SRV-10 the loop check holds in this direction too")
  void loop() throws Exception {
    var dra = site.dra(1);
    site.start();
    site.peer(APP);

    var answer = got(dra.push(push(APP).with(LabAvp.text(AvpCode.ROUTE_RECORD, Site.GATEWAY))));

    assertThat(answer.resultCode()).isEqualTo(3005);
  }

  @ParameterizedTest
  @CsvSource({
    "16777251, 317",
    "16777251, 319",
    "16777251, 320",
    "16777251, 322",
    "16777238, 258",
    "16777236, 258",
    "16777236, 274",
    "16777216, 304",
    "16777216, 305",
    "16777217, 309",
    "4, 258",
    "4, 274",
    "16777265, 304",
    "16777265, 305",
    "16777302, 8388636"
  })
  @DisplayName("CONF-SRV-11 CONF-SRV-12 the 3GPP matrix, DRA to Logic App")
  void matrixToLogicApp(int application, int command) throws Exception {
    var dra = site.dra(1);
    site.start();
    site.peer(new LabNode("other." + LOCAL, LOCAL, List.of(application == 4 ? 16777238 : 4)));
    var app = site.peer(new LabNode(APP, LOCAL, List.of(application)));
    var request = push(APP).withApplicationId(application).withCommandCode(command);

    assertServed(app, dra, request);
    assertServed(app, dra, request.without(AvpCode.DESTINATION_HOST));
  }

  @ParameterizedTest
  @CsvSource({
    "16777251, 316", "16777251, 318", "16777251, 321", "16777251, 323", "16777252, 324",
        "16777238, 272", "16777236, 265",
    "16777236, 275", "16777216, 300", "16777216, 301", "16777216, 302", "16777216, 303",
        "16777217, 306", "16777217, 307",
    "16777217, 308", "4, 272", "3, 271", "16777265, 303", "16777265, 301", "16777302, 8388635",
        "16777302, 275"
  })
  @DisplayName("CONF-SRV-11 CONF-SRV-12 the 3GPP matrix, Logic App to DRA")
  void matrixToDra(int application, int command) {
    var other =
        site.dra(
            new LabNode("dra1." + REMOTE, REMOTE, List.of(application == 4 ? 16777238 : 4)),
            1,
            _ -> {});
    var dra = site.dra(new LabNode("dra2." + REMOTE, REMOTE, List.of(application)), 2, _ -> {});
    site.start();
    var app = site.peer(new LabNode(APP, LOCAL, List.of(application)));

    app.send(site.request().withApplicationId(application).withCommandCode(command));

    assertThat(app.expectAnswer(command).resultCode()).isEqualTo(2001);
    assertThat(dra.count(DraCounter.REQUESTS)).isEqualTo(1);
    assertThat(other.count(DraCounter.REQUESTS)).isZero();
  }

  @Test
  @DisplayName(
      "CONF-HDR-12 a DRA's request with P clear is forwarded where the configuration says so")
  void notProxiable() throws Exception {
    var dra = site.dra(1);
    var lenient = site.dra(1, more -> more.forwardNonProxiable(true));
    site.start();
    var app = site.peer(APP);
    var request = push(APP).withFlags(Header.REQUEST);

    assertThat(got(dra.push(request)).resultCode()).isEqualTo(3007);
    assertServed(app, lenient, request);
  }
}
