package io.diametergw.peer;

import static io.diametergw.peer.ScriptedPeer.ccr;
import static io.diametergw.peer.ScriptedPeer.cea;
import static io.diametergw.peer.ScriptedPeer.dpr;
import static io.diametergw.peer.ScriptedPeer.dwr;
import static io.diametergw.peer.ScriptedPeer.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.diametergw.peer.ScriptedPeer.End;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What a peer that we dial sees; over real sockets. */
class PeerClientTest {
  private static final PeerClient.Reconnect SOON =
      new PeerClient.Reconnect(Duration.ofMillis(20), 1, Duration.ofMillis(20));
  private static final PeerClient.Reconnect LATE =
      new PeerClient.Reconnect(Duration.ofMinutes(1), 1, Duration.ofMinutes(1));

  private final EventLoops loops = new EventLoops(1, EventLoops.Transport.best(), "test");
  private final BlockingQueue<Owner> owners = new LinkedBlockingQueue<>();
  private ServerSocket listener = unbound();
  private @Nullable PeerClient client;

  @BeforeEach
  void listen() throws Exception {
    listener = ScriptedPeer.listen();
  }

  @AfterEach
  void stop() throws Exception {
    if (client != null) {
      client.close();
    }
    loops.close();
    listener.close();
  }

  @Test
  @DisplayName("CONF-INI-01 CER comes first and at once; CEA 2001 opens")
  void cerComesFirst() throws Exception {
    PeerClient dialled = dial(PeerSettings.DEFAULTS, LATE);
    try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
      Message cer = dra.receive();
      assertThat(dialled.state()).isEqualTo(PeerState.CER_SENT);

      dra.send(cea(cer).build());

      assertThat(owner().events.poll(5, TimeUnit.SECONDS)).isEqualTo("open");
      assertThat(cer.flags()).isEqualTo(Header.REQUEST);
      assertThat(cer.commandCode()).isEqualTo(CommandCode.CAPABILITIES_EXCHANGE);
      assertThat(cer.avps()).allMatch(ScriptedPeer::hasLegalFlags);
      assertThat(cer.avps())
          .extracting(Message.Avp::code)
          .contains(AvpCode.HOST_IP_ADDRESS, AvpCode.VENDOR_ID, AvpCode.PRODUCT_NAME)
          .doesNotContain(AvpCode.SESSION_ID, AvpCode.DESTINATION_REALM, AvpCode.DESTINATION_HOST);
      assertThat(dialled.state()).isEqualTo(PeerState.OPEN);
      assertThat(dialled.lastFault()).isEmpty();
      dra.expectSilence();
    }
  }

  @Test
  @DisplayName("CONF-INI-02 no CEA: closed after the timeout, dialled again")
  void noCeaIsClosed() throws Exception {
    PeerClient dialled = dial(new Timing().capabilities(200).settings(), SOON);
    try (ScriptedPeer mute = ScriptedPeer.accept(listener)) {
      mute.receive();

      assertThat(mute.end()).isEqualTo(End.FIN);
    }
    ScriptedPeer.accept(listener).close();
    assertThat(dialled.lastFault()).isNotEmpty();
  }

  @Test
  @DisplayName("CONF-INI-03 -04 -05 -07 anything but a good CEA closes, unanswered")
  void anythingButAGoodCeaCloses() throws Exception {
    List<Function<Message, Message>> replies =
        List.of(
            cer -> dwr().build(),
            cer -> ccr(1).build(),
            cer -> named(dwr().build().answer(2001)).build(),
            cer -> ScriptedPeer.cer().build(),
            cer -> cea(cer).hopByHopId(cer.hopByHopId() + 1).build(),
            cer -> cea(cer).endToEndId(cer.endToEndId() + 1).build(),
            cer -> cea(cer, 3010).build(),
            cer -> cea(cer, 4003).build(),
            cer -> cea(cer, 5010).build(),
            cer -> cea(cer, 2001).unsigned32(AvpCode.AUTH_APPLICATION_ID, 99).build(),
            cer -> cea(cer, 2001).octets(AvpCode.AUTH_APPLICATION_ID, 0, new byte[3]).build());
    dial(PeerSettings.DEFAULTS, SOON);

    for (Function<Message, Message> reply : replies) {
      try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
        Message wrong = reply.apply(dra.receive());
        dra.send(wrong);

        assertThat(dra.end()).as("after %s", wrong).isEqualTo(End.FIN);
        assertThat(owner().events).containsExactly("closed");
      }
    }
  }

  @Test
  @DisplayName("CONF-INI-14 a request in the segment of the CEA is served")
  void requestBehindTheCeaIsServed() throws Exception {
    dial(PeerSettings.DEFAULTS, LATE);
    try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
      dra.send(cea(dra.receive()).build(), ccr(5).build());

      assertThat(dra.receive().hopByHopId()).isEqualTo(5);
    }
  }

  @Test
  @DisplayName("CONF-INI-09 -11 refused connects are retried, for ever, also the very first")
  void refusedConnectIsRetried() throws Exception {
    int port = listener.getLocalPort();
    listener.close();
    PeerClient dialled = dial(port, PeerSettings.DEFAULTS, SOON);
    await().until(() -> owners.size() >= 3);
    assertThat(dialled.lastFault()).contains("connect failed");

    listener = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());

    ScriptedPeer.accept(listener).close();
  }

  @Test
  @DisplayName("CONF-DW-13 after a loss: three DWRs before traffic; CONF-DP-11 after a DPR: none")
  void lostPeerHasToReopen() throws Exception {
    PeerClient dialled = dial(new Timing().reopen(20).settings(), SOON);
    try (ScriptedPeer lost = ScriptedPeer.accept(listener)) {
      lost.send(cea(lost.receive()).build());
      assertThat(owner().events.poll(5, TimeUnit.SECONDS)).isEqualTo("open");
    }

    try (ScriptedPeer again = ScriptedPeer.accept(listener)) {
      again.send(cea(again.receive()).build());
      Owner owner = owner();
      for (int i = 0; i < 3; i++) {
        Message dwr = again.receive();
        assertThat(dwr.commandCode()).isEqualTo(CommandCode.DEVICE_WATCHDOG);
        assertThat(owner.peer.isUsable()).isFalse();
        assertThat(dialled.health()).isEqualTo("REOPEN");
        Message dwa = named(dwr.answer(2001)).build();
        again.send(dwa, i < 2 ? dwa : ccr(1).build()); // a DWA twice counts once
      }
      again.receive();
      await().until(owner.peer::isUsable);
      again.send(dpr(0).build());
      again.receive();
    }

    try (ScriptedPeer orderly = ScriptedPeer.accept(listener)) {
      orderly.send(cea(orderly.receive()).build());
      Owner owner = owner();
      await().until(owner.peer::isUsable);
      orderly.expectSilence();
    }
  }

  @Test
  @DisplayName(
      "CONF-DW-18 DWR says who we are; a DWA of another Hop-by-Hop is traffic, not the awaited one")
  void foreignDwaIsNotTheAwaitedOne() throws Exception {
    dial(new Timing().watchdog(300, 100).settings(), LATE);
    try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
      dra.send(cea(dra.receive()).build());
      Owner owner = owner();

      for (int i = 0; i < 6; i++) { // silence would end it after three
        Message dwr = dra.receive();
        assertThat(dwr.avps())
            .extracting(Message.Avp::code)
            .containsExactlyInAnyOrder(
                AvpCode.ORIGIN_HOST, AvpCode.ORIGIN_REALM, AvpCode.ORIGIN_STATE_ID);
        assertThat(dwr.text(AvpCode.ORIGIN_HOST)).isEqualTo("gw.local.test");
        assertThat(owner.peer.health()).isEqualTo(i == 0 ? "OKAY" : "SUSPECT");
        dra.send(named(dwr.answer(2001)).hopByHopId(dwr.hopByHopId() ^ 0x100).build());
      }

      Message last = dra.receive();
      dra.send(named(last.answer(2001)).build());
      await().until(() -> owner.peer.health().equals("OKAY"));
      dra.expectSilence();
    }
  }

  @Test
  @DisplayName("CONF-DW-19 a DWA with an error proves the peer alive, and is logged once")
  void dwaWithAnErrorIsADwa() throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger(Peer.class);
    log.start();
    logger.addAppender(log);
    dial(new Timing().watchdog(100, 90).settings(), LATE);
    try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
      dra.send(cea(dra.receive()).build());
      Owner owner = owner();

      for (int i = 0; i < 5; i++) {
        Message dwr = dra.receive();
        assertThat(owner.peer.health()).isEqualTo("OKAY");
        dra.send(named(dwr.answer(5012)).build());
      }

      dra.expectSilence();
      assertThat(log.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .singleElement(STRING)
          .endsWith("answers DWRs with Result-Code 5012");
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  @DisplayName(
      "CONF-INI-15 a peer that closes right after its CEA has failed: pauses grow, then three DWAs")
  void closingAfterTheCeaIsAFailure() throws Exception {
    PeerClient dialled =
        dial(
            new Timing().reopen(20).settings(),
            new PeerClient.Reconnect(Duration.ofMillis(50), 3, Duration.ofSeconds(10)));
    long[] pauses = new long[3];
    for (int i = 0; i < pauses.length; i++) {
      try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
        dra.send(cea(dra.receive()).build());
        assertThat(owner().events.poll(5, TimeUnit.SECONDS)).isEqualTo("open");
      }
      long closed = System.nanoTime();
      await().atMost(5, TimeUnit.SECONDS).until(() -> !owners.isEmpty());
      pauses[i] = System.nanoTime() - closed;
    }

    try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
      dra.send(cea(dra.receive()).build());
      assertThat(dra.receive().commandCode()).isEqualTo(CommandCode.DEVICE_WATCHDOG);
      assertThat(owner().peer.isUsable()).isFalse();
    }
    assertThat(dialled.lastFault()).isNotNull();
    assertThat(pauses[1]).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(120)); // 150 less a fifth
    assertThat(pauses[2]).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(360)); // 450 less a fifth
  }

  @Test
  @DisplayName("an owner that throws does not end the reconnecting")
  void throwingOwnerIsDialledAgain() throws Exception {
    client =
        PeerClient.dial(
            loops,
            "dra",
            "localhost",
            listener.getLocalPort(),
            Owner.node(Application.auth(4)),
            PeerSettings.DEFAULTS,
            SOON,
            peer ->
                new Owner(peer) {
                  @Override
                  public void onClosed(PeerHandler.CloseReason reason) {
                    throw new IllegalStateException("closed");
                  }
                });

    for (int i = 0; i < 3; i++) {
      ScriptedPeer.accept(listener).close();
    }
  }

  @Test
  @DisplayName("disconnect while a reconnect is scheduled: DISCONNECTED, and no further attempt")
  void disconnectWhileWaitingToReconnect() throws Exception {
    PeerClient dialled = dial(PeerSettings.DEFAULTS, LATE);
    ScriptedPeer.accept(listener).close();
    await().until(() -> dialled.state() == PeerState.FAILED);

    dialled.disconnect(DisconnectCause.REBOOTING);

    await().until(() -> dialled.state() == PeerState.DISCONNECTED);
    assertThat(dialled.peer()).isNull();
  }

  @Test
  @DisplayName("disconnect before the CEA closes at once; nothing is dialled again")
  void disconnectWhileConnecting() throws Exception {
    PeerClient dialled = dial(PeerSettings.DEFAULTS, SOON);
    try (ScriptedPeer dra = ScriptedPeer.accept(listener)) {
      dra.receive();

      dialled.disconnect(DisconnectCause.REBOOTING);

      assertThat(dra.end()).isEqualTo(End.FIN);
      await().until(() -> dialled.state() == PeerState.DISCONNECTED);
      assertThat(owners).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-such-host.invalid", ""})
  void unknownHostIsAFailedAttempt(String host) throws Exception {
    client =
        PeerClient.dial(
            loops,
            "dra",
            host.isEmpty() ? "256.256.256.256" : host,
            1,
            Owner.node(Application.RELAY),
            PeerSettings.DEFAULTS,
            LATE,
            Owner::new);

    PeerClient dialled = client;
    await().atMost(15, TimeUnit.SECONDS).until(() -> dialled.state() == PeerState.FAILED);
    assertThat(dialled.lastFault()).contains("not known");
  }

  private PeerClient dial(PeerSettings settings, PeerClient.Reconnect reconnect) {
    return dial(listener.getLocalPort(), settings, reconnect);
  }

  private PeerClient dial(int port, PeerSettings settings, PeerClient.Reconnect reconnect) {
    PeerClient dialled =
        PeerClient.dial(
            loops,
            "dra",
            InetAddress.getLoopbackAddress().getHostAddress(),
            port,
            Owner.node(Application.auth(4)),
            settings,
            reconnect,
            peer -> {
              var owner = new Owner(peer);
              owners.add(owner);
              return owner;
            });
    client = dialled;
    return dialled;
  }

  private Owner owner() throws Exception {
    return Objects.requireNonNull(owners.poll(5, TimeUnit.SECONDS));
  }

  private static ServerSocket unbound() {
    try {
      return new ServerSocket();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
