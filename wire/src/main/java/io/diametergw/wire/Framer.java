package io.diametergw.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Splits a TCP stream into messages (RFC 6733 §2.1), whatever the segments it comes in.
 *
 * <p>Whole messages are handed on where they lie in the read buffer. Only a message that one read
 * began and another ends is copied, into a buffer that grows with what has arrived, never with what
 * was announced. Confined to one thread.
 */
public final class Framer implements AutoCloseable {
  private static final int FIRST_CARRY_BYTES = 512;

  private final ByteBufAllocator allocator;
  private final int maxMessageLength;
  private @Nullable ByteBuf carry;

  /** Where the messages go. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes one whole message: {@code length} bytes at {@code at} of {@code buf}, valid during the
     * call.
     *
     * @return false to leave everything that follows unread, as when the connection was just closed
     */
    boolean onMessage(ByteBuf buf, int at, int length);
  }

  /**
   * @param allocator gives the buffer that holds a message until it is whole
   * @param maxMessageLength the longest message accepted, in bytes: {@value Header#LENGTH} to
   *     {@link Header#MAX_MESSAGE_LENGTH}
   */
  public Framer(ByteBufAllocator allocator, int maxMessageLength) {
    this.allocator = allocator;
    this.maxMessageLength = maxMessageLength;
  }

  /**
   * Hands on every message that {@code in} completes; keeps what follows the last. {@code in} stays
   * the caller's to release.
   *
   * @throws FramingException on a length below 20, above the limit, or not a multiple of four;
   *     nothing can be read after that
   */
  public void read(ByteBuf in, Sink sink) throws FramingException {
    if (carry != null && !completeCarried(in, carry, sink)) {
      return;
    }
    int at = in.readerIndex();
    int end = in.writerIndex();
    while (end - at >= 4) {
      int length = checkedLength(in.getInt(at));
      if (length > end - at) {
        break;
      }
      if (!sink.onMessage(in, at, length)) {
        in.readerIndex(end);
        return;
      }
      at += length;
    }
    in.readerIndex(at);
    if (at < end) {
      carry = allocator.buffer(Math.max(FIRST_CARRY_BYTES, end - at)).writeBytes(in);
    }
  }

  /** Whether a message has begun and not ended. */
  public boolean inMessage() {
    return carry != null;
  }

  /** Bytes that wait for the rest of their message. */
  public int carriedBytes() {
    return carry == null ? 0 : carry.readableBytes();
  }

  /** True when the carried message was completed and reading may go on. */
  private boolean completeCarried(ByteBuf in, ByteBuf carried, Sink sink) throws FramingException {
    int missing = 4 - carried.readableBytes();
    if (missing > 0) {
      carried.writeBytes(in, Math.min(missing, in.readableBytes()));
      if (carried.readableBytes() < 4) {
        return false;
      }
    }
    int length = checkedLength(carried.getInt(carried.readerIndex()));
    carried.writeBytes(in, Math.min(length - carried.readableBytes(), in.readableBytes()));
    if (carried.readableBytes() < length) {
      return false;
    }
    carry = null;
    try {
      return sink.onMessage(carried, carried.readerIndex(), length);
    } finally {
      carried.release();
    }
  }

  private int checkedLength(int firstWord) throws FramingException {
    int length = firstWord & 0xFFFFFF;
    if (length < Header.LENGTH || length > maxMessageLength || (length & 3) != 0) {
      throw new FramingException(fault(firstWord, length));
    }
    return length;
  }

  private String fault(int firstWord, int length) {
    String looksLike =
        switch (firstWord) {
          case 0x47455420, 0x504F5354, 0x48454144, 0x50555420 ->
              "; it looks like HTTP"; // "GET ", "POST", "HEAD", "PUT "
          case 0x5353482D -> "; it looks like SSH"; // "SSH-"
          default -> firstWord >>> 16 == 0x1603 ? "; it looks like TLS" : "";
        };
    String expected =
        length < Header.LENGTH
            ? "at least " + Header.LENGTH
            : length > maxMessageLength ? "at most " + maxMessageLength : "a multiple of 4";
    return "expected Message Length " + expected + " but was " + length + looksLike;
  }

  /** Gives back what is kept of an unfinished message. */
  @Override
  public void close() {
    if (carry != null) {
      carry.release();
      carry = null;
    }
  }
}
