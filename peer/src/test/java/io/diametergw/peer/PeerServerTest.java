package io.diametergw.peer;

import static io.diametergw.peer.ScriptedPeer.base;
import static io.diametergw.peer.ScriptedPeer.ccr;
import static io.diametergw.peer.ScriptedPeer.cer;
import static io.diametergw.peer.ScriptedPeer.dpr;
import static io.diametergw.peer.ScriptedPeer.dwr;
import static io.diametergw.peer.ScriptedPeer.named;
import static io.diametergw.peer.ScriptedPeer.self;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.peer.ScriptedPeer.End;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a peer that dials us sees; over real sockets. As long as the base protocol has rules for it:
 * one test for each.
 */
class PeerServerTest {
  private static final int MAX_CONNECTIONS = 50;

  private final EventLoops loops = new EventLoops(1, EventLoops.Transport.best(), "test");
  private final BlockingQueue<Owner> owners = new LinkedBlockingQueue<>();
  private final List<PeerServer> servers = new ArrayList<>();
  private final List<ScriptedPeer> scripts = new ArrayList<>();

  @AfterEach
  void stop() {
    scripts.forEach(ScriptedPeer::close);
    servers.forEach(PeerServer::close);
    loops.close();
  }

  // ---------------------------------------------------------------- capabilities exchange

  @Test
  @DisplayName("CONF-CER-01 valid CER: CEA 2001 with everything the grammar asks for")
  void validCerIsAnswered() throws Exception {
    ScriptedPeer app = dial(serve());

    app.send(
        HexFormat.of()
            .parseHex(
                """
                01000074 80000101 00000000 11223344 55667788
                00000108 40000017 617070312e6c6f63616c2e7465737400
                00000128 40000012 6c6f63616c2e74657374 0000
                00000101 4000000e 0001 7f000001 0000
                0000010a 4000000c 000028af
                0000010d 0000000b 617070 00
                00000102 4000000c 00000004
                """
                    .replaceAll(
                        "\\s",
                        ""))); // header; Origin-Host, Origin-Realm, Host-IP-Address, Vendor-Id,
    // Product-Name, Auth 4
    Message cea = app.receive();

    assertThat(cea.flags()).isZero();
    assertThat(cea.commandCode()).isEqualTo(CommandCode.CAPABILITIES_EXCHANGE);
    assertThat(cea.applicationId()).isZero();
    assertThat(cea.hopByHopId()).isEqualTo(0x11223344);
    assertThat(cea.endToEndId()).isEqualTo(0x55667788);
    assertThat(cea.resultCode()).hasValue(2001);
    assertThat(cea.text(AvpCode.ORIGIN_HOST)).isEqualTo("gw.local.test");
    assertThat(cea.text(AvpCode.ORIGIN_REALM)).isEqualTo("local.test");
    assertThat(cea.find(AvpCode.HOST_IP_ADDRESS).orElseThrow().octets())
        .containsExactly(0, 1, 127, 0, 0, 1);
    assertThat(cea.find(AvpCode.VENDOR_ID).orElseThrow().unsigned32()).isEqualTo(10415);
    assertThat(cea.text(AvpCode.PRODUCT_NAME)).isEqualTo("Gateway");
    assertThat(cea.avps()).allMatch(ScriptedPeer::hasLegalFlags);
    Owner owner = owner();
    assertThat(owner.events.poll(5, TimeUnit.SECONDS)).isEqualTo("open");
    assertThat(owner.peer.state()).isEqualTo(PeerState.OPEN);
    assertThat(owner.peer.isUsable()).isTrue();
    assertThat(owner.peer.name()).isEqualTo("app1.local.test");
  }

  @Test
  @DisplayName("CONF-CER-02 first message is not a CER: close, no answer")
  void anythingButCerFirstIsClosed() throws Exception {
    InetSocketAddress address = serve();
    List<Message> firsts =
        List.of(
            dwr().build(),
            dwr().flags(Header.REQUEST | Header.PROXIABLE).build(),
            named(Message.request(CommandCode.DEVICE_WATCHDOG, 4)).build(),
            dpr(0).build(),
            ccr(1).build(),
            ccr(1).build().answer(2001).build(),
            ScriptedPeer.cea(cer().build()).build());

    for (Message first : firsts) {
      ScriptedPeer app = dial(address);
      app.send(first);

      assertThat(app.end()).as("after %s", first).isEqualTo(End.FIN);
    }
  }

