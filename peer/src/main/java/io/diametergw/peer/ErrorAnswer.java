package io.diametergw.peer;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answers that a node makes to requests it does not pass on (RFC 6733 §6.2, §7.2).
 *
 * <p>Same command, application and identifiers as the request; R and T clear; P as in the request;
 * Session-Id first if the request had one; every Proxy-Info of the request, in order and byte for
 * byte.
 */
public final class ErrorAnswer {
  /** An answer is at most this many bytes longer than its request. */
  public static final int MAX_ADDED_BYTES = 1024;

  private static final int MAX_ERROR_MESSAGE_BYTES = 128;

  /**
   * No answer grows by more than this because of its Error-Message, which is cut or left out (no
   * amplification).
   */
  private static final int MAX_GROWTH_BYTES = 256;

  private ErrorAnswer() {}

  /**
   * Writes the answer to the request at {@code at} of {@code request}, with the E bit (an
   * answer-message), which 4xxx alone must not have (RFC 6733 §7.1.4).
   *
   * @param out takes {@link #MAX_ADDED_BYTES} bytes more than the request has
   * @param cursor the caller's, for walking the request
   * @param text goes into Error-Message; cut at 128 bytes, and to what keeps the answer within 256
   *     bytes of its request
   * @param failedAvp one whole AVP for Failed-AVP, or null
   */
  public static void write(
      ByteBuf out,
      LocalNode node,
      AvpCursor cursor,
      ByteBuf request,
      int at,
      ResultCode code,
      String text,
      byte @Nullable [] failedAvp) {
    write(out, node, cursor, request, at, code, !code.isTransient(), text, failedAvp);
  }

  /**
   * As above; {@code errorBit} is clear for 4xxx and 5xxx in CEA, DWA and DPA, whose grammar is
   * known (RFC 6733 §7.1.5).
   */
  static void write(
      ByteBuf out,
      LocalNode node,
      AvpCursor cursor,
      ByteBuf request,
      int at,
      ResultCode code,
      boolean errorBit,
      String text,
      byte @Nullable [] failedAvp) {
    int flags = Header.flags(request, at) & Header.PROXIABLE | (errorBit ? Header.ERROR : 0);
    var answer =
        MessageBuilder.begin(
            out,
            flags,
            Header.commandCode(request, at),
            Header.applicationId(request, at),
            Header.hopByHopId(request, at),
            Header.endToEndId(request, at));
    int start = out.writerIndex() - Header.LENGTH;
    copy(answer, cursor.overMessage(request, at), request, AvpCode.SESSION_ID, true);
    answer.identity(AvpCode.ORIGIN_HOST, node.originHost());
    answer.identity(AvpCode.ORIGIN_REALM, node.originRealm());
    answer.unsigned32(AvpCode.RESULT_CODE, code.code());
    if (failedAvp != null) {
      answer.group(AvpCode.FAILED_AVP).raw(failedAvp).endGroup();
    }
    copy(answer, cursor.overMessage(request, at), request, AvpCode.PROXY_INFO, false);
    int written = out.writerIndex() - start;
    int left =
        Header.messageLength(request, at) + MAX_GROWTH_BYTES - written - AvpCursor.HEADER_LENGTH
            & ~3;
    String message = cut(text, Math.min(left, MAX_ERROR_MESSAGE_BYTES));
    if (!message.isEmpty()) {
      answer.text(AvpCode.ERROR_MESSAGE, 0, 0, message);
    }
    answer.end();
  }

  /**
   * The text, its end cut off between two characters where it takes more than {@code maxBytes} in
   * UTF-8.
   */
  private static String cut(String text, int maxBytes) {
    if (ByteBufUtil.utf8Bytes(text) <= maxBytes) { // nearly always: nothing is allocated
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int end = Math.max(0, maxBytes);
    while (end > 0 && (bytes[end] & 0xC0) == 0x80) { // inside a character
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  private static void copy(
      MessageBuilder answer, AvpCursor cursor, ByteBuf request, int code, boolean onlyFirst) {
    while (cursor.next()) {
      if (cursor.is(code)) {
        answer.rawAvp(request, cursor.at(), cursor.length());
        if (onlyFirst) {
          return;
        }
      }
    }
  }

  /**
   * The AVP for a Failed-AVP that reports the one the cursor stopped at as malformed: its header
   * and zeros up to a legal minimum (RFC 6733 §7.1.5, DIAMETER_INVALID_AVP_LENGTH).
   */
  public static byte[] malformedAvp(ByteBuf buf, int at, int end) {
    boolean vendor = end - at >= 5 && buf.getByte(at + 4) < 0;
    int length = vendor ? AvpCursor.VENDOR_HEADER_LENGTH : AvpCursor.HEADER_LENGTH;
    byte[] avp = new byte[length];
    buf.getBytes(at, avp, 0, Math.min(length, end - at));
    avp[5] = 0;
    avp[6] = 0;
    avp[7] = (byte) length;
    return avp;
  }

  /** A copy of the AVP that the cursor is at, padded. */
  public static byte[] copyOf(ByteBuf buf, AvpCursor cursor) {
    byte[] avp = new byte[cursor.length() + 3 & ~3];
    buf.getBytes(cursor.at(), avp, 0, cursor.length());
    return avp;
  }

  /**
   * An AVP of the base protocol with this code and {@code dataLength} zeros; M set, but for
   * Product-Name (RFC 6733 §4.5).
   */
  static byte[] emptyAvp(int code, int dataLength) {
    byte[] avp = new byte[AvpCursor.HEADER_LENGTH + dataLength + 3 & ~3];
    avp[2] = (byte) (code >> 8);
    avp[3] = (byte) code;
    avp[4] = code == AvpCode.PRODUCT_NAME ? 0 : (byte) AvpCursor.MANDATORY;
    avp[7] = (byte) (AvpCursor.HEADER_LENGTH + dataLength);
    return avp;
  }
}
