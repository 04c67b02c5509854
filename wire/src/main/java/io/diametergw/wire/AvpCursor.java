package io.diametergw.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Walks the AVPs of a message or of a Grouped AVP in place (RFC 6733 §4.1), without an object per
 * AVP.
 *
 * <p>A cursor is used again for one message after another by one thread. {@link #next} returns
 * false at the end and at the first AVP whose length cannot be true; {@link #malformed} tells the
 * two apart. The accessors speak of the AVP that {@code next} last reached.
 */
public final class AvpCursor {
  /** Bytes of an AVP header without Vendor-ID. */
  public static final int HEADER_LENGTH = 8;

  /** Bytes of an AVP header with Vendor-ID. */
  public static final int VENDOR_HEADER_LENGTH = 12;

  /** V: a Vendor-ID follows the length. */
  public static final int VENDOR = 0x80;

  /** M: a receiver that does not know the AVP must not ignore it. */
  public static final int MANDATORY = 0x40;

  private static final int MASK_24 = 0xFFFFFF;

  private ByteBuf buf = io.netty.buffer.Unpooled.EMPTY_BUFFER;
  private int end;
  private int nextAt;
  private int at;
  private int code;
  private int flagsAndLength;
  private boolean malformed;

  /**
   * Places the cursor before the first AVP of {@code buf[from, to)}.
   *
   * @return this cursor
   */
  public AvpCursor over(ByteBuf buf, int from, int to) {
    this.buf = buf;
    this.nextAt = from;
    this.at = from;
    this.end = to;
    this.malformed = false;
    return this;
  }

  /** Places the cursor before the first AVP of the message at {@code at} of {@code buf}. */
  public AvpCursor overMessage(ByteBuf buf, int at) {
    return over(buf, at + Header.LENGTH, at + Header.messageLength(buf, at));
  }

  /**
   * Places this cursor before the first AVP inside the Grouped AVP that {@code group} has reached.
   */
  public AvpCursor overGroup(AvpCursor group) {
    return over(group.buf, group.dataAt(), group.dataAt() + group.dataLength());
  }

  /** Moves to the next AVP. False at the end, and for good at an AVP that is malformed. */
  public boolean next() {
    int start = nextAt;
    int left = end - start;
    if (left < HEADER_LENGTH) {
      at = start;
      malformed = left != 0;
      return false;
    }
    long head = buf.getLong(start); // one bounds check for code, flags and length
    code = (int) (head >>> 32);
    flagsAndLength = (int) head;
    at = start;
    int length = flagsAndLength & MASK_24;
    int header = flagsAndLength < 0 ? VENDOR_HEADER_LENGTH : HEADER_LENGTH; // V is the sign bit
    if (length < header || length > left) {
      malformed = true;
      nextAt = start;
      return false;
    }
    int padded = length + 3 & ~3;
    nextAt =
        padded > left
            ? end
            : start + padded; // a Grouped AVP's last member may come without its padding
    return true;
  }

  /**
   * Whether {@link #next} stopped before the end, at byte {@link #at}, because no AVP can stand
   * there.
   */
  public boolean malformed() {
    return malformed;
  }

  /** What is wrong at {@link #at}, in words, when {@link #malformed}. */
  public String fault() {
    int left = end - at;
    if (left < HEADER_LENGTH) {
      return "expected an AVP header of 8 bytes but only " + left + " are left";
    }
    int header = flagsAndLength < 0 ? VENDOR_HEADER_LENGTH : HEADER_LENGTH;
    return length() < header
        ? "expected AVP length >= " + header + " but was " + length()
        : "expected AVP length <= " + left + " (what is left of the message) but was " + length();
  }

  /**
   * Index in the buffer of the AVP's first byte; when {@link #malformed}, of the bytes that are
   * wrong.
   */
  public int at() {
    return at;
  }

  /** AVP Code, an Unsigned32 in an int. */
  public int code() {
    return code;
  }

  /** The AVP flags. */
  public int flags() {
    return flagsAndLength >>> 24;
  }

  public boolean hasVendorId() {
    return flagsAndLength < 0;
  }

  /** The Vendor-ID, or 0 without one. */
  public int vendorId() {
    return hasVendorId() ? buf.getInt(at + HEADER_LENGTH) : 0;
  }

  /** Whether this is the AVP {@code code} of the base protocol, that is without a Vendor-ID. */
  public boolean is(int code) {
    return this.code == code && flagsAndLength >= 0;
  }

  /** AVP Length in bytes: header and data, without padding. */
  public int length() {
    return flagsAndLength & MASK_24;
  }

  /** Bytes that the AVP takes up, padding included. */
  public int paddedLength() {
    return Math.min(length() + 3 & ~3, end - at);
  }

  /** Index in the buffer of the first byte of the data. */
  public int dataAt() {
    return at + (hasVendorId() ? VENDOR_HEADER_LENGTH : HEADER_LENGTH);
  }

  /** Length of the data in bytes, without padding. */
  public int dataLength() {
    return length() - (hasVendorId() ? VENDOR_HEADER_LENGTH : HEADER_LENGTH);
  }

  /** The data as an Unsigned32 in an int. The caller has checked that {@link #dataLength} is 4. */
  public int unsigned32() {
    return buf.getInt(dataAt());
  }

  /** The data as text. Bytes that are not UTF-8 become U+FFFD. Allocates: not for the data path. */
  public String text() {
    return buf.toString(dataAt(), dataLength(), StandardCharsets.UTF_8);
  }

  /**
   * Whether the data is {@code identity}, ASCII letters compared without case as DiameterIdentity
   * is (RFC 6733 §4.3.1).
   */
  public boolean identityEquals(Identity identity) {
    return identity.matches(buf, dataAt(), dataLength());
  }
}
