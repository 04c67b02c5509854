package io.diametergw.gateway.proxy;

import io.diametergw.gateway.metrics.Latency;
import io.diametergw.peer.Capabilities;
import io.diametergw.peer.Chunk;
import io.diametergw.peer.DisconnectCause;
import io.diametergw.peer.Outbound;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerHandler;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The proxy's side of one connection: what was sent to the peer and waits for its answer, and what
 * the peer waits for.
 *
 * <p>Confined to the connection's event loop, with that loop's {@link Proxy}.
 */
public final class Leg implements PeerHandler {
  /** What the configuration says of the peer. */
  public record Settings(
      Role role, boolean routeRecord, boolean forwardNonProxiable, int maxPending) {}

  /** On which side of the gateway the peer is. */
  public enum Role {
    LOGIC_APP,
    DRA
  }

  /** What became of a request that was offered to a peer. */
  enum Outcome {
    ACCEPTED,
    /** It has as many requests, or bytes, waiting as it may. */
    FULL,
    /** It was lost after the routes were made. */
    CLOSED
  }

  private static final byte[] NO_ROUTE_RECORD = {};
  private static final long COMPACT_FROM_BYTES = 1 << 20;
  private static final int COMPACT_CHUNK_BYTES = 1 << 16;
  private static final int SPARSE_FACTOR = 4;

  private final Proxy proxy;
  private final Peer peer;
  private final Settings settings;
  private final Outbound outbound;
  private final TransactionTable table;
  private final Map<Integer, Latency> answerTimes;
  private byte[] routeRecord = NO_ROUTE_RECORD;
  private int connectionId;
  private int inFlight;
  private long keptBytes; // of the requests in the table
  private boolean ticking;
  private volatile boolean gone;
  private int expired; // at this tick
  private String firstExpired = "";
  private long pendingSinceNanos;
  private int lastApplicationId;
  private @Nullable Latency lastAnswerTimes;

  Leg(Proxy proxy, Peer peer, Settings settings, Map<Integer, Latency> answerTimes) {
    this.answerTimes = answerTimes;
    this.proxy = proxy;
    this.peer = peer;
    this.settings = settings;
    this.outbound = peer.outbound();
    this.table = new TransactionTable(settings.maxPending(), ThreadLocalRandom.current().nextInt());
  }

  static Leg of(Peer peer) {
    return (Leg) peer.handler();
  }

  /** The peer at its end. Any thread. */
  public Peer peer() {
    return peer;
  }

  /** What the configuration says of it. Any thread. */
  public Settings settings() {
    return settings;
  }

  Proxy proxy() {
    return proxy;
  }

  boolean isDra() {
    return settings.role() == Role.DRA;
  }

  TransactionTable table() {
    return table;
  }

  /** Requests that wait for this peer's answer. Exact on the loop, a recent value elsewhere. */
  public int pending() {
    return table.pending();
  }

  /** The number by which session bindings know the connection; 0 before it is admitted. */
  int connectionId() {
    return connectionId;
  }

  void numbered(int id) {
    connectionId = id;
  }

  // ------------------------------------------------------------------ requests on their way to
  // this peer

  /** Sends a request on to this peer, unless that is not possible now (RFC 6733 §6.1.9). */
  Outcome forward(Leg from, Request request) {
    if (!peer.isUsable() && !peer.isReopening()) {
      return Outcome.CLOSED;
    }
    if (table.isFull() || outbound.isFull() || proxy.isFull()) {
      return Outcome.FULL;
    }
    byte[] record = settings.routeRecord() ? from.routeRecord : NO_ROUTE_RECORD;
    int length = request.length() + record.length;
    if (length > Header.MAX_MESSAGE_LENGTH) {
      return Outcome.FULL;
    }
    long position = outbound.position();
    ByteBuf out = outbound.reserve(length);
    int start = out.writerIndex();
    out.writeBytes(request.buf(), request.at(), request.length());
    out.writeBytes(record);

    Transaction transaction = table.begin();
    Header.patchMessageLength(out, start, length);
    Header.patchFlags(out, start, request.flags() & ~Header.RESERVED_FLAGS);
    Header.patchHopByHopId(out, start, transaction.hopByHopId);
    transaction.keep(outbound.chunk(), start, length, record.length);
    keptBytes += length;
    transaction.commandCode = request.commandCode();
    transaction.applicationId = request.applicationId();
    transaction.sessionHash = request.sessionHash();
    transaction.endToEndId = Header.endToEndId(out, start);
    transaction.originalHopByHopId = request.originalHopByHopId();
    transaction.originalFlags = request.originalFlags();
    transaction.receivedFrom = from;
    transaction.receivedNanos = request.receivedNanos();
    transaction.sentNanos = peer.loop().nowNanos();
    transaction.position = position;
    transaction.transmissions = request.transmissions() + 1;
    if (request.movedAs() != null) {
      table.markMoved(transaction);
    }
    if (table.pending() == 1) {
      pendingSinceNanos = transaction.sentNanos;
    }
    if (!ticking) {
      ticking = true;
      proxy.tick(this);
    }
    proxy.begun(this, transaction, out, start);
    return Outcome.ACCEPTED;
  }

