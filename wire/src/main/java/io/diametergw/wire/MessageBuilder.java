package io.diametergw.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * Writes one message at the end of a buffer (RFC 6733 §3, §4): header, AVPs, padding, and at {@link
 * #end} the lengths.
 *
 * <p>AVPs of the base protocol only need their code and value. For the flags of RFC 6733 §4.5:
 * values are written with M set, except by the methods that take flags. Used by one thread.
 */
public final class MessageBuilder {
  private static final int IPV4_FAMILY = 1;
  private static final int IPV6_FAMILY = 2;
  private static final int[] NO_GROUPS = {};

  private final ByteBuf buf;
  private final int start;
  private int[] groups = NO_GROUPS; // where those begin that have not ended, outermost first
  private int depth;

  private MessageBuilder(ByteBuf buf) {
    this.buf = buf;
    this.start = buf.writerIndex();
  }

  /** Begins a message with these header fields at the writer index of {@code buf}. */
  public static MessageBuilder begin(
      ByteBuf buf, int flags, int commandCode, int applicationId, int hopByHopId, int endToEndId) {
    var builder = new MessageBuilder(buf);
    buf.writeInt(Header.VERSION << 24);
    buf.writeInt(flags << 24 | commandCode);
    buf.writeInt(applicationId);
    buf.writeInt(hopByHopId);
    buf.writeInt(endToEndId);
    return builder;
  }

  /** Writes an Unsigned32, Integer32 or Enumerated. */
  public MessageBuilder unsigned32(int code, int value) {
    header(code, AvpCursor.MANDATORY, 0, 4);
    buf.writeInt(value);
    return this;
  }

  /**
   * Writes an Unsigned32 with flags and vendor of the caller's choice; {@code vendorId} counts only
   * where V is set.
   */
  public MessageBuilder unsigned32(int code, int flags, int vendorId, int value) {
    header(code, flags, vendorId, 4);
    buf.writeInt(value);
    return this;
  }

  /** Writes an Unsigned64 or Integer64. */
  public MessageBuilder unsigned64(int code, int flags, int vendorId, long value) {
    header(code, flags, vendorId, 8);
    buf.writeLong(value);
    return this;
  }

  /** Writes a UTF8String, DiameterIdentity or DiameterURI. */
  public MessageBuilder text(int code, String value) {
    return text(code, AvpCursor.MANDATORY, 0, value);
  }

  /** Writes a UTF8String with flags and vendor of the caller's choice. */
  public MessageBuilder text(int code, int flags, int vendorId, String value) {
    header(code, flags, vendorId, ByteBufUtil.utf8Bytes(value));
    ByteBufUtil.writeUtf8(buf, value);
    return pad();
  }

  /** Writes a DiameterIdentity. */
  public MessageBuilder identity(int code, Identity value) {
    header(code, AvpCursor.MANDATORY, 0, value.lengthBytes());
    value.writeTo(buf);
    return pad();
  }

  /** Writes an OctetString with flags and vendor of the caller's choice. */
  public MessageBuilder octets(int code, int flags, int vendorId, byte[] value) {
    header(code, flags, vendorId, value.length);
    buf.writeBytes(value);
    return pad();
  }

  /** Writes an Address (RFC 6733 §4.3.1): the family, then 4 or 16 bytes. */
  public MessageBuilder address(int code, InetAddress address) {
    byte[] bytes = address.getAddress();
    header(code, AvpCursor.MANDATORY, 0, 2 + bytes.length);
    buf.writeShort(address instanceof Inet4Address ? IPV4_FAMILY : IPV6_FAMILY);
    buf.writeBytes(bytes);
    return pad();
  }

  /** Begins a Grouped AVP; what follows is its content until {@link #endGroup}. */
  public MessageBuilder group(int code) {
    return group(code, AvpCursor.MANDATORY, 0);
  }

  /** Begins a Grouped AVP with flags and vendor of the caller's choice. */
  public MessageBuilder group(int code, int flags, int vendorId) {
    if (depth == groups.length) {
      groups = Arrays.copyOf(groups, depth * 2 + 2);
    }
    groups[depth++] = buf.writerIndex();
    header(code, flags, vendorId, 0);
    return this;
  }

  /** Ends the Grouped AVP that was begun last. */
  public MessageBuilder endGroup() {
    int at = groups[--depth];
    int flags = buf.getUnsignedByte(at + 4);
    buf.setInt(at + 4, flags << 24 | buf.writerIndex() - at);
    return this;
  }

  /** Copies one AVP of {@code length} bytes, padding not counted, and pads it. */
  public MessageBuilder rawAvp(ByteBuf from, int at, int length) {
    buf.writeBytes(from, at, length);
    return pad();
  }

  /** Copies bytes that are whole AVPs, padding included, as they are. */
  public MessageBuilder raw(ByteBuf from, int at, int lengthBytes) {
    buf.writeBytes(from, at, lengthBytes);
    return this;
  }

  /** Copies bytes that are whole AVPs, padding included, as they are. */
  public MessageBuilder raw(byte[] avps) {
    buf.writeBytes(avps);
    return this;
  }

  /** Writes the Message Length into the header. Every group has been ended. */
  public ByteBuf end() {
    if (depth != 0) {
      throw new IllegalStateException(depth + " Grouped AVPs not ended");
    }
    Header.patchMessageLength(buf, start, buf.writerIndex() - start);
    return buf;
  }

  private void header(int code, int flags, int vendorId, int dataLength) {
    boolean vendor = (flags & AvpCursor.VENDOR) != 0;
    buf.writeInt(code);
    buf.writeInt(
        flags << 24
            | (vendor ? AvpCursor.VENDOR_HEADER_LENGTH : AvpCursor.HEADER_LENGTH) + dataLength);
    if (vendor) {
      buf.writeInt(vendorId);
    }
  }

  private MessageBuilder pad() {
    buf.writeZero(-(buf.writerIndex() - start) & 3);
    return this;
  }
}
