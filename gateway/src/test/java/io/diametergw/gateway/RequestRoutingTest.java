package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Relaying.assertRefused;
import static io.diametergw.gateway.Relaying.assertRelayed;
import static io.diametergw.gateway.Relaying.body;
import static io.diametergw.gateway.Relaying.forwarded;
import static io.diametergw.gateway.Site.GATEWAY;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.DraPoolConfig.Balance;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of a Logic App's request on its way to a DRA (RFC 6733 §6.1). As long as that has
 * rules: one test for each.
 */
class RequestRoutingTest {
  private static final int UNKNOWN_AVP = 99_999;
  private static final int M = 0x40;
  private static final int V = 0x80;

  @RegisterExtension final Site site = new Site();

  /** One DRA and one Logic App that the test plays. */
  private ScriptedPeer oneDra() {
    site.dra(1);
    site.start();
    return site.peer(APP);
  }

  private SimulatedDra firstDra = new SimulatedDra("unused", "unused");

  private ScriptedPeer twoDras() {
    firstDra = site.dra(1);
    secondDra = site.dra(2);
    site.start();
    return site.peer(APP);
  }

  private SimulatedDra secondDra = firstDra;

  private static LabAvp routeRecord(String host) {
    return LabAvp.text(AvpCode.ROUTE_RECORD, host);
  }

  private static List<String> routeRecords(LabMessage message) {
    return message.avps(AvpCode.ROUTE_RECORD).stream().map(LabAvp::text).toList();
  }

  // ---- Route-Record

  @Test
  @DisplayName("CONF-RTE-01 the Route-Record is the Origin-Host of the connection's CER")
  void routeRecordIsTheConnectionsIdentity() {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);

    var got = forwarded(dra, app, site.request("sub." + APP));

