package io.diametergw.peer;

import static java.util.Objects.requireNonNull;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The owner of a connection in {@link ModelWorld}: does what the steps say, and looks after waiting
 * requests as the gateway does.
 */
final class ModelOwner implements PeerHandler {
  /** The End-to-End Identifier of requests that are answered later. */
  static final int HELD = 0x0E1D;

  private static final LocalNode NODE = Owner.node(Application.auth(4));

  private final Peer peer;
  private final Deque<Message> held = new ArrayDeque<>();
  private final Deque<Integer> asked = new ArrayDeque<>();
  private final List<Throwable> defects = new ArrayList<>();
  private @Nullable Admission admission;
  private long askedSinceNanos = Long.MIN_VALUE;
  private int nextHopByHopId = 0x0A000000;
  private boolean ticking;
  private int closed;

  ModelOwner(Peer peer) {
    this.peer = peer;
  }

  // ---------------------------------------------------------------- what the steps want

  Admission admission() {
    return requireNonNull(admission, "no CER was offered");
  }

  void ask() {
    int id = nextHopByHopId++;
    Message request = ScriptedPeer.ccr(id).build();
    request.writeTo(peer.outbound().reserve(request.length()), id);
    if (asked.isEmpty()) {
      askedSinceNanos = peer.loop().readClock();
    }
    asked.add(id);
    if (!ticking) {
      ticking = true;
      tickLater();
    }
  }

  int oldestAsked() {
    return requireNonNull(asked.peek(), "nothing asked");
  }

  void settle() {
    while (!held.isEmpty()) {
      answer(held.remove());
    }
    peer.settled();
  }

  List<Throwable> defects() {
    return defects;
  }

  int timesClosed() {
    return closed;
  }

  // ---------------------------------------------------------------- what the peer says

  @Override
  public void onCapabilities(Capabilities capabilities, Admission toGive) {
    admission = toGive;
  }

  @Override
  public void onRequest(ByteBuf buf, int at, int length) {
    Message request = Message.copyOf(buf, at, length);
    if (request.endToEndId() == HELD) {
      held.add(request);
    } else {
      answer(request);
    }
  }

  private void answer(Message request) {
    Message answer =
        request
            .answer(2001)
            .text(AvpCode.ORIGIN_HOST, NODE.originHost().name())
            .text(AvpCode.ORIGIN_REALM, NODE.originRealm().name())
            .build();
    answer.writeTo(peer.outbound().reserve(answer.length()), answer.hopByHopId());
  }

  @Override
  public void onAnswer(ByteBuf buf, int at, int length) {
    if (asked.remove(Header.hopByHopId(buf, at))) {
      peer.answered();
      askedSinceNanos = peer.loop().nowNanos();
    }
  }

  @Override
  public boolean owesAnswers() {
    return !held.isEmpty();
  }

  @Override
  public long pendingSinceNanos() {
    return asked.isEmpty() ? Long.MIN_VALUE : askedSinceNanos;
  }

  private void tickLater() {
    peer.loop().eventLoop().schedule(this::tick, WatchdogModel.TICK, TimeUnit.NANOSECONDS);
  }

  private void tick() {
    ticking = !asked.isEmpty() && closed == 0;
    if (ticking) {
      peer.checkStall(peer.loop().readClock());
      tickLater();
    }
  }

  @Override
  public void onClosed(CloseReason reason) {
    closed++;
    held.clear();
    asked.clear();
  }

  @Override
  public void onDefect(Throwable defect) {
    defects.add(defect);
  }
}
