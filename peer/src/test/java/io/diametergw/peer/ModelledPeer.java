package io.diametergw.peer;

import static java.util.Objects.requireNonNull;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One peer as {@link ModelWorld} plays it: the real {@link Peer} (and {@link PeerClient} when it is
 * dialled) with an embedded channel for each connection, beside the {@link PeerModel} that says
 * what it has to do. It is long because every event of the model is played, and compared, here.
 */
final class ModelledPeer {
  private static final int PART_BYTES = 10;

  private final ModelWorld world;
  private final PeerModel model;
  private final @Nullable PeerClient client;
  private final List<String> sent = new ArrayList<>();
  private final Deque<byte[]> socket = new ArrayDeque<>(); // came, and is not read yet
  private final Deque<Peer> lateAttempts = new ArrayDeque<>();
  private final Map<Integer, Integer> unanswered = new HashMap<>(); // Hop-by-Hop, command

  private @Nullable Peer peer;
  private @Nullable ModelOwner owner;
  private @Nullable WireChannel channel;
  private boolean ended = true;
  private byte[] rest = {};
  private int nextHopByHopId = 1;
  private int cerHopByHopId;
  private int cerEndToEndId;
  private int dwrHopByHopId;
  private int olderDwrHopByHopId;

  ModelledPeer(ModelWorld world, PeerModel model, boolean dialled, RandomGenerator jitter) {
    this.world = world;
    this.model = model;
    this.client =
        dialled
            ? new PeerClient(
                world.loop(),
                this::connect,
                "dra",
                "dra",
                3868,
                ModelWorld.NODE,
                PeerSettings.DEFAULTS,
                PeerClient.Reconnect.DEFAULT,
                this::own,
                jitter)
            : null;
    if (client != null) {
      client.begin();
    }
  }

  PeerModel model() {
    return model;
  }

  private PeerHandler own(Peer of) {
    owner = new ModelOwner(of);
    return owner;
  }

  private void connect(Peer dialled) {
    peer = dialled;
    sent.add("CONNECT");
  }

  // ---------------------------------------------------------------- what happens

  /** Makes it happen to the real one. */
  void inject(ModelEvent event) {
    Peer connecting = client != null && channel == null ? client.peer() : null;
    switch (event) {
      case ACCEPT -> accept();
      case ACK -> activate(present());
      case NACK -> present().connectFailed("refused");
      case LATE_ACK -> activateLate();
      case FIN -> fin();
      case RST -> {
        line().pipeline().fireExceptionCaught(new IOException("Connection reset"));
        line().close();
      }
      case ADMIT -> owned().admission().accept();
      case REFUSE -> owned().admission().refuse(ResultCode.UNKNOWN_PEER, "unknown");
      case ASK -> owned().ask();
      case SETTLE -> owned().settle();
      case PROBE -> present().probe();
      case UNRESPONSIVE -> present().unresponsive();
      case STOP -> present().disconnect(DisconnectCause.REBOOTING);
      case CLOSE -> present().close("the test wants it");
      case RETIRE -> requireNonNull(client).disconnect(DisconnectCause.REBOOTING);
      case PART -> {
        byte[] dwr = numbered(ScriptedPeer.dwr(), CommandCode.DEVICE_WATCHDOG).bytes();
        socket.add(Arrays.copyOf(dwr, PART_BYTES));
        rest = Arrays.copyOfRange(dwr, PART_BYTES, dwr.length);
      }
      case REST -> socket.add(rest);
      case TIME, TIMEOUT, READ_TIMEOUT, WATCHDOG, DIAL ->
          throw new IllegalArgumentException(event + " comes with time");
      default -> socket.add(bytes(event));
    }
    boolean givesUp =
        event == ModelEvent.STOP || event == ModelEvent.CLOSE || event == ModelEvent.RETIRE;
    if (givesUp && connecting != null) {
      lateAttempts.add(connecting);
    }
  }