  @Test
  @DisplayName("CONF-CER-03 no CER in time: close; part of one does not help")
  void noCerIsClosed() throws Exception {
    InetSocketAddress address = serve(new Timing().capabilities(300).settings(), Application.RELAY);
    ScriptedPeer silent = dial(address);
    ScriptedPeer slow = dial(address);
    slow.send(new byte[] {1, 0, 0, 120, (byte) 0x80}); // Version, Message Length, R

    assertThat(silent.end()).isEqualTo(End.FIN);
    assertThat(slow.end()).isEqualTo(End.FIN);
    assertThat(owner().closed.poll(5, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  @DisplayName("CONF-CER-04 -05 -06 -07 -11 -24: CEA with the error, E clear, then close")
  void badCerIsAnsweredAndClosed() throws Exception {
    InetSocketAddress address = serve(PeerSettings.DEFAULTS, Application.auth(4));
    ScriptedPeer app = dial(address);

    app.send(cer(99).build());
    Message cea = app.receive();

    assertThat(cea.resultCode()).hasValue(ResultCode.NO_COMMON_APPLICATION.code());
    assertThat(cea.flags()).isZero();
    assertThat(cea.find(AvpCode.AUTH_APPLICATION_ID).orElseThrow().unsigned32()).isEqualTo(4);
    assertThat(app.end()).isEqualTo(End.FIN);
    assertThat(owner().closed.take().text()).contains("5010");
  }

  @Test
  @DisplayName(
      "CONF-CER-13 unknown peer: CEA 3010 with E, nothing about us but the name, then close")
  void refusedPeerGetsAnAnswerMessage() throws Exception {
    InetSocketAddress address =
        serve(
            PeerSettings.DEFAULTS,
            peer ->
                new Owner(peer) {
                  @Override
                  public void onCapabilities(Capabilities capabilities, Admission admission) {
                    Thread.ofVirtual()
                        .start(() ->
                            admission.refuse(
                                ResultCode.UNKNOWN_PEER, "not on the list ".repeat(100)));
                  }
                });
    ScriptedPeer app = dial(address);

    app.send(cer().build());
    Message cea = app.receive();

    assertThat(cea.resultCode()).hasValue(3010);
    assertThat(cea.flags()).isEqualTo(Header.ERROR);
    assertThat(cea.avps())
        .extracting(Message.Avp::code)
        .containsExactly(
            AvpCode.RESULT_CODE, AvpCode.ORIGIN_HOST, AvpCode.ORIGIN_REALM, AvpCode.ERROR_MESSAGE);
    assertThat(app.end()).isEqualTo(End.FIN);
  }

  @Test
  @DisplayName(
      "CONF-CER-14 two connections of one Origin-Host both serve when the owner admits both")
  void replicasAreServed() throws Exception {
    InetSocketAddress address = serve();

    ScriptedPeer first = open(address);
    ScriptedPeer second = open(address);

    first.expectSilence();
    second.expectSilence();
  }

  @Test
  @DisplayName("CONF-CER-16 CER on an open connection: CEA 5012, it stays up")
  void secondCerIsRefused() throws Exception {
    ScriptedPeer app = open(serve());

    app.send(cer(99).build());
    Message cea = app.receive();

    assertThat(cea.resultCode()).hasValue(5012);
    assertThat(cea.flags()).isZero();
    app.expectSilence();
    assertThat(Objects.requireNonNull(owner().peer.capabilities()).applicationIds())
        .containsExactly(4);
  }

  @Test
  @DisplayName("CONF-CER-17 CER with Destination-Realm is answered here")
  void cerIsNeverRelayed() throws Exception {
    ScriptedPeer app = dial(serve());

    app.send(cer().text(AvpCode.DESTINATION_REALM, "remote.test").build());

    assertThat(app.receive().resultCode()).hasValue(2001);
  }

  @Test
  @DisplayName("CONF-CER-18 requests in the segment of the CER are served after the CEA, in order")
  void requestsBeforeTheCeaAreServedAfterIt() throws Exception {
    ScriptedPeer app = dial(serveAdmittingLater());

    app.send(cer().build(), ccr(1).build(), ccr(2).build(), dwr().build());

    assertThat(app.receive().commandCode()).isEqualTo(CommandCode.CAPABILITIES_EXCHANGE);
    assertThat(app.receive().hopByHopId()).isEqualTo(1);
    assertThat(app.receive().hopByHopId()).isEqualTo(2);
    assertThat(app.receive().commandCode()).isEqualTo(CommandCode.DEVICE_WATCHDOG);
    app.send(ccr(3).build());
    assertThat(app.receive().hopByHopId()).isEqualTo(3);
  }

  @Test
  void foreignVersionBehindTheCerIsRefusedAfterTheCea() throws Exception {
    ScriptedPeer app = dial(serveAdmittingLater());
    byte[] foreign = ccr(1).build().bytes();
    foreign[0] = 2;

    app.send(cer().build(), ccr(2).build(), Message.of(foreign), ccr(3).build());

    assertThat(app.receive().commandCode()).isEqualTo(CommandCode.CAPABILITIES_EXCHANGE);
    assertThat(app.receive().hopByHopId()).isEqualTo(2);
    Message refusal = app.receive();
    assertThat(refusal.hopByHopId()).isEqualTo(1);
    assertThat(refusal.resultCode()).hasValue(5011);
    assertThat(app.end()).isEqualTo(End.FIN);
  }

  /** Its peers are admitted when what came with their CER has been read. */
  private InetSocketAddress serveAdmittingLater() throws Exception {
    return serve(
        PeerSettings.DEFAULTS,
        peer ->
            new Owner(peer) {
              @Override
              public void onCapabilities(Capabilities capabilities, Admission admission) {
                Thread.ofVirtual().start(admission::accept);
              }
            });
  }

  @Test
  @DisplayName(
      "CONF-CER-18 CEA comes first also when the owner sends on hearing of the open connection")
  void ceaIsTheFirstMessage() throws Exception {
    InetSocketAddress address =
        serve(
            PeerSettings.DEFAULTS,
            peer ->
                new Owner(peer) {
                  @Override
                  public void onStateChange() {
                    if (peer.state() == PeerState.OPEN) {
                      Message request = ccr(77).build();
                      request.writeTo(peer.outbound().reserve(request.length()), 77);
                    }
                  }
                });
    ScriptedPeer app = dial(address);

    app.send(cer().build());

    assertThat(app.receive().commandCode()).isEqualTo(CommandCode.CAPABILITIES_EXCHANGE);
    assertThat(app.receive().hopByHopId()).isEqualTo(77);
  }

  @Test
  @DisplayName("CONF-CER-22 connections beyond the maximum are closed at once; the others live")
  void tooManyConnectionsAreClosed() throws Exception {
    InetSocketAddress address = serve();
    ScriptedPeer first = open(address);
    for (int i = 1; i < MAX_CONNECTIONS; i++) {
      dial(address);
    }
    await().until(() -> servers.get(0).connections() == MAX_CONNECTIONS);

    ScriptedPeer surplus = dial(address);

    assertThat(surplus.end()).isEqualTo(End.RST);
    assertThat(servers.get(0).refusedConnections()).isEqualTo(1);
    first.expectSilence();
    scripts.get(5).close();
    await().until(() -> servers.get(0).connections() == MAX_CONNECTIONS - 1);
    open(address);
  }

  @Test
  @DisplayName("an Origin-Host that is no domain name is refused: CEA 5004")
  void controlCharactersInOriginHostAreRefused() throws Exception {
    ScriptedPeer app = dial(serve());

    app.send(
        self(base(CommandCode.CAPABILITIES_EXCHANGE)
                .text(AvpCode.ORIGIN_HOST, "app1\nERROR fake log line")
                .text(AvpCode.ORIGIN_REALM, "local.test"))
            .build());

    assertThat(app.receive().resultCode()).hasValue(5004);
    assertThat(app.end()).isEqualTo(End.FIN);
  }

  // ---------------------------------------------------------------- header and framing

  @Test
  @DisplayName("CONF-HDR-01 one byte per segment gives the same answers")
  void segmentationDoesNotMatter() throws Exception {
    ScriptedPeer app = dial(serve());

    for (byte b : cer().build().bytes()) {
      app.send(new byte[] {b});
    }
    for (byte b : ccr(1).build().bytes()) {
      app.send(new byte[] {b});
    }

    assertThat(app.receive().resultCode()).hasValue(2001);
    assertThat(app.receive().sessionId()).isEqualTo("app1.local.test;1;1");
  }

  @Test
  @DisplayName("CONF-HDR-01 1,000 messages in one write, each answered once, in order")
  void thousandMessagesInOneWrite() throws Exception {
    ScriptedPeer app = open(serve());
    Message[] requests = new Message[1000];
    for (int i = 0; i < requests.length; i++) {
      requests[i] = ccr(i).build();
    }

    app.send(requests);

    for (int i = 0; i < requests.length; i++) {
      assertThat(app.receive().hopByHopId()).isEqualTo(i);
    }
    app.expectSilence();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0x01000000,
        0x01000001,
        0x01000004,
        0x01000010,
        0x01000013,
        0x01000015,
        0x01000016,
        0x01000017,
        0x01FFFFFF
      })
  @DisplayName("CONF-HDR-02 -03 -04 impossible Message Length: RST, no answer, others untouched")
  void impossibleLengthIsReset(int firstWord) throws Exception {
    InetSocketAddress address = serve();
    ScriptedPeer other = open(address);
    ScriptedPeer before = dial(address);
    ScriptedPeer after = open(address);
    byte[] header = java.nio.ByteBuffer.allocate(20).putInt(firstWord).putInt(0x80000101).array();

    before.send(header);
    after.send(header);

    assertThat(before.end()).isEqualTo(End.RST);
    assertThat(after.end()).isEqualTo(End.RST);
    other.expectSilence();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 255})
  @DisplayName(
      "CONF-HDR-05 -06 version is not 1: a request gets 5011 with version 1, then FIN; an answer RST")
  void foreignVersionIsRefused(int version) throws Exception {
    InetSocketAddress address = serve();
    ScriptedPeer asking = open(address);
    ScriptedPeer answering = open(address);
    byte[] request = ccr(1).build().bytes();
    byte[] answer = ccr(1).build().answer(2001).build().bytes();
    request[0] = (byte) version;
    answer[0] = (byte) version;

    asking.send(request);
    answering.send(answer);

    Message refusal = asking.receive();
    assertThat(refusal.bytes()[0]).isEqualTo((byte) 1);
    assertThat(refusal.resultCode()).hasValue(5011);
    assertThat(refusal.flags()).isEqualTo(Header.PROXIABLE | Header.ERROR);
    assertThat(asking.end()).isEqualTo(End.FIN);
    assertThat(answering.end()).isEqualTo(End.RST);
  }

  @ParameterizedTest
  @ValueSource(ints = {0xE0, 0xF0, 0xA0})
  @DisplayName("CONF-HDR-07 R and E both set: 3008, the owner sees nothing")
  void errorBitInRequestIsRefused(int flags) throws Exception {
    ScriptedPeer app = open(serve());

    app.send(ccr(1).flags(flags).build());

    Message refusal = app.receive();
    assertThat(refusal.resultCode()).hasValue(3008);
    assertThat(refusal.flags()).isEqualTo(flags & Header.PROXIABLE | Header.ERROR);
    app.expectSilence();
    assertThat(owner().requests).isEmpty();
  }

  @Test
  @DisplayName("CONF-HDR-13 -14 CER, DWR, DPR with P or another application: 3008, 3007")
  void baseRequestsWithWrongHeadersAreRefused() throws Exception {
    InetSocketAddress address = serve();
    ScriptedPeer app = open(address);

    app.send(dwr().flags(Header.REQUEST | Header.PROXIABLE).build());
    assertThat(app.receive().resultCode()).hasValue(3008);
    app.send(dpr(0).flags(Header.REQUEST | Header.PROXIABLE).build());
    assertThat(app.receive().resultCode()).hasValue(3008);
    app.send(named(Message.request(CommandCode.DEVICE_WATCHDOG, 4).flags(Header.REQUEST)).build());
    assertThat(app.receive().resultCode()).hasValue(3007);
    app.expectSilence();

    ScriptedPeer proxiable = dial(address);
    proxiable.send(cer().flags(Header.REQUEST | Header.PROXIABLE).build());
    assertThat(proxiable.receive().resultCode()).hasValue(3008);
    assertThat(proxiable.end()).isEqualTo(End.FIN);
    ScriptedPeer foreign = dial(address);
    foreign.send(
        self(named(Message.request(CommandCode.CAPABILITIES_EXCHANGE, 4).flags(Header.REQUEST)))
            .build());
    assertThat(foreign.receive().resultCode()).hasValue(3007);
    assertThat(foreign.end()).isEqualTo(End.FIN);
  }

  @Test
  @DisplayName("CONF-HDR-15 -16 unknown command in application 0: 3001; with P: 3007")
  void unknownBaseCommandIsRefused() throws Exception {
    ScriptedPeer app = open(serve());

    app.send(named(base(999)).build());
    Message unknown = app.receive();
    app.send(named(Message.request(999, 0)).text(AvpCode.DESTINATION_REALM, "remote.test").build());
    Message proxiable = app.receive();

    assertThat(unknown.resultCode()).hasValue(3001);
    assertThat(unknown.commandCode()).isEqualTo(999);
    assertThat(proxiable.resultCode()).hasValue(3007);
    app.expectSilence();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\u0016\u0003\u0001\u0002\u0001tls hello"
      })
  @DisplayName("CONF-HDR-24 what is not Diameter is reset, with a word about what it looks like")
  void garbageIsReset(String garbage) throws Exception {
    ScriptedPeer other = dial(serve());

    other.send(garbage.getBytes(StandardCharsets.ISO_8859_1));

    assertThat(other.end()).isEqualTo(End.RST);
    assertThat(owner().closed.take().text()).contains("looks like");
  }