  /** Notes how long the peer took. */
  void answered(Transaction transaction, long nowNanos) {
    int applicationId = transaction.applicationId;
    Latency times = lastAnswerTimes;
    if (times == null || applicationId != lastApplicationId) {
      times = answerTimes.computeIfAbsent(applicationId, _ -> new Latency());
      lastApplicationId = applicationId;
      lastAnswerTimes = times;
    }
    times.record(nowNanos - transaction.sentNanos, 1);
    pendingSinceNanos = nowNanos; // whoever waits still, waits since the peer was last heard
  }

  /** The request was taken out of the table and everything owed for it is done. */
  void end(Transaction transaction) {
    table.remove(transaction);
    keptBytes -= transaction.length();
    proxy.ended();
    transaction.forget();
  }

  /**
   * Called every now and then while requests wait; false when none does and no more calls are
   * wanted.
   */
  boolean onTick(long nowNanos, long sessionTimeoutNanos) {
    if (table.pending() == 0) {
      ticking = false;
      return false;
    }
    expired = 0;
    table.expire(nowNanos - sessionTimeoutNanos, this::expire);
    if (expired > 0) {
      proxy.logExpired(this, expired, firstExpired);
    }
    if (outbound.heldBytes() > Math.max(COMPACT_FROM_BYTES, SPARSE_FACTOR * keptBytes)) {
      compact();
    }
    if (!gone) {
      peer.checkStall(nowNanos);
    }
    return true;
  }

  private void expire(Transaction transaction) {
    if (expired++ == 0) {
      firstExpired = transaction.toString();
    }
    proxy.expired(this, transaction);
  }

  /** A few slow transactions must not keep all the memory that others passed through. */
  private void compact() {
    Chunk[] dense = {outbound.newChunk(COMPACT_CHUNK_BYTES)};
    table.forEach(t -> {
      if (t.chunk().isSealed()) {
        if (dense[0].buf().writableBytes() < t.length()) {
          dense[0].seal();
          dense[0] = outbound.newChunk(Math.max(COMPACT_CHUNK_BYTES, t.length()));
        }
        ByteBuf to = dense[0].buf();
        int at = to.writerIndex();
        to.writeBytes(t.buf(), t.at(), t.length());
        t.moveTo(dense[0], at);
      }
    });
    dense[0].seal();
  }

  // ------------------------------------------------------------------ answers on their way to this
  // peer

  /** A request of this peer was taken; it is owed an answer. */
  void owed() {
    inFlight++;
  }

  /** One request of this peer is settled. */
  void settled() {
    inFlight--;
  }

  /** Whether answers cannot reach the peer any more. Any thread. */
  boolean isGone() {
    return gone;
  }

  Outbound outbound() {
    return outbound;
  }

  // ------------------------------------------------------------------ what the connection tells

  @Override
  public void onCapabilities(Capabilities capabilities, Admission admission) {
    proxy.conductor().admit(peer, capabilities, admission, this::numbered);
  }

  @Override
  public void onOpen() {
    Capabilities known = Objects.requireNonNull(peer.capabilities());
    routeRecord = routeRecord(known.originHost().bytes());
    if (isDra()) {
      proxy.conductor().draOpened(peer);
    }
  }

  /**
   * The Route-Record that requests of this peer get: its identity as its CER said (RFC 6733
   * §6.7.1).
   */
  private static byte[] routeRecord(byte[] host) {
    int length = AvpCursor.HEADER_LENGTH + host.length;
    byte[] avp = new byte[length + 3 & ~3];
    avp[2] = (byte) (AvpCode.ROUTE_RECORD >> 8);
    avp[3] = (byte) AvpCode.ROUTE_RECORD;
    avp[4] = AvpCursor.MANDATORY;
    avp[6] = (byte) (length >> 8);
    avp[7] = (byte) length;
    System.arraycopy(host, 0, avp, AvpCursor.HEADER_LENGTH, host.length);
    return avp;
  }

  @Override
  public void onRequest(ByteBuf buf, int at, int length) {
    proxy.onRequest(this, buf, at, length);
  }

  @Override
  public void onAnswer(ByteBuf buf, int at, int length) {
    proxy.onAnswer(this, buf, at, length);
  }

  @Override
  public void onFlushed(int messages, long firstNanos, long nowNanos) {
    proxy.onFlushed(messages, firstNanos, nowNanos);
  }

  @Override
  public void onStateChange() {
    proxy.onStateChange(this);
  }

  @Override
  public void onDisconnectRequested(DisconnectCause cause) {
    proxy.onDisconnectRequested(this);
  }

  @Override
  public void onBrokenStream(String fault) {
    proxy.onBrokenStream(this, fault);
  }

  @Override
  public void onClosed(CloseReason reason) {
    gone = true;
    proxy.onClosed(this, inFlight, reason);
  }

  @Override
  public long pendingSinceNanos() {
    return table.pending() == 0 ? Long.MIN_VALUE : pendingSinceNanos;
  }

  @Override
  public void onDefect(Throwable defect) {
    proxy.onDefect(this, defect);
  }

  @Override
  public String toString() {
    String text = peer.toString();
    return text.substring(0, text.length() - 1)
        + " in-flight "
        + table.pending()
        + "/"
        + table.capacity()
        + "]";
  }
}
