package io.diametergw.gateway.proxy;

import io.diametergw.gateway.metrics.Latency;
import io.diametergw.gateway.routing.PoolMember;
import io.diametergw.peer.Capabilities;
import io.diametergw.peer.Chunk;
import io.diametergw.peer.DisconnectCause;
import io.diametergw.peer.Outbound;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerHandler;
import io.diametergw.peer.Readiness;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The proxy's side of one connection: what was sent to the peer and waits for its answer, and what
 * the peer waits for.
 *
 * <p>Confined to the connection's event loop, with that loop's {@link Proxy}. It is long because
 * three things meet at a connection's table: what enters it ({@link #forward}), what time does to
 * it ({@link #onTick}), and what the connection tells of itself ({@link PeerHandler}).
 */
public final class Leg implements PeerHandler {
  /**
   * What the configuration says of the peer.
   *
   * @param maxTimeouts so many requests in a row that are not answered in time make it unresponsive
   * @param trialNanos how long a peer that has failed may take for an answer before the request
   *     goes to another
   */
  public record Settings(
      boolean routeRecord,
      boolean forwardNonProxiable,
      int maxPending,
      int maxTimeouts,
      long trialNanos) {}

  /** What became of a request that was offered to a peer. */
  enum Outcome {
    ACCEPTED,
    /** It has as many requests waiting for an answer as it may. */
    FULL,
    /** It does not read as fast as it is written to. */
    CONGESTED,
    /** It was lost after the routes were made. */
    CLOSED
  }

  private static final byte[] NO_ROUTE_RECORD = {};
  private static final long COMPACT_FROM_BYTES = 1 << 20;
  private static final int COMPACT_CHUNK_BYTES = 1 << 16;
  private static final int SPARSE_FACTOR = 4;
  private static final long MOVE_AGAIN_MILLIS = 5;
  private static final long MOVE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long TRIM_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Proxy proxy;
  private final Peer peer;
  private final @Nullable PoolMember member; // null: a Logic App
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
  private long goneSinceNanos;
  private long trimmedNanos = System.nanoTime();
  private boolean moveLater; // some of its requests
  private Readiness readiness = Readiness.NONE;
  private int timeouts; // in a row, of requests sent after the latest one that was answered
  private long latestAnsweredSentNanos;
  private int expired; // at this tick
  private String firstExpired = "";
  private long pendingSinceNanos;
  private int lastApplicationId;
  private @Nullable Latency lastAnswerTimes;

  Leg(
      Proxy proxy,
      Peer peer,
      @Nullable PoolMember member,
      Settings settings,
      Map<Integer, Latency> answerTimes) {
    this.answerTimes = answerTimes;
    this.proxy = proxy;
    this.peer = peer;
    this.member = member;
    this.settings = settings;
    this.outbound = peer.outbound();
    this.latestAnsweredSentNanos = peer.loop().nowNanos() - 1;
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
    return member != null;
  }

  /** Its place in the pool of DRAs; null for a Logic App. */
  @Nullable PoolMember member() {
    return member;
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
    Readiness now = peer.readiness();
    if (now == Readiness.NONE || now == Readiness.SUSPECT) {
      return Outcome.CLOSED;
    }
    if (table.isFull() || proxy.isFull()) {
      return Outcome.FULL;
    }
    if (request.movedAs() == null ? outbound.isFull() : !hasRoomForMoved()) {
      return outbound.isOpen() ? Outcome.CONGESTED : Outcome.CLOSED;
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

  /**
   * Requests that move come by the thousand in one turn: they leave half of the room to new ones,
   * and go out before the turn ends.
   */
  private boolean hasRoomForMoved() {
    if (outbound.isHalfFull()) {
      outbound.flush();
    }
    return !outbound.isHalfFull();
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
    timeouts = 0;
    if (transaction.sentNanos - latestAnsweredSentNanos > 0) {
      latestAnsweredSentNanos = transaction.sentNanos;
    }
    peer.answered();
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
    if (isDra()) {
      judge(nowNanos);
    }
    if (nowNanos - trimmedNanos > TRIM_NANOS) {
      trimmedNanos = nowNanos;
      table.trim();
    }
    if (outbound.heldBytes() > Math.max(COMPACT_FROM_BYTES, SPARSE_FACTOR * keptBytes)) {
      compact();
    }
    if (!gone) {
      peer.checkStall(nowNanos);
    }
    return true;
  }

  /** Finds out that a DRA answers no requests, though it may answer watchdogs. */
  private void judge(long nowNanos) {
    switch (peer.readiness()) {
      case READY -> {
        if (timeouts >= settings.maxTimeouts()) {
          unresponsive(timeouts + " in a row were not answered in time");
        }
      }
      case ON_TRIAL -> {
        if (proxy.moveOverdue(this, nowNanos - settings.trialNanos())) {
          long millis = TimeUnit.NANOSECONDS.toMillis(settings.trialNanos());
          unresponsive("the first after its failure was not answered in " + millis + " ms");
        }
      }
      case UNRESPONSIVE -> proxy.moveOverdue(this, nowNanos - settings.trialNanos());
      case NONE, REOPENING, SUSPECT -> {}
    }
  }

  private void unresponsive(String why) {
    timeouts = 0;
    proxy.conductor().unresponsive(peer, why);
    peer.unresponsive();
  }

  private void expire(Transaction transaction) {
    boolean hadItAllTheTime = !transaction.moved;
    if (hadItAllTheTime && transaction.sentNanos - latestAnsweredSentNanos > 0) {
      timeouts++;
    }
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
    if (--inFlight == 0) {
      peer.settled();
    }
  }

  /** Whether answers cannot reach the peer any more. Any thread. */
  boolean isGone() {
    return gone;
  }

  /** Whether requests that this peer leaves may wait until another has room for them. */
  boolean mayWaitToMove() {
    return gone ? peer.loop().nowNanos() - goneSinceNanos < MOVE_NANOS : isSilent();
  }

  /** Some requests could not move yet; they try again in a moment. */
  void moveLater() {
    if (!moveLater) {
      moveLater = true;
      proxy.later(this, MOVE_AGAIN_MILLIS, this::moveOn);
    }
  }

  private void moveOn() {
    moveLater = false;
    if (gone) {
      proxy.moveLost(this);
    } else if (isSilent()) {
      proxy.onSuspect(this);
    }
  }

  private boolean isSilent() {
    Readiness now = peer.readiness();
    return now == Readiness.SUSPECT || now == Readiness.UNRESPONSIVE;
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
    if (member != null) {
      proxy.conductor().draOpened(peer, member);
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
    Readiness before = readiness;
    readiness = peer.readiness();
    if (isDra() && readiness != before && isSilent()) {
      proxy.onSuspect(this);
    }
  }

  @Override
  public void onDisconnectRequested(DisconnectCause cause) {
    proxy.onDisconnectRequested(this);
  }

  @Override
  public boolean owesAnswers() {
    return inFlight > 0;
  }

  @Override
  public void onInputClosed() {
    proxy.moveLost(this);
  }

  @Override
  public void onBrokenStream(String fault) {
    proxy.onBrokenStream(this, fault);
  }

  @Override
  public void onClosed(CloseReason reason) {
    gone = true;
    goneSinceNanos = peer.loop().readClock();
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