  // ---------------------------------------------------------------- watchdog

  @Test
  @DisplayName("CONF-DW-01 DWR: DWA 2001 with our name and Origin-State-Id")
  void dwrIsAnswered() throws Exception {
    ScriptedPeer app = open(serve());

    app.send(dwr().build());
    Message dwa = app.receive();

    assertThat(dwa.flags()).isZero();
    assertThat(dwa.hopByHopId()).isEqualTo(0x11223344);
    assertThat(dwa.endToEndId()).isEqualTo(0x55667788);
    assertThat(dwa.resultCode()).hasValue(2001);
    assertThat(dwa.text(AvpCode.ORIGIN_HOST)).isEqualTo("gw.local.test");
    assertThat(dwa.find(AvpCode.ORIGIN_STATE_ID).orElseThrow().unsigned32()).isEqualTo(1234);
    assertThat(dwa.avps()).allMatch(ScriptedPeer::hasLegalFlags);
  }

  @Test
  @DisplayName(
      "CONF-DW-02 DWR without Origin-Host or Origin-Realm: 5005 with Failed-AVP, stays open")
  void incompleteDwrIsRefused() throws Exception {
    ScriptedPeer app = open(serve());

    app.send(base(CommandCode.DEVICE_WATCHDOG).text(AvpCode.ORIGIN_REALM, "local.test").build());
    Message host = app.receive();
    app.send(
        base(CommandCode.DEVICE_WATCHDOG).text(AvpCode.ORIGIN_HOST, "app1.local.test").build());
    Message realm = app.receive();

    assertThat(host.resultCode()).hasValue(5005);
    assertThat(host.flags()).isZero();
    assertThat(host.find(AvpCode.FAILED_AVP).orElseThrow().find(AvpCode.ORIGIN_HOST)).isPresent();
    assertThat(realm.find(AvpCode.FAILED_AVP).orElseThrow().find(AvpCode.ORIGIN_REALM)).isPresent();
    app.expectSilence();
  }

