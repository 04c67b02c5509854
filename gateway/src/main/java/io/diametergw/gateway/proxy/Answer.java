package io.diametergw.gateway.proxy;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * An answer where it lies: identifiers, and what the gateway has to know before it passes the
 * answer on.
 *
 * <p>One object per event loop, read into again for each answer.
 */
final class Answer {
  private final AvpCursor avps = new AvpCursor();
  private ByteBuf buf = Unpooled.EMPTY_BUFFER;
  private int at;
  private int length;
  private int resultCode;
  private int resultCodes;
  private boolean experimental;
  private int sessionIdAt;
  private int sessionIdLength;

  /** Reads the answer of {@code length} bytes at {@code at} of {@code buf}. */
  void read(ByteBuf buf, int at, int length) {
    this.buf = buf;
    this.at = at;
    this.length = length;
    resultCode = 0;
    resultCodes = 0;
    experimental = false;
    sessionIdAt = 0;
    avps.over(buf, at + Header.LENGTH, at + length);
    while (avps.next()) {
      if (avps.hasVendorId()) {
        continue;
      }
      switch (avps.code()) {
        case AvpCode.RESULT_CODE -> {
          resultCodes++;
          resultCode = resultCodes == 1 && avps.dataLength() == 4 ? avps.unsigned32() : 0;
        }
        case AvpCode.SESSION_ID -> {
          if (sessionIdAt == 0) {
            sessionIdAt = avps.dataAt();
            sessionIdLength = avps.dataLength();
          }
        }
        case AvpCode.EXPERIMENTAL_RESULT -> experimental = true;
        default -> {}
      }
    }
  }

  ByteBuf buf() {
    return buf;
  }

  int at() {
    return at;
  }

  int length() {
    return length;
  }

  int hopByHopId() {
    return Header.hopByHopId(buf, at);
  }

  int endToEndId() {
    return Header.endToEndId(buf, at);
  }

  /** Result-Code, or 0 without a readable one; of two neither counts. */
  int resultCode() {
    return resultCode;
  }

  /** Whether it carries neither Result-Code nor Experimental-Result. */
  boolean isWithoutResult() {
    return resultCode == 0 && !experimental;
  }

  /** Whether its AVPs cannot be walked to the end. */
  boolean isMalformed() {
    return avps.malformed();
  }

  /** What is wrong when it {@link #isMalformed}. */
  String fault() {
    return avps.fault();
  }

  boolean hasSessionId() {
    return sessionIdAt != 0;
  }

  /** {@link SessionHash} of its Session-Id; only with one. */
  long sessionHash() {
    return SessionHash.of(buf, sessionIdAt, sessionIdLength);
  }
}
