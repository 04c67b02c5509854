package io.diametergw.gateway.proxy;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.routing.Destination;
import io.diametergw.peer.ErrorAnswer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.Identity;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request where it lies: its header and the AVPs that routing needs, found in one walk (RFC 6733
 * §6.1.9: a relay reads nothing else).
 *
 * <p>One object per event loop, read into again for each request.
 */
final class Request implements Destination {
  private final Identity localHost;
  private final AvpCursor avps = new AvpCursor();

  private ByteBuf buf = Unpooled.EMPTY_BUFFER;
  private int at;
  private int length;
  private int flags;
  private int commandCode;
  private int applicationId;
  private int sessionIdAt;
  private int sessionIdLength;
  private long sessionHash; // 0: not needed yet
  private int destinationHostAt;
  private int destinationHostLength;
  private int destinationRealmAt;
  private int destinationRealmLength;
  private int routeRecords;
  private boolean loop;
  private int originalHopByHopId;
  private int originalFlags;
  private long receivedNanos;
  private int transmissions;
  private @Nullable Counter movedAs;
  private List<Leg> refusedBy =
      List.of(); // on other event loops, where that was found out too late
  private boolean metFull;
  private @Nullable ResultCode fault;
  private int faultAt;
  private String faultText = "";

  Request(Identity localHost) {
    this.localHost = localHost;
  }

  /**
   * Reads the request of {@code length} bytes at {@code at} of {@code buf}, as it has just come
   * from a peer.
   */
  void readReceived(ByteBuf buf, int at, int length, long nowNanos) {
    read(buf, at, length);
    originalHopByHopId = Header.hopByHopId(buf, at);
    originalFlags = flags;
    receivedNanos = nowNanos;
    transmissions = 0;
    movedAs = null;
  }

  /**
   * Reads the request that a transaction kept, with the flags that it came with; sent on, it counts
   * as a retry.
   */
  void readKept(Transaction kept) {
    read(kept.buf(), kept.at(), kept.originalLength());
    originalHopByHopId = kept.originalHopByHopId;
    originalFlags = kept.originalFlags;
    flags = kept.originalFlags;
    receivedNanos = kept.receivedNanos;
    transmissions = kept.transmissions;
    movedAs = Counter.RETRIED;
  }

  /**
   * Reads the request that a transaction kept, to send it to another than the peer that was lost.
   *
   * @param begun whether that peer may have it: then it is a retransmission, and T is set (RFC 6733
   *     §3)
   */
  void readLost(Transaction kept, boolean begun) {
    readKept(kept);
    movedAs = begun ? Counter.RETRANSMITTED : Counter.REROUTED;
    if (!begun) {
      transmissions--;
    }
    if (transmissions > 0) {
      flags |= Header.RETRANSMITTED;
    }
  }

  /** Reads the request that another event loop handed over with what it knows of it. */
  void readHandedOver(ByteBuf buf, int at, int length, Handover.Kept known) {
    read(buf, at, length);
    originalHopByHopId = known.originalHopByHopId();
    originalFlags = known.originalFlags();
    flags = known.flags();
    receivedNanos = known.receivedNanos();
    transmissions = known.transmissions();
    movedAs = known.movedAs();
    refusedBy = known.refusedBy();
    metFull = known.metFull();
  }

  /** What another event loop has to know of it beside its bytes. */
  Handover.Kept kept() {
    return new Handover.Kept(
        originalHopByHopId,
        originalFlags,
        flags,
        receivedNanos,
        transmissions,
        movedAs,
        refusedBy,
        metFull);
  }

  private void read(ByteBuf buf, int at, int length) {
    this.buf = buf;
    this.at = at;
    this.length = length;
    refusedBy = List.of();
    metFull = false;
    flags = Header.flags(buf, at);
    commandCode = Header.commandCode(buf, at);
    applicationId = Header.applicationId(buf, at);
    sessionIdAt = 0;
    sessionIdLength = 0;
    sessionHash = 0;
    destinationHostAt = 0;
    destinationRealmAt = 0;
    routeRecords = 0;
    loop = false;
    fault = null;
    avps.over(buf, at + Header.LENGTH, at + length);
    while (avps.next()) {
      if (avps.hasVendorId()) {
        continue;
      }
      switch (avps.code()) {
        case AvpCode.SESSION_ID -> {
          if (sessionIdAt == 0) {
            sessionIdAt = avps.dataAt();
            sessionIdLength = avps.dataLength();
          }
        }
        case AvpCode.DESTINATION_HOST -> {
          once(destinationHostAt, "Destination-Host");
          destinationHostAt = avps.dataAt();
          destinationHostLength = avps.dataLength();
        }
        case AvpCode.DESTINATION_REALM -> {
          once(destinationRealmAt, "Destination-Realm");
          destinationRealmAt = avps.dataAt();
          destinationRealmLength = avps.dataLength();
        }
        case AvpCode.ROUTE_RECORD -> {
          routeRecords++;
          loop |= avps.identityEquals(localHost);
        }
        default -> {}
      }
    }
    if (avps.malformed()) {
      fault(ResultCode.INVALID_AVP_LENGTH, avps.fault());
    }
  }