  @Test
  @DisplayName("CONF-DW-07 -20 a silent peer gets DWRs, one at a time, and is closed after three")
  void silentPeerIsClosed() throws Exception {
    ScriptedPeer app = open(serve(new Timing().watchdog(100, 100).settings(), Application.RELAY));

    Message first = app.receive();
    Message second = app.receive();
    Message third = app.receive();

    assertThat(List.of(first, second, third))
        .allMatch(m -> m.commandCode() == CommandCode.DEVICE_WATCHDOG);
    assertThat(first.avps()).allMatch(ScriptedPeer::hasLegalFlags);
    assertThat(List.of(first.endToEndId(), second.endToEndId(), third.endToEndId()))
        .doesNotHaveDuplicates();
    assertThat(app.end()).isEqualTo(End.FIN);
    assertThat(owner().closed.take().text()).contains("3 watchdogs");
  }

  @Test
  @DisplayName("CONF-DW-05 a peer that answers DWRs stays open")
  void answeringPeerStaysOpen() throws Exception {
    ScriptedPeer app = open(serve(new Timing().watchdog(50, 100).settings(), Application.RELAY));

    for (int i = 0; i < 10; i++) {
      Message dwr = app.receive();
      app.send(named(dwr.answer(2001)).build());
    }

    app.expectSilence();
  }

