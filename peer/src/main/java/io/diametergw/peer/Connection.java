package io.diametergw.peer;

import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An open connection of a {@link DiameterNode}: sends requests and waits for their answers.
 *
 * <p>Its methods may be called from any thread and do not block. What is pending is confined to the
 * connection's event loop.
 */
public final class Connection {
  private final DiameterNode node;
  private final Peer peer;
  private final DiameterNode.@Nullable Link link;
  private final PeerHandler events = new Events();
  private final Map<Integer, Pending> pending = new HashMap<>();
  private final AvpCursor avps = new AvpCursor();
  private int nextHopByHopId = ThreadLocalRandom.current().nextInt();
  private int handling; // requests whose answer the node's handler has not given yet
  private long pendingSinceNanos = Long.MIN_VALUE;

  private record Pending(
      Message request, CompletableFuture<Message> answer, ScheduledFuture<?> timeout) {}

  /**
   * @param link whose connection it is, or null when the peer has dialled
   */
  Connection(DiameterNode node, Peer peer, DiameterNode.@Nullable Link link) {
    this.node = node;
    this.peer = peer;
    this.link = link;
  }

  /** What the peer has told of itself. */
  public Capabilities capabilities() {
    return Objects.requireNonNull(peer.capabilities());
  }

  /**
   * Whether the peer takes requests: the connection is open and the watchdog content (RFC 3539,
   * OKAY).
   */
  public boolean isUsable() {
    return peer.isUsable();
  }

  /** As {@link #send(Message, Duration)} with the node's request timeout. */
  public CompletableFuture<Message> send(Message request) {
    return send(request, node.requestTimeout());
  }

  /**
   * Sends a request, with a Hop-by-Hop Identifier of this connection's choice (RFC 6733 §3).
   *
   * @return the answer, whatever its Result-Code; completed on a virtual thread. It fails with
   *     {@link TimeoutException} when none comes in time, and with {@link IOException} when the
   *     connection is or gets lost, when the answer is malformed, and at once when too many
   *     requests are pending
   * @throws IllegalArgumentException when it is an answer
   */
  public CompletableFuture<Message> send(Message request, Duration timeout) {
    if (!request.isRequest()) {
      throw new IllegalArgumentException("not a request: " + request);
    }
    Message whole = request.completed(node.self());
    var answer = new CompletableFuture<Message>();
    try {
      peer.loop().execute(() -> begin(whole, answer, timeout.toNanos()));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(new IOException("node is closed", e));
    }
    return answer;
  }

  /** Disconnects with DPR (RFC 6733 §5.4). */
  public void disconnect(DisconnectCause cause) {
    peer.disconnect(cause);
  }

  PeerHandler events() {
    return events;
  }

  private void begin(Message request, CompletableFuture<Message> answer, long timeoutNanos) {
    if (!peer.isServing() || peer.isClosing()) {
      fail(answer, new IOException("not connected to " + peer.name()));
      return;
    }
    if (pending.size() >= node.maxPending() || peer.outbound().isFull()) {
      fail(answer, new IOException("too many requests are pending at " + peer.name()));
      return;
    }
    int hopByHopId = nextHopByHopId++; // cannot meet a pending one: there are far fewer than 2^32
    ScheduledFuture<?> timeout =
        peer.loop()
            .eventLoop()
            .schedule(() -> expire(hopByHopId), timeoutNanos, TimeUnit.NANOSECONDS);
    pending.put(hopByHopId, new Pending(request, answer, timeout));
    request.writeTo(peer.outbound().reserve(request.length()), hopByHopId);
    if (pending.size() == 1) {
      pendingSinceNanos = System.nanoTime();
      peer.checkStall(pendingSinceNanos);
    }
  }

  private void expire(int hopByHopId) {
    Pending expired = remove(hopByHopId);
    if (expired != null) {
      fail(expired.answer, new TimeoutException("no answer from " + peer.name()));
    }
  }

  private @Nullable Pending remove(int hopByHopId) {
    Pending removed = pending.remove(hopByHopId);
    if (pending.isEmpty()) {
      pendingSinceNanos = Long.MIN_VALUE;
    }
    return removed;
  }

  private void fail(CompletableFuture<Message> answer, Exception why) {
    node.run(() -> answer.completeExceptionally(why));
  }

