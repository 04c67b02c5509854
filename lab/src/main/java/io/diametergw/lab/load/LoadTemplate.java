package io.diametergw.lab.load;

import io.diametergw.lab.LabAvp;
import io.diametergw.lab.Requests;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * One connection's request, made once; a copy differs in its identifiers and the last eight digits
 * of its Session-Id.
 */
final class LoadTemplate {
  private static final int CLASS = 25;
  private static final int DIGITS = 8;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private final ByteBuf message;
  private final int sessionAt;
  private final int sessionLength;

  LoadTemplate(LoadPlan plan, String originHost) {
    var requests = Requests.from(originHost, plan.originRealm(), plan.destinationRealm());
    var request = requests.first(plan.application(), requests.sessionId(0), "001010000000001");
    int missing = plan.sizeBytes() - request.lengthBytes() - AvpCursor.HEADER_LENGTH;
    if (missing > 0) {
      request = request.with(LabAvp.of(CLASS, AvpCursor.MANDATORY, 0, new byte[missing]));
    }
    this.message = Unpooled.wrappedBuffer(request.bytes());
    var cursor = new AvpCursor().overMessage(message, 0);
    while (cursor.next() && !cursor.is(AvpCode.SESSION_ID)) {}
    this.sessionAt = cursor.dataAt();
    this.sessionLength = cursor.dataLength();
  }

  int lengthBytes() {
    return message.capacity();
  }

  void append(ByteBuf out, int hopByHopId, int endToEndId, int session) {
    int at = out.writerIndex();
    out.writeBytes(message, 0, message.capacity());
    out.setInt(at + 12, hopByHopId);
    out.setInt(at + 16, endToEndId);
    int digit = at + sessionAt + sessionLength;
    for (int i = 0, rest = session; i < DIGITS; i++, rest >>>= 4) {
      out.setByte(--digit, HEX[rest & 15]);
    }
  }

  /**
   * Whether the AVP that {@code cursor} has reached in {@code buf} is the Session-Id of that
   * request.
   */
  boolean isSession(ByteBuf buf, AvpCursor cursor, int session) {
    int at = cursor.dataAt();
    if (cursor.dataLength() != sessionLength
        || !ByteBufUtil.equals(message, sessionAt, buf, at, sessionLength - DIGITS)) {
      return false;
    }
    int digit = at + sessionLength;
    for (int i = 0, rest = session; i < DIGITS; i++, rest >>>= 4) {
      if (buf.getByte(--digit) != HEX[rest & 15]) {
        return false;
      }
    }
    return true;
  }

  boolean isAnswerHeader(ByteBuf buf, int at) {
    return (Header.flags(buf, at) & ~Header.ERROR) == Header.PROXIABLE
        && Header.commandCode(buf, at) == Header.commandCode(message, 0)
        && Header.applicationId(buf, at) == Header.applicationId(message, 0);
  }
}