  @Test
  @DisplayName("handleWatchdog=false: DWR reaches the owner, who answers it")
  void dwrReachesTheOwner() throws Exception {
    ScriptedPeer app =
        open(serve(new Timing().watchdogLeftToOwner().settings(), Application.RELAY));

    app.send(dwr().build());

    assertThat(app.receive().resultCode()).hasValue(2001);
    assertThat(owner().requests.take().commandCode()).isEqualTo(CommandCode.DEVICE_WATCHDOG);
  }

  // ---------------------------------------------------------------- disconnect

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, -1})
  @DisplayName(
      "CONF-DP-01 -04 DPR: DPA 2001; answers still flow; closed by us when the peer does not")
  void dprIsAnswered(int cause) throws Exception {
    ScriptedPeer app = open(serve(new Timing().disconnect(300).settings(), Application.RELAY));

    app.send(dpr(cause).build());
    Message dpa = app.receive();
    app.send(ccr(1).build());
    Message answer = app.receive();

    assertThat(dpa.resultCode()).hasValue(2001);
    assertThat(dpa.flags()).isZero();
    assertThat(answer.hopByHopId()).isEqualTo(1);
    assertThat(app.end()).isEqualTo(End.FIN);
    assertThat(owner().closed.take().cause()).isEqualTo(DisconnectCause.of(cause));
  }

  @Test
  @DisplayName("CONF-DP-03 DPR without Disconnect-Cause: 5005, stays open")
  void dprWithoutCauseIsRefused() throws Exception {
    ScriptedPeer app = open(serve());

    app.send(named(base(CommandCode.DISCONNECT_PEER)).build());
    Message dpa = app.receive();

    assertThat(dpa.resultCode()).hasValue(5005);
    assertThat(dpa.find(AvpCode.FAILED_AVP).orElseThrow().find(AvpCode.DISCONNECT_CAUSE))
        .isPresent();
    app.expectSilence();
  }

  @Test
  @DisplayName("CONF-DP-07 we stop: DPR, DPA, and we close; without DPA after the timeout")
  void weDisconnectWithDpr() throws Exception {
    InetSocketAddress address = serve(new Timing().disconnect(300).settings(), Application.RELAY);
    ScriptedPeer polite = open(address);
    Owner politeOwner = owner();
    ScriptedPeer mute = open(address);
    Owner muteOwner = owner();

    politeOwner.peer.disconnect(DisconnectCause.REBOOTING);
    muteOwner.peer.disconnect(DisconnectCause.BUSY);

    Message dpr = polite.receive();
    assertThat(dpr.commandCode()).isEqualTo(CommandCode.DISCONNECT_PEER);
    assertThat(dpr.find(AvpCode.DISCONNECT_CAUSE).orElseThrow().unsigned32()).isZero();
    assertThat(dpr.avps()).allMatch(ScriptedPeer::hasLegalFlags);
    polite.send(named(dpr.answer(2001)).build());
    assertThat(polite.end()).isEqualTo(End.FIN);
    assertThat(mute.receive().find(AvpCode.DISCONNECT_CAUSE).orElseThrow().unsigned32())
        .isEqualTo(1);
    assertThat(mute.end()).isEqualTo(End.FIN);
    assertThat(politeOwner.closed.take().isInOrder()).isTrue();
  }

  @Test
  @DisplayName("both DPRs cross: each gets its DPA, and it closes")
  void crossingDprs() throws Exception {
    ScriptedPeer app = open(serve());
    Owner owner = owner();
    owner.peer.disconnect(DisconnectCause.REBOOTING);
    Message theirs = app.receive();

    app.send(dpr(0).build(), named(theirs.answer(2001)).build());

    Message dpa = app.receive();
    assertThat(dpa.isRequest()).isFalse();
    assertThat(dpa.commandCode()).isEqualTo(CommandCode.DISCONNECT_PEER);
    assertThat(app.end()).isEqualTo(End.FIN);
  }

  @Test
  @DisplayName("CONF-DP-10 unsolicited DPA, CEA and DWA are ignored")
  void unsolicitedAnswersAreIgnored() throws Exception {
    ScriptedPeer app = open(serve());

    app.send(
        named(dpr(0).build().answer(2001)).build(),
        named(dwr().hopByHopId(0).build().answer(2001)).build(),
        ScriptedPeer.cea(cer().build()).build());

    app.expectSilence();
  }

  @Test
  @DisplayName(
      "CONF-DP-12 FIN and RST without DPR: the owner hears at once, not in order; half a message is forgotten")
  void lossIsToldAtOnce() throws Exception {
    InetSocketAddress address = serve();
    ScriptedPeer finished = open(address);
    Owner finishedOwner = owner();
    ScriptedPeer reset = open(address);
    Owner resetOwner = owner();

    finished.send(new byte[] {1, 0, 0, 100, 0, 0, 1});
    finished.halfClose();
    reset.reset();

    PeerHandler.CloseReason fin = finishedOwner.closed.poll(2, TimeUnit.SECONDS);
    PeerHandler.CloseReason rst = resetOwner.closed.poll(2, TimeUnit.SECONDS);
    assertThat(fin).isEqualTo(new PeerHandler.CloseReason("closed by peer", null));
    assertThat(Objects.requireNonNull(rst).text()).startsWith("connection lost");
    assertThat(finished.end()).isEqualTo(End.FIN);
    await().until(() -> servers.get(0).connections() == 0);
  }

  // ---------------------------------------------------------------- limits and defects

  @Test
  @DisplayName("a message that is never completed is given up after the read timeout")
  void incompleteMessageIsClosed() throws Exception {
    ScriptedPeer app = open(serve(new Timing().read(300).settings(), Application.RELAY));
    Owner owner = owner();

    app.send(new byte[] {1, 0, 0, 100});

    assertThat(app.end()).isEqualTo(End.FIN);
    assertThat(owner.closed.take().text()).contains("not complete");
  }

  @Test
  @DisplayName("a peer that does not read is not read from, then closed; others are not held up")
  void slowReaderIsClosed() throws Exception {
    InetSocketAddress address =
        serve(
            new Timing().write(500, 1 << 16).settings(),
            peer ->
                new Owner(peer) {
                  @Override
                  public void onRequest(io.netty.buffer.ByteBuf buf, int at, int length) {
                    Message answer =
                        Message.copyOf(buf, at, length)
                            .answer(2001)
                            .octets(9999, 0, new byte[2000])
                            .build();
                    answer.writeTo(peer.outbound().reserve(answer.length()), answer.hopByHopId());
                  }
                });
    ScriptedPeer other = open(address);
    owner();
    ScriptedPeer slow = dial(address);
    slow.socket().setReceiveBufferSize(4096);
    slow.send(cer().build());
    slow.receive();
    Owner owner = owner();
    byte[] request = ccr(1).build().bytes();
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  slow.send(request);
                }
              } catch (java.io.IOException e) {
                return; // closed: what the test waits for
              }
            });

    assertThat(Objects.requireNonNull(owner.closed.poll(20, TimeUnit.SECONDS)).text())
        .containsAnyOf(
            "took no bytes",
            "reads too slowly"); // which limit is met first is the machine's choice
    sender.join(Duration.ofSeconds(5));
    other.expectSilence();
  }

  @Test
  @DisplayName("an owner that throws: the request gets 5012, the connection and the loop live on")
  void defectsOfTheOwnerStayItsOwn() throws Exception {
    InetSocketAddress address =
        serve(
            PeerSettings.DEFAULTS,
            peer ->
                new Owner(peer) {
                  @Override
                  public void onRequest(io.netty.buffer.ByteBuf buf, int at, int length) {
                    throw new IllegalStateException("request");
                  }

                  @Override
                  public void onOpen() {
                    throw new IllegalStateException("open");
                  }

                  @Override
                  public void onStateChange() {
                    throw new IllegalStateException("state");
                  }

                  @Override
                  public void onFlushed(int messages, long firstNanos, long nowNanos) {
                    throw new IllegalStateException("flushed");
                  }

                  @Override
                  public void onClosed(PeerHandler.CloseReason reason) {
                    super.onClosed(reason);
                    throw new IllegalStateException("closed");
                  }
                });
    ScriptedPeer app = open(address);

    app.send(ccr(1).build());
    Message answer = app.receive();
    app.expectSilence();
    app.close();

    assertThat(answer.resultCode()).hasValue(5012);
    assertThat(answer.flags()).isEqualTo(Header.PROXIABLE | Header.ERROR);
    Owner owner = owner();
    assertThat(owner.closed.poll(5, TimeUnit.SECONDS)).isNotNull();
    await().until(() -> servers.get(0).connections() == 0);
    assertThat(owner.defects)
        .extracting(Throwable::getMessage)
        .contains("request", "open", "state", "flushed", "closed");
  }

  @Test
  void closedServerEndsItsConnections() throws Exception {
    InetSocketAddress address = serve();
    ScriptedPeer app = open(address);

    servers.get(0).close();

    assertThat(app.end()).isEqualTo(End.FIN);
    await().until(() -> servers.get(0).connections() == 0);
  }

  // ----------------------------------------------------------------

  private InetSocketAddress serve() throws Exception {
    return serve(PeerSettings.DEFAULTS, Application.RELAY);
  }

  private InetSocketAddress serve(PeerSettings settings, Application... applications)
      throws Exception {
    return serve(settings, Owner::new, applications);
  }

  private InetSocketAddress serve(
      PeerSettings settings,
      java.util.function.Function<Peer, Owner> owner,
      Application... applications)
      throws Exception {
    LocalNode node =
        Owner.node(applications.length == 0 ? new Application[] {Application.RELAY} : applications);
    PeerServer server =
        PeerServer.listen(
            loops,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            node,
            settings,
            MAX_CONNECTIONS,
            peer -> {
              Owner made = owner.apply(peer);
              owners.add(made);
              return made;
            });
    servers.add(server);
    return server.address();
  }

  private ScriptedPeer dial(InetSocketAddress address) throws Exception {
    ScriptedPeer peer = ScriptedPeer.dial(address);
    scripts.add(peer);
    return peer;
  }

  private ScriptedPeer open(InetSocketAddress address) throws Exception {
    ScriptedPeer peer = ScriptedPeer.open(address);
    scripts.add(peer);
    return peer;
  }

  /** The owner of the connection that was accepted next. */
  private Owner owner() throws Exception {
    return Objects.requireNonNull(owners.poll(5, TimeUnit.SECONDS));
  }
}