  private boolean malformed(ByteBuf buf, int at) {
    avps.overMessage(buf, at);
    boolean more = true;
    while (more) {
      more = avps.next();
    }
    return avps.malformed();
  }

  /** Runs the node's handler for one request on a virtual thread. */
  private void handle(Message request) {
    CompletionStage<Message> answer;
    try {
      answer = node.handler().onRequest(this, request);
    } catch (Exception e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenComplete((message, fault) -> {
      Message reply = replyTo(request, message, fault);
      try {
        peer.loop().execute(() -> answered(reply));
      } catch (RejectedExecutionException e) {
        return; // the node was closed meanwhile
      }
    });
  }

  private Message replyTo(Message request, @Nullable Message answer, @Nullable Throwable fault) {
    if (fault == null
        && answer != null
        && !answer.isRequest()
        && answer.commandCode() == request.commandCode()
        && answer.endToEndId() == request.endToEndId()
        && answer.hopByHopId() == request.hopByHopId()) {
      return answer.completed(node.self());
    }
    events.onDefect(
        fault != null ? fault : new IllegalStateException("handler did not answer " + request));
    return request
        .answer(ResultCode.UNABLE_TO_COMPLY)
        .flags(request.flags() & Header.PROXIABLE | Header.ERROR)
        .build()
        .completed(node.self());
  }

  private void answered(Message reply) {
    handling--;
    if (peer.isServing()) {
      reply.writeTo(peer.outbound().reserve(reply.length()), reply.hopByHopId());
    }
    if (handling == 0) {
      peer.settled();
    }
  }

  private final class Events implements PeerHandler {
    @Override
    public void onOpen() {
      node.opened(Connection.this, link);
    }

    @Override
    public void onRequest(ByteBuf buf, int at, int length) {
      if (malformed(buf, at)) {
        byte[] failed = ErrorAnswer.malformedAvp(buf, avps.at(), at + length);
        refuse(buf, at, ResultCode.INVALID_AVP_LENGTH, avps.fault(), failed);
      } else if (peer.isClosing()) {
        refuse(buf, at, ResultCode.UNABLE_TO_DELIVER, "disconnecting", null);
      } else if (handling >= node.maxPending()) {
        refuse(buf, at, ResultCode.TOO_BUSY, "too many requests", null);
      } else {
        handling++;
        Message request = Message.copyOf(buf, at, length);
        node.run(() -> handle(request));
      }
    }

    private void refuse(
        ByteBuf buf, int at, ResultCode code, String text, byte @Nullable [] failed) {
      ByteBuf out =
          peer.outbound().reserve(Header.messageLength(buf, at) + ErrorAnswer.MAX_ADDED_BYTES);
      ErrorAnswer.write(out, node.self(), avps, buf, at, code, text, failed);
    }

    @Override
    public void onAnswer(ByteBuf buf, int at, int length) {
      int hopByHopId = Header.hopByHopId(buf, at);
      Pending waiting = pending.get(hopByHopId);
      if (waiting == null
          || waiting.request.endToEndId() != Header.endToEndId(buf, at)
          || waiting.request.commandCode() != Header.commandCode(buf, at)) {
        return; // late, duplicate or foreign
      }
      remove(hopByHopId);
      peer.answered();
      waiting.timeout.cancel(false);
      if (malformed(buf, at)) {
        fail(waiting.answer, new IOException("answer is malformed: " + avps.fault()));
      } else {
        Message answer = Message.copyOf(buf, at, length);
        node.run(() -> waiting.answer.complete(answer));
      }
    }

    @Override
    public void onClosed(CloseReason reason) {
      for (Pending lost : pending.values()) {
        lost.timeout.cancel(false);
        fail(
            lost.answer,
            new IOException("connection to " + peer.name() + " lost: " + reason.text()));
      }
      pending.clear();
      pendingSinceNanos = Long.MIN_VALUE;
      node.closed(Connection.this, link);
    }

    @Override
    public boolean owesAnswers() {
      return handling > 0;
    }

    @Override
    public long pendingSinceNanos() {
      return pendingSinceNanos;
    }
  }

  @Override
  public String toString() {
    return peer.toString();
  }
}