    assertThat(routeRecords(got)).containsExactly(APP);
    assertThat(got.text(AvpCode.ORIGIN_HOST)).isEqualTo("sub." + APP);
    assertThat(got.avps().getLast().code()).isEqualTo(AvpCode.ROUTE_RECORD);
    assertThat(got.avps().getLast().flags()).isEqualTo(M);
  }

  @Test
  @DisplayName("CONF-RTE-01 a DRA may be spared Route-Records")
  void routeRecordCanBeSwitchedOff() {
    var dra = site.dra(1, more -> more.routeRecord(false));
    site.start();
    var app = site.peer(APP);
    var request = site.request();

    var got = forwarded(dra, app, request);

    assertThat(body(got)).isEqualTo(body(request));
  }

  @Test
  @DisplayName("CONF-RTE-02 Route-Records that were there stay, in order")
  void routeRecordsStay() {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);

    var got =
        forwarded(dra, app, site.request().with(routeRecord("a.test")).with(routeRecord("b.test")));

    assertThat(routeRecords(got)).containsExactly("a.test", "b.test", APP);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 25, 49})
  @DisplayName("CONF-RTE-03 a Route-Record with our identity, in any case, is a loop")
  void ownRouteRecordIsALoop(int place) {
    var app = oneDra();
    var request = site.request();
    for (int i = 0; i < 50; i++) {
      request = request.with(routeRecord(i == place ? "GW.Local.TEST" : "relay" + i + ".test"));
    }

    assertRefused(app, request, 3005);

    assertThat(site.count(Counter.LOOPS)).isEqualTo(1);
    assertThat(site.count(Counter.REQUESTS_TO_DRAS)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"w.local.test", "a.gw.local.test", "gw.local.test.", "gw.local.tes", "local.test"})
  @DisplayName("CONF-RTE-04 a Route-Record that only contains our name is no loop")
  void partOfOurNameIsNoLoop(String host) {
    var dra = site.dra(1);
    site.start();

    forwarded(dra, site.peer(APP), site.request().with(routeRecord(host)));
  }

  @Test
  @DisplayName("CONF-RTE-05 a DRA in the Route-Record is passed over")
  void draInTheRouteRecordIsPassedOver() {
    var app = twoDras();

    forwarded(secondDra, app, site.request().with(routeRecord("DRA1." + REMOTE)));
    assertRefused(
        app,
        site.request().with(routeRecord("dra1." + REMOTE)).with(routeRecord("dra2." + REMOTE)),
        3002);

    assertThat(firstDra.count(DraCounter.REQUESTS)).isZero();
    assertThat(secondDra.count(DraCounter.REQUESTS)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-RTE-06 a DRA's request never goes back to it")
  void neverBackToTheSender() throws Exception {
    var dra = site.dra(1);
    site.start();
    site.peer(LabNode.of(APP, LOCAL, LabApplication.GX));

    var answer = dra.push(site.request("dra1." + REMOTE)).get();

    assertThat(answer.resultCode()).isEqualTo(3002);
    assertThat(dra.count(DraCounter.REQUESTS)).isZero();
  }

  // ---- where to

  @Test
  @DisplayName("CONF-RTE-07 without Destination-Realm: 3007, with a Destination-Host alone 3002")
  void missingDestinationRealm() {
    var app = oneDra();
    var request = site.request().without(AvpCode.DESTINATION_REALM);

    assertRefused(app, request, 3007);
    assertRefused(
        app, request.with(LabAvp.text(AvpCode.DESTINATION_HOST, "server." + REMOTE)), 3002);
  }

  @Test
  @DisplayName("CONF-RTE-08 a request for the gateway itself gets 3007")
  void requestForTheGateway() {
    assertRefused(
        oneDra(),
        site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, "GW.LOCAL.TEST")),
        3007);
  }

  @Test
  @DisplayName("CONF-RTE-09 the gateway's own realm goes to the DRAs like any other")
  void ownRealmIsServedByDras() {
    var dra = site.dra(1);
    site.start();
    var request =
        site.request()
            .without(AvpCode.DESTINATION_REALM)
            .with(LabAvp.text(AvpCode.DESTINATION_REALM, LOCAL));

    forwarded(dra, site.peer(APP), request);
  }

  @Test
  @DisplayName("CONF-RTE-10 Destination-Host of a connected DRA wins over priority")
  void destinationHostWins() {
    var app = twoDras();

    var got =
        forwarded(
            secondDra,
            app,
            site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, "Dra2." + REMOTE)));

    assertThat(got.text(AvpCode.DESTINATION_HOST)).isEqualTo("Dra2." + REMOTE);
    assertThat(firstDra.count(DraCounter.REQUESTS)).isZero();
  }

  @Test
  @DisplayName("CONF-RTE-10 but not where it did not advertise the application")
  void destinationHostWithoutTheApplication() {
    var first = site.dra(1);
    var second = site.dra(LabNode.of("dra2." + REMOTE, REMOTE, LabApplication.S6A), 2, _ -> {});
    site.start();

    forwarded(
        first,
        site.peer(APP),
        site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, "dra2." + REMOTE)));

    assertThat(second.count(DraCounter.REQUESTS)).isZero();
  }

  @Test
  @DisplayName("CONF-RTE-11 an unknown Destination-Host is routed by realm and stays")
  void unknownDestinationHost() {
    var app = twoDras();

    var got =
        forwarded(
            firstDra,
            app,
            site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, "hss7." + REMOTE)));

    assertThat(got.text(AvpCode.DESTINATION_HOST)).isEqualTo("hss7." + REMOTE);
  }

  @Test
  @DisplayName("CONF-RTE-12 Destination-Host names a DRA that is down: by realm to the other")
  void destinationHostIsDown() {
    var app = twoDras();
    firstDra.kill();
    site.awaitPriority(2);

    forwarded(
        secondDra,
        app,
        site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, "dra1." + REMOTE)));
  }

  @Test
  @DisplayName("CONF-RTE-16 CONF-INI-08 a DRA only gets what it advertised; nobody: 3002")
  void applicationsDecide() {
    var gy = site.dra(LabNode.of("dra1." + REMOTE, REMOTE, LabApplication.GY), 1, _ -> {});
    var s6a = site.dra(LabNode.of("dra2." + REMOTE, REMOTE, LabApplication.S6A), 1, _ -> {});
    site.start();
    var app = site.peer(APP);

    forwarded(gy, app, site.request());
    forwarded(
        s6a, app, site.request().withApplicationId(LabApplication.S6A.id()).withCommandCode(316));
    assertRefused(app, site.request().withApplicationId(16777302), 3002);

    assertThat(gy.count(DraCounter.REQUESTS)).isEqualTo(1);
    assertThat(s6a.count(DraCounter.REQUESTS)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"100, 100, 100", "1, 2, 5", "9, 1, 0"})
  @DisplayName("CONF-RTE-17 weights hold within 5 % and only the best priority carries traffic")
  void weightsHold(int first, int second, int third) {
    int sum = first + second + third;
    var weights = IntStream.of(first, second, third).filter(w -> w > 0).boxed().toList();
    var sharing =
        weights.stream().map(w -> site.dra(1, more -> more.weight(w)).keepRequests(0)).toList();
    var worse = site.dra(2, more -> more.weight(10_000));
    site.start();
    int total = 80 * sum;

    var app = site.peer(APP);
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < total; i++) {
      all.writeBytes(site.request().bytes());
    }
    app.send(all.toByteArray());
    for (int i = 0; i < total; i++) {
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    }

    for (int i = 0; i < weights.size(); i++) {
      double due = (double) total * weights.get(i) / sum;
      assertThat((double) sharing.get(i).count(DraCounter.REQUESTS))
          .isBetween(due * 0.95, due * 1.05);
    }
    assertThat(worse.count(DraCounter.REQUESTS)).isZero();
  }

  @Test
  @DisplayName("CONF-RTE-17 least-pending passes over the DRA that does not answer")
  void leastPendingPassesOverTheSlow() {
    var slow = site.dra(1);
    var quick = site.dra(1);
    site.start(c -> c.draPool(pool -> pool.balance(Balance.LEAST_PENDING)));
    slow.dropEvery(1);
    var app = site.peer(APP);

    app.send(site.request());
    site.awaitStats("the first request is pending", now -> now.inFlight() == 1);
    for (int i = 0; i < 20; i++) {
      forwarded(quick, app, site.request());
    }

    assertThat(slow.count(DraCounter.REQUESTS)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-RTE-18 CONF-AVP-10 CONF-HDR-10 nothing but a Route-Record is added")
  void nothingElseIsChanged() {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);

    for (LabApplication application : LabApplication.values()) {
      var simulated =
          site.connect(
              new SimulatedLogicApp(application + "." + LOCAL, LOCAL).application(application));
      var request = simulated.requests(0).first(application, "s;" + application, "001010000000001");
      assertRelayed(request, forwarded(dra, app, request));
    }
  }

  @Test
  @DisplayName("CONF-RTE-20 a Logic App may ask for an application that it did not advertise")
  void applicationNotAdvertised() {
    var dra = site.dra(1);
    site.start();

    forwarded(dra, site.peer(LabNode.of(APP, LOCAL, LabApplication.GX)), site.request());
  }

  @Test
  @DisplayName("CONF-RTE-21 requests of one connection keep their order")
  void orderIsKept() {
    var dra = site.dra(1).keepRequests(2_000);
    site.start();
    var app = site.peer(APP);
    var sent = new ArrayList<Integer>();
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < 2_000; i++) {
      var request = site.request();
      sent.add(request.endToEndId());
      all.writeBytes(request.bytes());
    }

    app.sendSplit(all.toByteArray(), 777, 10_000, 64_001, 3, 1_000_000);

    var answered = new ArrayList<Integer>();
    for (int i = 0; i < 2_000; i++) {
      answered.add(app.expectAnswer(272).endToEndId());
    }
    assertThat(dra.requests().stream().map(LabMessage::endToEndId).toList()).isEqualTo(sent);
    assertThat(answered).isEqualTo(sent);
  }

  @Test
  @DisplayName("CONF-RTE-22 above the limits: 3004 at once, while DWR and DPR work")
  void limitsAreKept() {
    var dra = site.dra(1);
    site.start(c -> c.draPool(pool -> pool.maxPending(3)));
    dra.dropEvery(1);
    var app = site.peer(APP);

    for (int i = 0; i < 3; i++) {
      app.send(site.request());
    }
    assertRefused(app, site.request(), 3004);

    assertThat(site.count(Counter.TOO_BUSY)).isEqualTo(1);
    app.sendDwr(LabNode.relay(APP, LOCAL));
    app.sendDpr(LabNode.relay(APP, LOCAL), 0);
    site.awaitStats(
        "requester gone", now -> now.count(Counter.REQUESTER_GONE) == 3 && now.inFlight() == 0);
  }

  @Test
  @DisplayName("CONF-RTE-22 the limit of all connections together")
  void limitInAll() {
    site.dra(1).dropEvery(1);
    site.dra(2).dropEvery(1);
    site.start(c -> c.maxPending(3));
    var app = site.peer(APP);

    for (int i = 0; i < 3; i++) {
      app.send(site.request());
    }

    assertRefused(app, site.request(), 3004);
  }

  // ---- the header

  @ParameterizedTest
  @ValueSource(ints = {0xE0, 0xF0, 0xA0})
  @DisplayName("CONF-HDR-07 R and E both set: 3008, nothing is forwarded")
  void requestWithErrorBit(int flags) {
    var app = oneDra();

    assertRefused(app, site.request().withFlags(flags), 3008);

    assertThat(site.count(Counter.REQUESTS_TO_DRAS)).isZero();
    app.sendDwr(LabNode.relay(APP, LOCAL));
  }

  @ParameterizedTest
  @ValueSource(ints = {0xC1, 0xC2, 0xC4, 0xCF, 0xDF})
  @DisplayName("CONF-HDR-08 CONF-HDR-09 reserved bits are cleared, T is kept")
  void reservedBitsAreCleared(int flags) {
    var dra = site.dra(1);
    site.start();
    var request = site.request().withFlags(flags);

    assertRelayed(request, forwarded(dra, site.peer(APP), request));
  }

  @Test
  @DisplayName("CONF-HDR-12 P clear: 3007 with P clear, nothing is forwarded")
  void notProxiable() {
    var app = oneDra();
    var request = site.request().withFlags(Header.REQUEST);

    app.send(request);
    var answer = app.expectAnswer(272);

    assertThat(answer.resultCode()).isEqualTo(3007);
    assertThat(answer.flags()).isEqualTo(Header.ERROR);
    assertThat(site.count(Counter.NOT_PROXIABLE)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-HDR-12 forward-non-proxiable forwards and counts")
  void notProxiableIsForwardedWhenAskedTo() {
    var dra = site.dra(1);
    site.start(c -> c.logicApps(apps -> apps.forwardNonProxiable(true)));
    var request = site.request().withFlags(Header.REQUEST);

    assertRelayed(request, forwarded(dra, site.peer(APP), request));

    assertThat(site.count(Counter.FORWARDED_NON_PROXIABLE)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x7FFFFF, 0xFFFFFE, 1})
  @DisplayName("CONF-HDR-17 unknown commands are relayed")
  void unknownCommand(int command) {
    var dra = site.dra(1);
    site.start();
    var request = site.request().withCommandCode(command);

    assertRelayed(request, forwarded(dra, site.peer(APP), request));
  }

  @Test
  @DisplayName(
      "CONF-HDR-18 one Hop-by-Hop from ten Logic Apps stays unique towards the DRA and returns")
  void hopByHopIsUniqueTowardsTheDra() {
    var listener = site.scriptedDra(1);
    var patient = Duration.ofSeconds(30); // it answers nobody until it has all requests
    site.start(c -> c.draPool(pool -> pool.stallTimeout(patient)));
    var dra = site.accept(listener, "dra1." + REMOTE);
    var apps = IntStream.range(0, 10).mapToObj(i -> site.peer("app" + i + "." + LOCAL)).toList();
    int each = 500;

    for (int i = 0; i < each; i++) {
      for (int a = 0; a < 10; a++) {
        apps.get(a).send(site.request("app" + a + "." + LOCAL).withHopByHopId(0x11111111));
      }
    }
    var pending = IntStream.range(0, each * 10).mapToObj(_ -> dra.expectRequest(272)).toList();
    assertThat(pending.stream().map(LabMessage::hopByHopId).collect(Collectors.toSet()))
        .hasSize(each * 10);
    for (LabMessage request : pending.reversed()) {
      dra.send(answer(request));
    }

    for (int a = 0; a < 10; a++) {
      for (int i = 0; i < each; i++) {
        var answer = apps.get(a).expectAnswer(272);
        assertThat(answer.hopByHopId()).isEqualTo(0x11111111);
        assertThat(answer.text(AvpCode.SESSION_ID)).startsWith("app" + a + ".");
      }
    }
  }

  private static LabMessage answer(LabMessage request) {
    return request
        .withFlags(Header.PROXIABLE)
        .withAvps(
            List.of(
                requireNonNull(request.avp(AvpCode.SESSION_ID)),
                LabAvp.unsigned32(AvpCode.RESULT_CODE, 2001),
                LabAvp.text(AvpCode.ORIGIN_HOST, "dra1." + REMOTE)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 0x12345678})
  @DisplayName("CONF-HDR-19 End-to-End is never changed")
  void endToEndIsKept(int endToEnd) {
    var dra = site.dra(1);
    site.start();

    assertThat(forwarded(dra, site.peer(APP), site.request().withEndToEndId(endToEnd)).endToEndId())
        .isEqualTo(endToEnd);
  }

  @Test
  @DisplayName("CONF-HDR-22 the header's application decides, whatever the AVP says")
  void applicationOfTheHeaderDecides() {
    var gx = site.dra(LabNode.of("dra1." + REMOTE, REMOTE, LabApplication.GX), 1, _ -> {});
    site.start();
    var request = site.request().withApplicationId(LabApplication.GX.id());

    assertRelayed(request, forwarded(gx, site.peer(APP), request));
  }

  @Test
  @DisplayName("CONF-HDR-23 a message without AVPs gets 3007 without Session-Id")
  void messageWithoutAvps() {
    var app = oneDra();
    var request = site.request().withAvps(List.of());

    app.send(request);
    var answer = app.expectAnswer(272);

    assertThat(answer.resultCode()).isEqualTo(3007);
    assertThat(answer.avp(AvpCode.SESSION_ID)).isNull();
    assertThat(answer.avps().getFirst().code()).isEqualTo(AvpCode.ORIGIN_HOST);
  }

  // ---- AVPs

  /**
   * A request whose last AVP, an unknown one with 8 bytes of data, has this flags-and-length word
   * and as many bytes less.
   */
  private LabMessage withLastAvp(int flagsAndLength, int bytesLess) {
    var whole = site.request().with(LabAvp.of(UNKNOWN_AVP, M, 0, new byte[8])).bytes();
    byte[] bytes = Arrays.copyOf(whole, whole.length - bytesLess);
    int at = whole.length - 16;
    if (bytes.length >= at + 8) {
      for (int i = 0; i < 4; i++) {
        bytes[at + 4 + i] = (byte) (flagsAndLength >>> 24 - 8 * i);
      }
    }
    bytes[1] = (byte) (bytes.length >> 16);
    bytes[2] = (byte) (bytes.length >> 8);
    bytes[3] = (byte) bytes.length;
    return LabMessage.of(bytes);
  }

  private void assertInvalidLength(LabMessage request, int failedCode, int failedLength) {
    var app = oneDra();
    app.send(request);
    app.send(site.request());

    var refusal = app.expectAnswer(272);
    assertThat(refusal.resultCode()).isEqualTo(5014);
    assertThat(refusal.isError()).isTrue();
    assertThat(refusal.endToEndId()).isEqualTo(request.endToEndId());
    var failed = requireNonNull(refusal.avp(AvpCode.FAILED_AVP));
    assertThat(failed.data()).hasSize(failedLength);
    assertThat(failed.avps()).hasSize(1);
    assertThat(failed.avps().getFirst().code()).isEqualTo(failedCode);
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(site.count(Counter.REQUESTS_TO_DRAS)).isEqualTo(1);
    assertThat(site.count(Counter.MALFORMED_REQUESTS)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  @DisplayName("CONF-AVP-01 AVP Length below 8: 5014 with the header in Failed-AVP")
  void avpLengthBelowTheHeader(int length) {
    assertInvalidLength(withLastAvp(M << 24 | length, 0), UNKNOWN_AVP, 8);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 1_000, 0xFFFFFF})
  @DisplayName("CONF-AVP-02 AVP Length beyond the message: 5014, the next message is read as it is")
  void avpLengthBeyondTheMessage(int length) {
    assertInvalidLength(withLastAvp(M << 24 | length, 0), UNKNOWN_AVP, 8);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 11})
  @DisplayName("CONF-AVP-03 V with a length below 12: 5014")
  void vendorAvpWithoutRoomForItsVendor(int length) {
    assertInvalidLength(withLastAvp((V | M) << 24 | length, 0), UNKNOWN_AVP, 12);
  }

  @Test
  @DisplayName("CONF-AVP-04 four stray bytes at the end: 5014, the header filled up with zeros")
  void strayBytes() {
    assertInvalidLength(withLastAvp(0, 12), UNKNOWN_AVP, 8);
  }

  @Test
  @DisplayName("CONF-AVP-12 Proxy-Info is copied into our answers unread")
  void brokenProxyInfoIsCopied() {
    var app = oneDra();
    var broken = LabAvp.of(AvpCode.PROXY_INFO, M, 0, new byte[] {0, 0, 0, 1, 0, 0, 0, 3});
    var request = site.request().without(AvpCode.DESTINATION_REALM).with(broken);

    app.send(request);
    var answer = app.expectAnswer(272);

    assertThat(answer.avps(AvpCode.PROXY_INFO)).hasSize(1);
    assertThat(requireNonNull(answer.avp(AvpCode.PROXY_INFO)).data()).isEqualTo(broken.data());
  }

  @ParameterizedTest
  @ValueSource(ints = {AvpCode.DESTINATION_REALM, AvpCode.DESTINATION_HOST})
  @DisplayName("CONF-AVP-13 an empty Destination-Realm or -Host: 5004 with it in Failed-AVP")
  void emptyDestination(int code) {
    var app = oneDra();

    app.send(site.request().without(code).with(LabAvp.text(code, "")));
    var answer = app.expectAnswer(272);

    assertThat(answer.resultCode()).isEqualTo(5004);
    var failed = requireNonNull(answer.avp(AvpCode.FAILED_AVP));
    assertThat(failed.avps()).hasSize(1);
    assertThat(failed.avps().getFirst().code()).isEqualTo(code);
    assertThat(failed.data()).hasSize(8);
  }

  @Test
  @DisplayName("CONF-AVP-13 an empty Route-Record is ignored")
  void emptyRouteRecord() {
    var dra = site.dra(1);
    site.start();

    var got = forwarded(dra, site.peer(APP), site.request().with(routeRecord("")));

    assertThat(routeRecords(got)).containsExactly("", APP);
  }

  @Test
  @DisplayName("CONF-AVP-14 strange bytes and 300 of them in routing AVPs are compared as bytes")
  void strangeBytesInRoutingAvps() {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);
    byte[] strange = new byte[300];
    for (int i = 0; i < strange.length; i++) {
      strange[i] = (byte) i;
    }

    for (int code :
        new int[] {
          AvpCode.DESTINATION_HOST, AvpCode.ROUTE_RECORD, AvpCode.SESSION_ID, AvpCode.ORIGIN_HOST
        }) {
      var request = site.request().with(LabAvp.of(code, M, 0, strange));
      assertRelayed(request, forwarded(dra, app, request));
    }
    var realm =
        site.request()
            .without(AvpCode.DESTINATION_REALM)
            .with(LabAvp.of(AvpCode.DESTINATION_REALM, M, 0, strange));
    assertRelayed(realm, forwarded(dra, app, realm));
    var nul = site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, GATEWAY + "\0"));
    assertRelayed(nul, forwarded(dra, app, nul)); // a NUL is no end
  }

  @ParameterizedTest
  @ValueSource(ints = {AvpCode.DESTINATION_REALM, AvpCode.DESTINATION_HOST})
  @DisplayName("CONF-AVP-15 two Destination-Realms or -Hosts: 5009 with the second in Failed-AVP")
  void twoDestinations(int code) {
    var app = oneDra();

    app.send(
        site.request()
            .without(code)
            .with(LabAvp.text(code, "one.test"))
            .with(LabAvp.text(code, "second.test")));
    var answer = app.expectAnswer(272);

    assertThat(answer.resultCode()).isEqualTo(5009);
    assertThat(requireNonNull(answer.avp(AvpCode.FAILED_AVP)).avps().stream().map(LabAvp::text))
        .containsExactly("second.test");
  }

  @Test
  @DisplayName("CONF-AVP-17 eight thousand AVPs and a thousand levels are relayed")
  void manyAvpsAndDeepNesting() {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);
    var avps = new ArrayList<>(site.request().avps());
    for (int i = 0; i < 8_000; i++) {
      avps.add(LabAvp.of(UNKNOWN_AVP, 0, 0, new byte[0]));
    }
    var many = site.request().withAvps(avps);
    var nested = new byte[0];
    for (int i = 0; i < 1_000; i++) {
      nested = body(site.request().withAvps(List.of(LabAvp.of(456, M, 0, nested))));
    }
    var deep = site.request().with(LabAvp.of(456, M, 0, nested));

    assertRelayed(many, forwarded(dra, app, many));
    assertRelayed(deep, forwarded(dra, app, deep));
  }

  @Test
  @DisplayName("CONF-RTE-15 all DRAs down: 3002 within 100 ms")
  void allDrasDown() {
    var app = twoDras();
    firstDra.kill();
    secondDra.kill();
    site.awaitPriority(0);

    long begun = System.nanoTime();
    assertRefused(app, site.request(), 3002);

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(500));
    assertThat(site.count(Counter.NOT_ROUTABLE)).isEqualTo(1);
  }
}
