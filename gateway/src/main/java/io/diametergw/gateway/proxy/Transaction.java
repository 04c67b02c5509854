package io.diametergw.gateway.proxy;

import io.diametergw.peer.Chunk;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request that was sent to a peer and waits for its answer.
 *
 * <p>A place in a {@link TransactionTable}, used for one transaction after another; confined to the
 * loop of the connection the request was sent on. The request itself is kept where it was written
 * for sending ({@link Chunk}), so that it can be sent again.
 */
final class Transaction {
  /** The Hop-by-Hop Identifier that we sent it with. */
  int hopByHopId;

  /** The End-to-End Identifier, which nobody changes. */
  int endToEndId;

  /** The Hop-by-Hop Identifier that it came with. */
  int originalHopByHopId;

  /** The command flags that it came with. */
  int originalFlags;

  /** Command Code and Application-ID of the header, which the answer has to repeat. */
  int commandCode;

  int applicationId;

  /** {@link SessionHash} of its Session-Id, which the answer has to repeat; 0 without one. */
  long sessionHash;

  /** Whether the place is taken. */
  boolean live;

  /** Whether it was moved here from a lost peer, and so is older than its neighbours. */
  boolean moved;

  /** How often it has been sent. */
  int transmissions;

  /** Where it came from. */
  @Nullable Leg receivedFrom;

  /** When it was read, in {@link System#nanoTime}. */
  long receivedNanos;

  /** When it was sent on last. */
  long sentNanos;

  /** Where it lies in the stream to the peer: {@link io.diametergw.peer.Outbound#position}. */
  long position;

  private @Nullable Chunk chunk;
  private int at;
  private int length;
  private int routeRecordLength;

  /**
   * Keeps the request as it was written: {@code length} bytes at {@code at} of {@code chunk}, the
   * last of them the Route-Record.
   */
  void keep(Chunk chunk, int at, int length, int routeRecordLength) {
    chunk.pin();
    this.chunk = chunk;
    this.at = at;
    this.length = length;
    this.routeRecordLength = routeRecordLength;
  }

  /** The buffer that the kept request lies in. */
  ByteBuf buf() {
    return Objects.requireNonNull(chunk).buf();
  }

  /** Index in {@link #buf} of the kept request. */
  int at() {
    return at;
  }

  /** Bytes of the kept request without the Route-Record that we appended. */
  int originalLength() {
    return length - routeRecordLength;
  }

  /** Bytes of the kept request as it was sent. */
  int length() {
    return length;
  }

  /** Who waits for the answer. */
  Leg requester() {
    return Objects.requireNonNull(receivedFrom);
  }

  /** Moves the kept bytes to another place, so that the chunk they lie in can go. */
  void moveTo(Chunk other, int otherAt) {
    other.pin();
    Objects.requireNonNull(chunk).unpin();
    chunk = other;
    at = otherAt;
  }

  Chunk chunk() {
    return Objects.requireNonNull(chunk);
  }

  /** Lets the kept request go. Called once for each {@link #keep}. */
  void forget() {
    Objects.requireNonNull(chunk).unpin();
    chunk = null;
    receivedFrom = null;
  }

  @Override
  public String toString() {
    return String.format(
        "command %d application %s end-to-end %08x",
        commandCode, Integer.toUnsignedString(applicationId), endToEndId);
  }
}