  /** Routing by either of two would let a request slip past the policy for the other. */
  private void once(int seenAt, String name) {
    if (seenAt != 0) {
      fault(ResultCode.AVP_OCCURS_TOO_MANY_TIMES, name + " occurs twice");
    } else if (avps.dataLength() == 0) {
      fault(ResultCode.INVALID_AVP_VALUE, name + " is empty");
    }
  }

  private void fault(ResultCode code, String text) {
    if (fault == null) { // only the first error is reported (RFC 6733 §7)
      fault = code;
      faultAt = avps.at();
      faultText = text;
    }
  }

  /** What is wrong with it, or null. */
  @Nullable ResultCode fault() {
    return fault;
  }

  String faultText() {
    return faultText;
  }

  /** The AVP that is wrong, for Failed-AVP. */
  byte[] failedAvp() {
    if (fault == ResultCode.INVALID_AVP_LENGTH) {
      return ErrorAnswer.malformedAvp(buf, faultAt, at + length);
    }
    avps.over(buf, faultAt, at + length).next();
    return ErrorAnswer.copyOf(buf, avps);
  }

  int at() {
    return at;
  }

  int length() {
    return length;
  }

  /** The command flags to send it with, reserved bits still in. */
  int flags() {
    return flags;
  }

  /** The command flags that it came with. */
  int originalFlags() {
    return originalFlags;
  }

  /** The Hop-by-Hop Identifier that it came with. */
  int originalHopByHopId() {
    return originalHopByHopId;
  }

  /** When it came, in {@link System#nanoTime}. */
  long receivedNanos() {
    return receivedNanos;
  }

  /**
   * What it counts as when it is sent on: null for the first time, else why it leaves the peer that
   * had it before.
   */
  @Nullable Counter movedAs() {
    return movedAs;
  }

  /** A connection of another event loop, to which it was handed over, would not take it. */
  void wasRefusedBy(Leg leg, boolean full) {
    var more = new ArrayList<>(refusedBy);
    more.add(leg);
    refusedBy = more;
    metFull |= full;
  }

  /** Whether this connection need not be asked again. */
  boolean isRefusedBy(Leg leg) {
    return !refusedBy.isEmpty() && refusedBy.contains(leg);
  }

  /** Whether one of those that refused it only has too much to do. */
  boolean hasMetFull() {
    return metFull;
  }

  /** How often it has been sent so far. */
  int transmissions() {
    return transmissions;
  }

  boolean isProxiable() {
    return (flags & Header.PROXIABLE) != 0;
  }

  int commandCode() {
    return commandCode;
  }

  /**
   * Whether a Route-Record is the gateway's own identity: the request has been here (RFC 6733
   * §6.1.3).
   */
  boolean isLoop() {
    return loop;
  }

  /**
   * Whether it is for the gateway itself: Destination-Host names it, or nothing says where else it
   * should go (RFC 6733 §6.1.4).
   */
  boolean isLocal() {
    return hasDestinationHost()
        ? localHost.matches(buf, destinationHostAt, destinationHostLength)
        : !hasDestinationRealm();
  }

  @Override
  public int applicationId() {
    return applicationId;
  }

  @Override
  public ByteBuf buf() {
    return buf;
  }

  @Override
  public boolean hasDestinationHost() {
    return destinationHostAt != 0;
  }

  @Override
  public int destinationHostAt() {
    return destinationHostAt;
  }

  @Override
  public int destinationHostLength() {
    return destinationHostLength;
  }

  @Override
  public boolean hasDestinationRealm() {
    return destinationRealmAt != 0;
  }

  @Override
  public int destinationRealmAt() {
    return destinationRealmAt;
  }

  @Override
  public int destinationRealmLength() {
    return destinationRealmLength;
  }

  @Override
  public boolean isDestinationRealm(Identity realm) {
    return hasDestinationRealm() && realm.matches(buf, destinationRealmAt, destinationRealmLength);
  }

  @Override
  public long sessionHash() {
    if (sessionHash == 0 && sessionIdAt != 0) {
      sessionHash = SessionHash.of(buf, sessionIdAt, sessionIdLength);
    }
    return sessionHash;
  }

  @Override
  public boolean hasPassed(Identity identity) {
    if (routeRecords == 0) {
      return false;
    }
    avps.over(buf, at + Header.LENGTH, at + length);
    while (avps.next()) {
      if (avps.is(AvpCode.ROUTE_RECORD) && avps.identityEquals(identity)) {
        return true;
      }
    }
    return false;
  }
}