  /** TCP has not connected in time, but may still. */
  void gaveUp() {
    lateAttempts.add(present());
  }

  private void accept() {
    var watchdog = new Watchdog(PeerSettings.DEFAULTS, world.jitter());
    var accepted =
        new Peer(
            "",
            false,
            ModelWorld.NODE,
            PeerSettings.DEFAULTS,
            world.loop(),
            watchdog,
            this::own,
            Peer.Lifecycle.UNOBSERVED);
    peer = accepted;
    activate(accepted);
  }

  private void activate(Peer of) {
    var made = new WireChannel(world.clock(), of);
    channel = made;
    ended = false;
    unanswered.clear();
    socket.clear();
    if (client == null) {
      made.closeFuture().addListener(_ -> of.channelClosed()); // as PeerServer does
    }
    register(made);
  }

  private static void register(WireChannel made) {
    try {
      made.register();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void activateLate() {
    var made = new WireChannel(world.clock(), lateAttempts.remove());
    register(made);
    world.turn();
    made.runPendingTasks();
    if (made.outboundMessages().isEmpty() && !made.isOpen()) {
      sent.add("LATE-END");
    }
  }

  private void fin() {
    if (client != null) { // half-closed only where the other side dialled
      line().close();
    } else {
      line().pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }

  // ---------------------------------------------------------------- messages to it

  private byte[] bytes(ModelEvent event) {
    return switch (event) {
      case CER -> cer(ScriptedPeer.cer());
      case CER_BURST ->
          join(cer(ScriptedPeer.cer()), bytes(ModelEvent.REQUEST), bytes(ModelEvent.DWR));
      case CER_WITHOUT_HOST ->
          cer(
              ScriptedPeer.self(
                  ScriptedPeer.base(CommandCode.CAPABILITIES_EXCHANGE)
                      .text(AvpCode.ORIGIN_REALM, "local.test")));
      case CER_TWO_REALMS -> cer(ScriptedPeer.cer().text(AvpCode.ORIGIN_REALM, "other.test"));
      case CER_OTHER_APPLICATION -> cer(ScriptedPeer.cer(99));
      case CER_OWN_IDENTITY ->
          cer(
              ScriptedPeer.self(
                  ScriptedPeer.base(CommandCode.CAPABILITIES_EXCHANGE)
                      .text(AvpCode.ORIGIN_HOST, "GW.Local.Test")
                      .text(AvpCode.ORIGIN_REALM, "local.test")));
      case CER_OTHER_SECURITY -> cer(ScriptedPeer.cer().unsigned32(AvpCode.INBAND_SECURITY_ID, 1));
      case CER_PROXIABLE -> cer(ScriptedPeer.cer().flags(Header.REQUEST | Header.PROXIABLE));
      case CER_OF_APPLICATION_4 -> cer(inApplication4(CommandCode.CAPABILITIES_EXCHANGE));
      case CEA -> cea(2001, 4, 0);
      case CEA_TO_NOTHING -> cea(2001, 4, 1);
      case CEA_3010 -> cea(3010, 4, 0);
      case CEA_5012 -> cea(5012, 4, 0);
      case CEA_OTHER_APPLICATION -> cea(2001, 99, 0);
      case DWR -> dwr(ScriptedPeer.dwr());
      case DWR_WITHOUT_HOST ->
          dwr(
              ScriptedPeer.base(CommandCode.DEVICE_WATCHDOG)
                  .text(AvpCode.ORIGIN_REALM, "local.test"));
      case DWR_PROXIABLE -> dwr(ScriptedPeer.dwr().flags(Header.REQUEST | Header.PROXIABLE));
      case DWR_OF_APPLICATION_4 -> dwr(inApplication4(CommandCode.DEVICE_WATCHDOG));
      case DWA -> dwa(dwrHopByHopId, 2001);
      case DWA_5012 -> dwa(dwrHopByHopId, 5012);
      case DWA_LATE -> dwa(olderDwrHopByHopId, 2001);
      case DWA_TO_NOTHING -> dwa(dwrHopByHopId ^ 0x40000000, 2001);
      case DPR -> dpr(ScriptedPeer.dpr(0));
      case DPR_BUSY -> dpr(ScriptedPeer.dpr(1));
      case DPR_NOT_WANTED -> dpr(ScriptedPeer.dpr(2));
      case DPR_WITHOUT_CAUSE ->
          dpr(ScriptedPeer.named(ScriptedPeer.base(CommandCode.DISCONNECT_PEER)));
      case DPA -> ScriptedPeer.named(ScriptedPeer.dpr(0).build().answer(2001)).build().bytes();
      case DWR_OF_VERSION_2 -> version2(bytes(ModelEvent.DWR));
      case DWA_OF_VERSION_2 -> version2(bytes(ModelEvent.DWA_TO_NOTHING));
      case TOO_SHORT -> new byte[] {1, 0, 0, 16};
      default -> applicationBytes(event);
    };
  }

  private byte[] applicationBytes(ModelEvent event) {
    return switch (event) {
      case REQUEST -> request(ScriptedPeer.ccr(0));
      case REQUEST_HELD -> request(ScriptedPeer.ccr(0).endToEndId(ModelOwner.HELD));
      case REQUEST_WITH_E ->
          request(ScriptedPeer.ccr(0).flags(Header.REQUEST | Header.PROXIABLE | Header.ERROR));
      case REQUEST_OF_APPLICATION_0 ->
          request(
              ScriptedPeer.named(
                  Message.request(ScriptedPeer.CREDIT_CONTROL, 0).flags(Header.REQUEST)));
      case REQUEST_OF_APPLICATION_0_PROXIABLE ->
          request(ScriptedPeer.named(Message.request(ScriptedPeer.CREDIT_CONTROL, 0)));
      case ANSWER -> ScriptedPeer.ccr(owned().oldestAsked()).build().answer(2001).build().bytes();
      case ANSWER_TO_NOTHING -> ScriptedPeer.ccr(0x0B000000).build().answer(2001).build().bytes();
      default -> throw new IllegalArgumentException(event + " is no message");
    };
  }

  private byte[] cer(Message.Builder cer) {
    return numbered(cer, CommandCode.CAPABILITIES_EXCHANGE).bytes();
  }

  private byte[] dwr(Message.Builder dwr) {
    return numbered(dwr, CommandCode.DEVICE_WATCHDOG).bytes();
  }

  private byte[] dpr(Message.Builder dpr) {
    return numbered(dpr, CommandCode.DISCONNECT_PEER).bytes();
  }

  private byte[] request(Message.Builder request) {
    return numbered(request, ScriptedPeer.CREDIT_CONTROL).bytes();
  }

  private Message numbered(Message.Builder request, int command) {
    int id = nextHopByHopId++;
    unanswered.put(id, command);
    return request.hopByHopId(id).build();
  }

  private static Message.Builder inApplication4(int command) {
    return ScriptedPeer.named(Message.request(command, 4).flags(Header.REQUEST));
  }

  private byte[] cea(int result, int application, int off) {
    Message cer =
        ScriptedPeer.base(CommandCode.CAPABILITIES_EXCHANGE)
            .hopByHopId(cerHopByHopId + off)
            .endToEndId(cerEndToEndId)
            .build();
    return ScriptedPeer.cea(cer, result)
        .unsigned32(AvpCode.AUTH_APPLICATION_ID, application)
        .build()
        .bytes();
  }

  private static byte[] dwa(int hopByHopId, int result) {
    Message dwr = ScriptedPeer.dwr().hopByHopId(hopByHopId).build();
    return ScriptedPeer.named(dwr.answer(result)).build().bytes();
  }

  private static byte[] version2(byte[] message) {
    message[0] = 2;
    return message;
  }

  private static byte[] join(byte[]... parts) {
    ByteBuf all = Unpooled.wrappedBuffer(parts);
    byte[] joined = new byte[all.readableBytes()];
    all.readBytes(joined);
    return joined;
  }

  // ---------------------------------------------------------------- what comes of it

  /** Has the channel read what may be read, and do what it has to. */
  boolean pump() {
    WireChannel now = channel;
    if (now == null) {
      return false;
    }
    now.runPendingTasks();
    byte[] next = now.isOpen() && now.config().isAutoRead() ? socket.poll() : null;
    if (next != null) {
      now.writeInbound(Unpooled.wrappedBuffer(next));
    }
    return next != null;
  }

  /** What was sent since it was asked last. */
  List<String> takeSent() {
    WireChannel now = channel;
    if (now != null) {
      if (!now.outboundMessages().isEmpty()) {
        takeMessages(now);
      }
      if (!now.isOpen() && !ended) {
        ended = true;
        sent.add(now.isReset() ? "RST" : "END");
        channel = null;
      }
    }
    var taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  private void takeMessages(WireChannel from) {
    ByteBuf all = Unpooled.buffer();
    for (Object out; (out = from.outboundMessages().poll()) != null; ) {
      all.writeBytes((ByteBuf) out);
      ((ByteBuf) out).release();
    }
    while (all.isReadable()) {
      int length = Header.messageLength(all, all.readerIndex());
      sent.add(name(Message.copyOf(all, all.readerIndex(), length)));
      all.skipBytes(length);
    }
  }

  private String name(Message message) {
    String letters =
        switch (message.commandCode()) {
          case CommandCode.CAPABILITIES_EXCHANGE -> "CE";
          case CommandCode.DEVICE_WATCHDOG -> "DW";
          case CommandCode.DISCONNECT_PEER -> "DP";
          default -> "";
        };
    if (message.isRequest()) {
      sentRequest(message);
      return letters.isEmpty() ? "REQ" : letters + "R";
    }
    Integer asked = unanswered.remove(message.hopByHopId());
    int result = message.resultCode().orElse(0);
    boolean error = (message.flags() & Header.ERROR) != 0;
    if (asked == null || asked != message.commandCode()) {
      return "an answer to no request: " + message;
    }
    if (error != (result / 1000 == 3) && (result != 5011 || !error)) {
      return "E bit " + error + " with " + result;
    }
    return (letters.isEmpty() ? "ANS" : letters + "A") + "-" + result;
  }

  private void sentRequest(Message message) {
    switch (message.commandCode()) {
      case CommandCode.CAPABILITIES_EXCHANGE -> {
        cerHopByHopId = message.hopByHopId();
        cerEndToEndId = message.endToEndId();
      }
      case CommandCode.DEVICE_WATCHDOG -> {
        olderDwrHopByHopId = dwrHopByHopId;
        dwrHopByHopId = message.hopByHopId();
      }
      default -> {}
    }
  }

  /** What is visible of a peer. */
  record Visible(PeerState state, Readiness readiness, int unanswered, List<Throwable> defects) {}

  /** What the real one shows. */
  Visible seen() {
    Peer now = client == null ? peer : client.peer();
    PeerState resting = client == null ? PeerState.DISCONNECTED : client.state();
    return new Visible(
        now == null ? resting : now.state(),
        now == null ? Readiness.NONE : now.readiness(),
        model.state().isConnected() ? unanswered.size() : 0,
        owner == null ? List.of() : owner.defects());
  }

  /** What it should. */
  Visible expected() {
    return new Visible(model.shown(), model.readiness(), model.unanswered(), List.of());
  }

  void close() {
    if (client != null) {
      client.close();
    }
    if (channel != null) {
      channel.close();
    }
    lateAttempts.clear();
  }

  private Peer present() {
    return requireNonNull(peer, "no peer");
  }

  private ModelOwner owned() {
    return requireNonNull(owner, "no owner");
  }

  private WireChannel line() {
    return requireNonNull(channel, "no connection");
  }
}
