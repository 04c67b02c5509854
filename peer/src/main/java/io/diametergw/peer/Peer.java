package io.diametergw.peer;

import io.diametergw.peer.PeerHandler.CloseReason;
import io.diametergw.peer.PeerStateMachine.Closed;
import io.diametergw.peer.PeerStateMachine.Closing;
import io.diametergw.peer.PeerStateMachine.Event;
import io.diametergw.peer.PeerStateMachine.Open;
import io.diametergw.peer.PeerStateMachine.State;
import io.diametergw.peer.PeerStateMachine.Transition;
import io.diametergw.peer.PeerStateMachine.WaitAdmission;
import io.diametergw.peer.PeerStateMachine.WaitCea;
import io.diametergw.peer.PeerStateMachine.WaitCer;
import io.diametergw.peer.PeerStateMachine.WaitConnAck;
import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Framer;
import io.diametergw.wire.FramingException;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node we have a connection to, or are about to: framing, the base protocol, timers.
 *
 * <p>One object per connection, and it belongs to one {@link PeerLoop}: all its methods are called
 * there, unless they say otherwise. It is long because it is the one place where the state machines
 * ({@link PeerStateMachine}, {@link Watchdog}) meet the socket: {@link #onMessage} sorts what
 * arrives, {@link #apply} carries out what the machines decide, {@link #onTimer} tells them the
 * time. Messages of applications go to the {@link PeerHandler} without touching a state machine.
 */
public final class Peer {
  private static final Logger LOG = LoggerFactory.getLogger(Peer.class);
  private static final int SLOW_READER_FACTOR = 16;
  private static final long LATE_TIMER_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long LATE_TIMER_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long INPUT_CLOSED_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_DEFERRED_BYTES = 1 << 18;
  private static final int MAX_BYTES_PER_CHAR = 3; // of UTF-8
  private static final long NEVER = Long.MAX_VALUE;

  private final String name;
  private final boolean dialled;
  private final LocalNode node;
  private final PeerSettings settings;
  private final PeerLoop loop;
  private final Watchdog watchdog;
  private final CapabilitiesExchange capabilitiesExchange;
  private final PeerHandler handler;
  private final Lifecycle lifecycle;
  private final Outbound outbound;
  private final Framer framer;
  private final AvpCursor avps = new AvpCursor();

  private State state = new Closed();
  private boolean serving; // Open or Closing: messages of applications are handled
  private @Nullable Channel channel;
  private volatile @Nullable Capabilities capabilities;
  private volatile PeerState shown = PeerState.CONNECTING;
  private volatile Readiness readiness = Readiness.NONE;
  private String address = "";

  private int nextHopByHopId = ThreadLocalRandom.current().nextInt();
  private int cerHopByHopId;
  private int cerEndToEndId;
  private int dwrHopByHopId;
  private @Nullable ByteBuf deferred; // the CER, and what came before its CEA
  private DisconnectCause stopCause = DisconnectCause.REBOOTING;
  private @Nullable DisconnectCause announced;
  private String closeText = "closed by peer";
  private boolean closedTold;
  private boolean inputClosed; // by the peer; it waits for answers
  private boolean oddDwaTold;

  private long messagesReceived;
  private long messagesSent;
  private boolean messageEnded; // in the read being handled
  private long messageBegunNanos;
  private long stateSinceNanos;
  private long progressNanos;
  private long progress;
  private long timerAtNanos = NEVER;
  private boolean excused; // the timer was late and runs once more
  private @Nullable ScheduledFuture<?> timer;

  /** The beginning and end of a connection, for who made it. */
  interface Lifecycle {
    Lifecycle UNOBSERVED =
        new Lifecycle() {
          @Override
          public void opened() {}

          @Override
          public void closed(CloseReason reason) {}
        };

    void opened();

    void closed(CloseReason reason);
  }

  Peer(
      String name,
      boolean dialled,
      LocalNode node,
      PeerSettings settings,
      PeerLoop loop,
      Watchdog watchdog,
      PeerHandler.Factory handlers,
      Lifecycle lifecycle) {
    this.name = name;
    this.lifecycle = lifecycle;
    this.dialled = dialled;
    this.node = node;
    this.settings = settings;
    this.loop = loop;
    this.stateSinceNanos = loop.clockNanos();
    this.watchdog = watchdog;
    this.capabilitiesExchange = new CapabilitiesExchange(node);
    this.outbound = new Outbound(loop, this);
    this.framer = new Framer(loop.allocator(), settings.maxMessageLength());
    this.handler = handlers.handlerOf(this);
  }

  // ------------------------------------------------------------------ what others may ask

  /** What people call it: the name given to the client, or the peer's Origin-Host. Any thread. */
  public String name() {
    Capabilities known = capabilities;
    return name.isEmpty() ? known == null ? address : known.originHost().name() : name;
  }

  /** What it told of itself, once the capabilities exchange has begun. Any thread. */
  public @Nullable Capabilities capabilities() {
    return capabilities;
  }

  /** The state that people see. Any thread. */
  public PeerState state() {
    return shown;
  }

  /** What may be sent to it. Any thread. */
  public Readiness readiness() {
    return readiness;
  }

  /** Whether new requests may be sent to it: open, alive, and not about to leave. Any thread. */
  public boolean isUsable() {
    return readiness == Readiness.READY || readiness == Readiness.ON_TRIAL;
  }

  /** Whether messages can still be sent to it: the connection is open or closing. */
  public boolean isServing() {
    return serving;
  }

  /** Whether a DPR was sent or received. */
  public boolean isClosing() {
    return state instanceof Closing;
  }

  /** The health that RFC 3539 Appendix A gives it. */
  public String health() {
    return watchdog.health().name();
  }

  /** Whether we dialled it. */
  public boolean isDialled() {
    return dialled;
  }

  /** Where it is, as host:port. */
  public String address() {
    return address;
  }

  /** Where it is. */
  public @Nullable InetAddress remoteAddress() {
    return channel != null && channel.remoteAddress() instanceof InetSocketAddress a
        ? a.getAddress()
        : null;
  }

  /** The loop it belongs to. */
  public PeerLoop loop() {
    return loop;
  }

  /** Its owner's side. */
  public PeerHandler handler() {
    return handler;
  }

  /** Where messages to it are written. */
  public Outbound outbound() {
    return outbound;
  }

  int maxOutboundBytes() {
    return settings.maxOutboundBytes();
  }

  /** Messages that came, of every kind. On the loop. */
  public long messagesReceived() {
    return messagesReceived;
  }

  /** Messages handed to the socket, of every kind. On the loop. */
  public long messagesSent() {
    return messagesSent;
  }

  /** When the last byte came, in {@link System#nanoTime}. */
  public long lastReceivedNanos() {
    return watchdog.lastReceivedNanos();
  }

  // ------------------------------------------------------------------ what others may want

  /**
   * Disconnects with DPR and waits for the DPA (RFC 6733 §5.4); closes at once when it is not open.
   * Any thread.
   */
  public void disconnect(DisconnectCause cause) {
    if (loop.inLoop()) {
      stopCause = cause;
      closeText = "disconnected with " + cause;
      apply(new PeerStateMachine.Stop());
    } else {
      loop.execute(() -> disconnect(cause));
    }
  }

  /** Closes the connection without ceremony. */
  public void close(String why) {
    if (!closedTold) { // also one that was accepted a moment ago and has not begun
      closeText = why;
      enter(new Closed());
      tellClosed();
    }
    closeChannel();
  }

  /** The owner has received its answer to a request. */
  public void answered() {
    if (!watchdog.isProven()) {
      watchdog.onAnswered();
      show();
    }
  }

  /** The owner's requests wait in vain although DWRs are answered: it is suspect. */
  public void unresponsive() {
    watchdog.onUnresponsive();
    show();
  }

  /**
   * Sends a DWR now, unless one is on its way: to find out whether an old connection still lives.
   * Any thread.
   */
  public void probe() {
    if (loop.inLoop()) {
      if (state instanceof Open && !watchdog.isPending()) {
        watchdogAction(watchdog.probe(loop.readClock()));
      }
    } else {
      loop.execute(this::probe);
    }
  }

  // ------------------------------------------------------------------ the socket

  /** The handler at the end of the connection's pipeline. */
  ChannelInboundHandlerAdapter channelHandler() {
    return new SocketSide();
  }

  void dialling(String address) {
    this.address = address;
    apply(new PeerStateMachine.Start());
  }

  void connectFailed(String why) {
    closeText = why;
    apply(new PeerStateMachine.Disconnected());
  }

  /** The channel has closed; if it never became active nobody else tells. */
  void channelClosed() {
    if (state instanceof Closed) {
      close("closed by peer");
    }
  }

  private final class SocketSide extends ChannelInboundHandlerAdapter implements Framer.Sink {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      loop.readClock();
      channel = ctx.channel();
      address = text(ctx.channel().remoteAddress());
      if (closedTold) { // stopped while TCP was connecting
        ctx.close();
        return;
      }
      outbound.connected(ctx);
      apply(dialled ? new PeerStateMachine.ConnAck() : new PeerStateMachine.Accepted());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      var in = (ByteBuf) message;
      try {
        onBytes(in, this);
      } finally {
        in.release();
      }
    }

    @Override
    public boolean onMessage(ByteBuf buf, int at, int length) {
      return Peer.this.onMessage(buf, at, length);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      loop.readClock();
      apply(new PeerStateMachine.Disconnected());
      outbound.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        loop.readClock();
        onInputClosed();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      // A peer that does not read is not read from: its requests would only make more answers for
      // it. Only where it dialled us:
      // of two nodes that do so, one has to go on reading, or both wait for ever.
      if (!dialled && !(state instanceof WaitAdmission)) {
        read(ctx.channel().isWritable());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (cause instanceof java.io.IOException) {
        if (!(state instanceof Closed)) {
          closeText = "connection lost: " + cause.getMessage();
        }
        ctx.close();
      } else {
        onDefect(cause);
      }
    }
  }

  /**
   * The peer has sent FIN. If it waits for answers it may have closed its own direction alone, and
   * gets those that come within a moment.
   */
  private void onInputClosed() {
    if (serving && handler.owesAnswers()) {
      inputClosed = true;
      apply(new PeerStateMachine.InputClosed());
      stateSinceNanos = loop.nowNanos(); // also where a DPR came before: the moment begins now
      timerBy(stateSinceNanos + stateLimitNanos());
      tell(handler::onInputClosed);
    } else {
      close(closeText);
    }
  }

  /** The owner has given every answer that the peer waited for. */
  public void settled() {
    if (inputClosed) {
      close(closeText);
    }
  }

  /** Goes on or stops reading; a message that is incomplete meanwhile is not the peer's fault. */
  private void read(boolean on) {
    Objects.requireNonNull(channel).config().setAutoRead(on);
    if (on && framer.inMessage()) {
      messageBegunNanos = loop.clockNanos();
      timerBy(messageBegunNanos + settings.readTimeout().toNanos());
    }
  }

  /** Something that should not have been thrown was. */
  void onDefect(Throwable defect) {
    try {
      handler.onDefect(defect);
    } catch (RuntimeException e) {
      LOG.error("handler of {} fails", this, e);
    }
  }

  /** Tells the owner something: its exceptions are its own, our state stays what it is. */
  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException defect) {
      onDefect(defect);
    }
  }

  private void onBytes(ByteBuf in, Framer.Sink sink) {
    if (state instanceof Closed) {
      return;
    }
    long now = loop.readClock();
    boolean wasInMessage = framer.inMessage();
    messageEnded = false;
    boolean wasSuspect = watchdog.health() == Watchdog.Health.SUSPECT;
    watchdog.onReceived(now);
    if (wasSuspect) {
      show();
    }
    try {
      framer.read(in, sink);
    } catch (FramingException e) {
      String fault = String.valueOf(e.getMessage());
      tell(() -> handler.onBrokenStream(fault));
      reset(fault);
    } catch (
        RuntimeException defect) { // what was read is lost: the stream cannot be followed any more
      onDefect(defect);
      reset("internal error");
    }
    if (framer.inMessage() && (!wasInMessage || messageEnded)) {
      messageBegunNanos = now;
      timerBy(now + settings.readTimeout().toNanos());
    }
  }

  // ------------------------------------------------------------------ messages

  private boolean onMessage(ByteBuf buf, int at, int length) {
    messageEnded = true;
    messagesReceived++;
    boolean request = Header.isRequest(buf, at);
    if (Header.version(buf, at) != Header.VERSION && !(state instanceof WaitAdmission)) {
      return onForeignVersion(buf, at, request); // while admission is asked for: behind the CEA
    }
    int command = Header.commandCode(buf, at);
    if (!serving || isBase(command) || Header.applicationId(buf, at) == ApplicationId.COMMON) {
      onBaseMessage(buf, at, length, command, request);
    } else if (!request) {
      dispatchAnswer(buf, at, length);
    } else if ((Header.flags(buf, at) & Header.ERROR) != 0) {
      refuse(buf, at, ResultCode.INVALID_HDR_BITS, true, "E bit set in a request", null);
    } else {
      dispatchRequest(buf, at, length);
    }
    return !(state instanceof Closed);
  }

  private void dispatchRequest(ByteBuf buf, int at, int length) {
    try {
      handler.onRequest(buf, at, length);
    } catch (
        RuntimeException
            defect) { // ours or a library user's: one request suffers, not the connection
      onDefect(defect);
      refuse(buf, at, ResultCode.UNABLE_TO_COMPLY, true, "internal error", null);
    }
  }

  private void dispatchAnswer(ByteBuf buf, int at, int length) {
    try {
      handler.onAnswer(buf, at, length);
    } catch (RuntimeException defect) {
      onDefect(defect);
    }
  }

  private static boolean isBase(int command) {
    return command == CommandCode.DEVICE_WATCHDOG
        || command == CommandCode.CAPABILITIES_EXCHANGE
        || command == CommandCode.DISCONNECT_PEER;
  }

  private boolean onForeignVersion(ByteBuf buf, int at, boolean request) {
    String fault = "version " + Header.version(buf, at) + " instead of 1";
    if (!request) {
      reset(fault);
      return false;
    }
    refuse(buf, at, ResultCode.UNSUPPORTED_VERSION, true, fault, null);
    outbound.flush();
    close(fault);
    return false;
  }

  /** A message of the base protocol, or any message before the connection is open. */
  private void onBaseMessage(ByteBuf buf, int at, int length, int command, boolean request) {
    boolean common = Header.applicationId(buf, at) == ApplicationId.COMMON;
    if (state instanceof WaitAdmission) {
      defer(buf, at, length);
    } else if (!serving && (command != CommandCode.CAPABILITIES_EXCHANGE || request == dialled)) {
      closeText =
          "the first message was not a "
              + (dialled ? "CEA" : "CER"); // not worth an answer (RFC 6733 §5.6.1)
      apply(new PeerStateMachine.MessageReceived());
    } else if (!isBase(command)) {
      onOther(buf, at, length, request);
    } else if (request && !common) {
      refuse(buf, at, ResultCode.APPLICATION_UNSUPPORTED, true, "application must be 0", null);
      if (!serving) {
        outbound.flush();
        close("CER with an application other than 0");
      }
    } else if (request && (Header.flags(buf, at) & Header.PROXIABLE + Header.ERROR) != 0) {
      refuse(buf, at, ResultCode.INVALID_HDR_BITS, true, "P or E bit set", null);
      if (!serving) {
        outbound.flush();
        close("CER with P or E bit");
      }
    } else {
      switch (command) {
        case CommandCode.CAPABILITIES_EXCHANGE -> {
          if (request) {
            onCer(buf, at, length);
          } else {
            onCea(buf, at);
          }
        }
        case CommandCode.DEVICE_WATCHDOG -> onWatchdog(buf, at, length, request);
        default -> onDisconnect(buf, at, request);
      }
    }
  }

  /** Neither CER, DWR nor DPR, but in application 0. */
  private void onOther(ByteBuf buf, int at, int length, boolean request) {
    if (request) {
      if ((Header.flags(buf, at) & Header.ERROR) != 0) {
        refuse(buf, at, ResultCode.INVALID_HDR_BITS, true, "E bit set in a request", null);
      } else if ((Header.flags(buf, at) & Header.PROXIABLE) != 0) {
        refuse(buf, at, ResultCode.APPLICATION_UNSUPPORTED, true, "application 0", null);
      } else {
        refuse(buf, at, ResultCode.COMMAND_UNSUPPORTED, true, "command not known", null);
      }
    } else {
      dispatchAnswer(buf, at, length); // matches nothing, but has to be counted
    }
  }

  private void onCer(ByteBuf buf, int at, int length) {
    if (serving) {
      apply(new PeerStateMachine.CerReceived());
      refuse(buf, at, ResultCode.UNABLE_TO_COMPLY, false, "no CER in this state", null);
      return;
    }
    switch (capabilitiesExchange.readCer(buf, at)) {
      case CapabilitiesExchange.Agreed agreed -> {
        capabilities = agreed.capabilities();
        defer(buf, at, length);
        apply(new PeerStateMachine.CerReceived());
      }
      case CapabilitiesExchange.Rejected rejected -> {
        closeText = "CER refused with " + rejected.code().code() + ": " + rejected.text();
        writeCea(buf, at, rejected.code(), rejected.text(), rejected.failedAvp());
        apply(new PeerStateMachine.BadCerReceived());
      }
    }
  }

  private void onCea(ByteBuf buf, int at) {
    if (serving) { // answers nothing
      apply(new PeerStateMachine.CeaReceived());
      return;
    }
    if (Header.hopByHopId(buf, at) != cerHopByHopId
        || Header.endToEndId(buf, at) != cerEndToEndId) {
      closeText = "CEA does not answer our CER";
      apply(new PeerStateMachine.BadCeaReceived());
      return;
    }
    switch (capabilitiesExchange.readCea(buf, at)) {
      case CapabilitiesExchange.Agreed agreed -> {
        capabilities = agreed.capabilities();
        apply(new PeerStateMachine.CeaReceived());
      }
      case CapabilitiesExchange.Rejected rejected -> {
        closeText = rejected.text();
        apply(new PeerStateMachine.BadCeaReceived());
      }
    }
  }

  private void onWatchdog(ByteBuf buf, int at, int length, boolean request) {
    if (!request) {
      if (watchdog.isPending() && Header.hopByHopId(buf, at) == dwrHopByHopId) {
        lookAtDwa(buf, at);
        apply(new PeerStateMachine.DwaReceived());
      }
    } else if (!settings.handleWatchdog()) {
      dispatchRequest(buf, at, length);
    } else if (!refuseWithout(buf, at)) {
      apply(new PeerStateMachine.DwrReceived());
      ByteBuf out = outbound.reserve(answerBytes());
      BaseMessages.writeDwa(out, node, buf, at);
    }
  }

  /**
   * Whatever it says, the peer is alive; once a connection it is told that it says something odd.
   */
  private void lookAtDwa(ByteBuf buf, int at) {
    int result = unsigned32(buf, at, AvpCode.RESULT_CODE);
    if (!oddDwaTold && !ResultCode.isSuccess(result)) {
      oddDwaTold = true;
      String what = result == Integer.MIN_VALUE ? "no Result-Code" : "Result-Code " + result;
      LOG.warn("{} answers DWRs with {}", this, what);
    }
  }

  private void onDisconnect(ByteBuf buf, int at, boolean request) {
    if (!request) {
      apply(new PeerStateMachine.DpaReceived());
    } else if (!refuseWithout(buf, at)) {
      int cause = unsigned32(buf, at, AvpCode.DISCONNECT_CAUSE);
      if (cause == Integer.MIN_VALUE) {
        byte[] missing = ErrorAnswer.emptyAvp(AvpCode.DISCONNECT_CAUSE, 4);
        refuse(buf, at, ResultCode.MISSING_AVP, false, "Disconnect-Cause is missing", missing);
        return;
      }
      announced = DisconnectCause.of(cause);
      closeText = "peer disconnected with " + announced;
      BaseMessages.writeDpa(outbound.reserve(answerBytes()), node, buf, at);
      apply(new PeerStateMachine.DprReceived());
    }
  }

  /**
   * Refuses a DWR or DPR that lacks Origin-Host or Origin-Realm, or is broken; true when it did.
   */
  private boolean refuseWithout(ByteBuf buf, int at) {
    boolean host = false;
    boolean realm = false;
    avps.overMessage(buf, at);
    while (avps.next()) {
      host |= avps.is(AvpCode.ORIGIN_HOST);
      realm |= avps.is(AvpCode.ORIGIN_REALM);
    }
    if (avps.malformed()) {
      byte[] failed = ErrorAnswer.malformedAvp(buf, avps.at(), at + Header.messageLength(buf, at));
      refuse(buf, at, ResultCode.INVALID_AVP_LENGTH, false, avps.fault(), failed);
    } else if (!host || !realm) {
      int code = host ? AvpCode.ORIGIN_REALM : AvpCode.ORIGIN_HOST;
      String text = (host ? "Origin-Realm" : "Origin-Host") + " is missing";
      refuse(buf, at, ResultCode.MISSING_AVP, false, text, ErrorAnswer.emptyAvp(code, 0));
    }
    return avps.malformed() || !host || !realm;
  }

  private int unsigned32(ByteBuf buf, int at, int code) {
    avps.overMessage(buf, at);
    while (avps.next()) {
      if (avps.is(code) && avps.dataLength() == 4) {
        return avps.unsigned32();
      }
    }
    return Integer.MIN_VALUE;
  }

  /** Answers a request with an error (RFC 6733 §7.2). */
  private void refuse(
      ByteBuf buf,
      int at,
      ResultCode code,
      boolean errorBit,
      String text,
      byte @Nullable [] failedAvp) {
    int failed = failedAvp == null ? 0 : failedAvp.length;
    ByteBuf out =
        outbound.reserve(Header.messageLength(buf, at) + failed + ErrorAnswer.MAX_ADDED_BYTES);
    ErrorAnswer.write(out, node, avps, buf, at, code, errorBit, text, failedAvp);
  }

  private void writeCea(
      ByteBuf cer, int at, ResultCode code, String text, byte @Nullable [] failedAvp) {
    int length = capabilitiesExchange.maxBytes() + MAX_BYTES_PER_CHAR * text.length();
    length += failedAvp == null ? 0 : failedAvp.length;
    ByteBuf out = outbound.reserve(length);
    capabilitiesExchange.writeCea(out, localAddress(), cer, at, code, text, failedAvp);
  }

  private int answerBytes() {
    return BaseMessages.MAX_BYTES
        + node.originHost().lengthBytes()
        + node.originRealm().lengthBytes();
  }

  private void defer(ByteBuf buf, int at, int length) {
    ByteBuf kept = deferred;
    if (kept == null) {
      kept = Unpooled.buffer(length);
      deferred = kept;
    }
    if (kept.readableBytes() + length > MAX_DEFERRED_BYTES) {
      close("sent more than " + MAX_DEFERRED_BYTES + " bytes before its CEA");
      return;
    }
    kept.writeBytes(buf, at, length);
  }

  // ------------------------------------------------------------------ what the state machine
  // decides

  private void apply(Event event) {
    Transition transition = PeerStateMachine.on(state, event);
    if (transition.action() == PeerStateMachine.Action.SEND_CEA) {
      sendCea(); // before the owner hears that it is open: the CEA is the first message
    }
    enter(transition.next());
    if (state instanceof Closed && !(transition.next() instanceof Closed)) {
      return; // its owner closed it on hearing of the change
    }
    switch (transition.action()) {
      case NOTHING,
          CONNECT,
          PROCESS,
          DEFER,
          SEND_DWA,
          REFUSE_SECOND_CER,
          CLEAN_UP -> {} // done by the caller
      case SEND_CER -> sendCer();
      case ASK_ADMISSION -> askAdmission();
      case SEND_CEA, OPEN -> opened();
      case WATCHDOG_ANSWERED -> {
        watchdog.onDwa(loop.nowNanos());
        show();
        timerBy(watchdog.deadlineNanos(handler.pendingSinceNanos()));
      }
      case SEND_DPR -> sendDpr();
      case SEND_DPA -> {
        DisconnectCause cause = Objects.requireNonNull(announced);
        tell(() -> handler.onDisconnectRequested(cause));
      }
      case REFUSE, CLOSE -> closeChannel();
    }
  }

  private void enter(State next) {
    boolean same = next.equals(state);
    state = next;
    serving = next instanceof Open || next instanceof Closing;
    if (!same) {
      stateSinceNanos = loop.clockNanos();
      long limit = stateLimitNanos();
      if (limit != NEVER) {
        timerBy(stateSinceNanos + limit);
      }
    }
    show();
    if (next instanceof Closed && !same) {
      tellClosed();
    }
  }

  private void sendCer() {
    cerHopByHopId = nextHopByHopId++;
    cerEndToEndId = EndToEndIds.next();
    ByteBuf out = outbound.reserve(capabilitiesExchange.maxBytes());
    capabilitiesExchange.writeCer(out, localAddress(), cerHopByHopId, cerEndToEndId);
  }

  private void askAdmission() {
    Objects.requireNonNull(channel).config().setAutoRead(false);
    handler.onCapabilities(
        Objects.requireNonNull(capabilities),
        new PeerHandler.Admission() {
          @Override
          public void accept() {
            admitted(true, ResultCode.SUCCESS, "");
          }

          @Override
          public void refuse(ResultCode code, String text) {
            admitted(false, code, text);
          }
        });
  }

  private void admitted(boolean wanted, ResultCode code, String text) {
    if (!loop.inLoop()) {
      loop.execute(() -> admitted(wanted, code, text));
    } else if (state instanceof WaitAdmission) {
      loop.readClock();
      if (wanted) {
        apply(new PeerStateMachine.Admitted());
      } else {
        closeText = "refused with " + code.code() + ": " + text;
        ByteBuf cer = Objects.requireNonNull(deferred);
        writeCea(cer, cer.readerIndex(), code, text, null);
        apply(new PeerStateMachine.Refused());
      }
    }
  }

  private void sendCea() {
    ByteBuf cer = Objects.requireNonNull(deferred);
    writeCea(cer, cer.readerIndex(), ResultCode.SUCCESS, "", null);
    cer.skipBytes(Header.messageLength(cer, cer.readerIndex()));
  }

  private void opened() {
    watchdogAction(watchdog.onConnectionUp(loop.nowNanos()));
    show();
    lifecycle.opened();
    tell(handler::onOpen);
    ByteBuf waiting = deferred;
    deferred = null;
    if (waiting != null) {
      while (waiting.isReadable() && serving) {
        int length = Header.messageLength(waiting, waiting.readerIndex());
        onMessage(waiting, waiting.readerIndex(), length);
        waiting.skipBytes(length);
      }
      waiting.release();
      read(Objects.requireNonNull(channel).isWritable());
    }
  }

  private void sendDpr() {
    ByteBuf out = outbound.reserve(answerBytes());
    BaseMessages.writeDpr(out, node, stopCause, nextHopByHopId++, EndToEndIds.next());
    announced = stopCause;
  }

  private void watchdogAction(Watchdog.Action action) {
    switch (action) {
      case NOTHING -> {}
      case SEND_DWR -> {
        dwrHopByHopId = nextHopByHopId++;
        BaseMessages.writeDwr(
            outbound.reserve(answerBytes()), node, dwrHopByHopId, EndToEndIds.next());
      }
      case CLOSE -> close(settings.maxWatchdogFailures() + " watchdogs in a row not answered");
    }
    show();
    timerBy(watchdog.deadlineNanos(handler.pendingSinceNanos()));
  }

  private void show() {
    boolean open = state instanceof Open;
    PeerState next =
        switch (state) {
          case WaitConnAck _, WaitCer _ -> PeerState.CONNECTING;
          case WaitCea _ -> PeerState.CER_SENT;
          case WaitAdmission _ -> PeerState.CER_RECEIVED;
          case Open _ -> dialled && watchdog.isPending() ? PeerState.DWR_SENT : PeerState.OPEN;
          case Closing _ -> PeerState.CLOSING;
          case Closed _ -> PeerState.DISCONNECTED;
        };
    Readiness nowReady = open ? readinessOfOpen() : Readiness.NONE;
    boolean changed = next != shown || nowReady != readiness;
    shown = next;
    readiness = nowReady;
    if (changed) {
      tell(handler::onStateChange);
    }
  }

  private Readiness readinessOfOpen() {
    return switch (watchdog.health()) {
      case INITIAL, DOWN -> Readiness.NONE; // not open yet
      case OKAY -> watchdog.isProven() ? Readiness.READY : Readiness.ON_TRIAL;
      case REOPEN -> Readiness.REOPENING;
      case SUSPECT -> watchdog.isUnresponsive() ? Readiness.UNRESPONSIVE : Readiness.SUSPECT;
    };
  }

  // ------------------------------------------------------------------ time

  /** {@code count} messages were handed to the socket; see {@link Outbound#flush}. */
  void onFlushed(int count, long firstNanos, boolean blocked) {
    long now = loop.clockNanos();
    messagesSent += count;
    if (count > 0) {
      try {
        handler.onFlushed(count, firstNanos, now);
      } catch (RuntimeException defect) {
        onDefect(defect);
      }
    }
    if (blocked && !(state instanceof Closed)) {
      long backlog = outbound.backlogBytes();
      if (backlog > (long) SLOW_READER_FACTOR * settings.maxOutboundBytes()) {
        close("reads too slowly: " + backlog + " bytes wait for it");
      } else if (progressNanos == 0) {
        progressNanos = now;
        progress = outbound.progress();
        timerBy(now + settings.writeTimeout().toNanos());
      }
    }
  }

  /** Has {@link #onTimer} called at {@code deadlineNanos} at the latest. */
  private void timerBy(long deadlineNanos) {
    if (deadlineNanos >= timerAtNanos || state instanceof Closed) {
      return;
    }
    if (timer != null) {
      timer.cancel(false);
    }
    timerAtNanos = deadlineNanos;
    long delay = Math.max(0, deadlineNanos - loop.clockNanos());
    timer = loop.eventLoop().schedule(this::onTimer, delay, TimeUnit.NANOSECONDS);
  }

  private void onTimer() {
    long now = loop.readClock();
    long late = now - timerAtNanos;
    timerAtNanos = NEVER;
    timer = null;
    if (state instanceof Closed) {
      return;
    }
    if (late > LATE_TIMER_NANOS
        && !excused) { // we were stopped or starved: read what waits in the sockets before judging
      // anybody
      excused = true; // once: a loop that is always late must judge all the same
      timerBy(now + LATE_TIMER_GRACE_NANOS);
      return;
    }
    excused = false;
    judge(now);
    if (!(state instanceof Closed)) {
      timerBy(nextDeadlineNanos(now));
    }
  }

  /**
   * Looks whether requests wait too long for this peer; the owner calls it while {@link
   * PeerHandler#pendingSinceNanos} says so.
   */
  public void checkStall(long nowNanos) {
    if (state instanceof Open) {
      watchdogAction(watchdog.onTimer(nowNanos, handler.pendingSinceNanos()));
    }
  }

  private void judge(long now) {
    if (now - stateSinceNanos >= stateLimitNanos()) {
      closeText = overdue();
      apply(new PeerStateMachine.Timeout());
    } else if (framer.inMessage()
        && isReading()
        && now - messageBegunNanos >= settings.readTimeout().toNanos()) {
      close("a message was not complete after " + text(settings.readTimeout()));
    } else if (writeStalled(now)) {
      close("took no bytes for " + text(settings.writeTimeout()));
    } else if (state instanceof Open) {
      checkStall(now);
    }
  }

  private boolean isReading() {
    return channel != null && channel.config().isAutoRead();
  }

  private boolean writeStalled(long now) {
    if (progressNanos == 0) {
      return false;
    }
    long seen = outbound.progress();
    if (outbound.backlogBytes() == 0) {
      progressNanos = 0;
    } else if (seen != progress) {
      progress = seen;
      progressNanos = now;
    }
    return progressNanos != 0 && now - progressNanos >= settings.writeTimeout().toNanos();
  }

  private long nextDeadlineNanos(long now) {
    long next = now + TimeUnit.SECONDS.toNanos(3600);
    if (stateLimitNanos() != NEVER) {
      next = Math.min(next, stateSinceNanos + stateLimitNanos());
    }
    if (framer.inMessage() && isReading()) {
      next = Math.min(next, messageBegunNanos + settings.readTimeout().toNanos());
    }
    if (progressNanos != 0) {
      long timeout = settings.writeTimeout().toNanos(); // progress is only seen by looking
      next = Math.min(next, Math.min(progressNanos + timeout, now + timeout / 4));
    }
    if (state instanceof Open) {
      next = Math.min(next, watchdog.deadlineNanos(handler.pendingSinceNanos()));
    }
    return next;
  }

  /** How long the present state may last. */
  private long stateLimitNanos() {
    return switch (state) {
      case WaitConnAck _ -> settings.connectTimeout().toNanos() * 2;
      case WaitCer _, WaitCea _, WaitAdmission _ -> settings.capabilitiesTimeout().toNanos();
      case Closing _ -> inputClosed ? INPUT_CLOSED_NANOS : settings.disconnectTimeout().toNanos();
      case Open _, Closed _ -> NEVER;
    };
  }

  private String overdue() {
    return switch (state) {
      case WaitConnAck _ -> "TCP connect timed out";
      case WaitCer _ -> "no CER in " + text(settings.capabilitiesTimeout());
      case WaitCea _ -> "no CEA in " + text(settings.capabilitiesTimeout());
      case Closing _ -> announced == null ? "closing took too long" : closeText;
      default -> "timed out";
    };
  }

  // ------------------------------------------------------------------ the end

  /** Ends the connection with a TCP reset (RFC 6733 §2.1: the stream cannot be read any more). */
  private void reset(String why) {
    if (channel != null && channel.isOpen()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    close(why);
  }

  private void closeChannel() {
    Channel open = channel;
    if (open != null) {
      outbound.flush();
      open.close();
    }
  }

  private void tellClosed() {
    if (closedTold) {
      return;
    }
    closedTold = true;
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
    watchdog.onConnectionDown(announced != null);
    var reason = new CloseReason(closeText, announced);
    framer.close();
    if (deferred != null) {
      deferred.release();
      deferred = null;
    }
    tell(() -> handler.onClosed(reason));
    lifecycle.closed(reason);
  }

  private InetAddress localAddress() {
    SocketAddress local = Objects.requireNonNull(channel).localAddress();
    return ((InetSocketAddress) local).getAddress();
  }

  private static String text(Duration duration) {
    return duration.toMillis() < 10_000 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
  }

  private static String text(@Nullable SocketAddress remote) {
    return remote instanceof InetSocketAddress a
        ? a.getAddress().getHostAddress() + ":" + a.getPort()
        : String.valueOf(remote);
  }

  @Override
  public String toString() {
    return "Peer[" + name() + " " + shown + " " + address + "]";
  }
}
