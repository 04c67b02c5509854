package io.diametergw.wire;

import io.netty.buffer.ByteBuf;

/**
 * The 20 bytes before the AVPs of a message (RFC 6733 §3), read and patched in place.
 *
 * <p>Every method takes the buffer and the index of the message's first byte in it. None checks
 * that the header is there: the {@link Framer} has done so.
 */
public final class Header {
  /** Length of the header in bytes, and of the shortest message. */
  public static final int LENGTH = 20;

  /** The only protocol version there is. */
  public static final int VERSION = 1;

  /** R: the message is a request. */
  public static final int REQUEST = 0x80;

  /** P: the message may be proxied, relayed or redirected. */
  public static final int PROXIABLE = 0x40;

  /** E: the message carries a protocol error. */
  public static final int ERROR = 0x20;

  /** T: the message may have been sent before. */
  public static final int RETRANSMITTED = 0x10;

  /** The four bits that are sent as 0 and ignored on receipt. */
  public static final int RESERVED_FLAGS = 0x0F;

  /** The largest value that the 24-bit Message Length holds, rounded down to a multiple of four. */
  public static final int MAX_MESSAGE_LENGTH = 0xFFFFFC;

  private static final int FLAGS_AT = 4;
  private static final int APPLICATION_ID_AT = 8;
  private static final int HOP_BY_HOP_AT = 12;
  private static final int END_TO_END_AT = 16;
  private static final int MASK_24 = 0xFFFFFF;

  private Header() {}

  public static int version(ByteBuf buf, int at) {
    return buf.getUnsignedByte(at);
  }

  /** Message Length in bytes, header included: 0 to 16,777,215 as sent, whether legal or not. */
  public static int messageLength(ByteBuf buf, int at) {
    return buf.getInt(at) & MASK_24;
  }

  /**
   * The command flags: {@link #REQUEST}, {@link #PROXIABLE}, {@link #ERROR}, {@link #RETRANSMITTED}
   * and the reserved ones.
   */
  public static int flags(ByteBuf buf, int at) {
    return buf.getUnsignedByte(at + FLAGS_AT);
  }

  public static boolean isRequest(ByteBuf buf, int at) {
    return buf.getByte(at + FLAGS_AT) < 0; // R is the sign bit
  }

  /** Command Code: 0 to 16,777,215. */
  public static int commandCode(ByteBuf buf, int at) {
    return buf.getInt(at + FLAGS_AT) & MASK_24;
  }

  /** Application-ID, an Unsigned32 in an int; 0xffffffff (Relay) is -1. */
  public static int applicationId(ByteBuf buf, int at) {
    return buf.getInt(at + APPLICATION_ID_AT);
  }

  /** Hop-by-Hop Identifier, an Unsigned32 in an int. */
  public static int hopByHopId(ByteBuf buf, int at) {
    return buf.getInt(at + HOP_BY_HOP_AT);
  }

  /** End-to-End Identifier, an Unsigned32 in an int. */
  public static int endToEndId(ByteBuf buf, int at) {
    return buf.getInt(at + END_TO_END_AT);
  }

  public static void patchMessageLength(ByteBuf buf, int at, int lengthBytes) {
    buf.setInt(at, VERSION << 24 | lengthBytes);
  }

  public static void patchFlags(ByteBuf buf, int at, int flags) {
    buf.setByte(at + FLAGS_AT, flags);
  }

  public static void patchHopByHopId(ByteBuf buf, int at, int hopByHopId) {
    buf.setInt(at + HOP_BY_HOP_AT, hopByHopId);
  }
}
