package io.diametergw.lab;

import io.diametergw.wire.AvpCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One AVP of a {@link LabMessage}. Immutable. */
public final class LabAvp {
  private static final int MAX_PRINTED_BYTES = 32;

  private final int code;
  private final int flags;
  private final int vendorId;
  private final byte[] data;

  private LabAvp(int code, int flags, int vendorId, byte[] data) {
    this.code = code;
    this.flags = flags;
    this.vendorId = vendorId;
    this.data = data;
  }

  /** An AVP of these parts; {@code vendorId} counts only where {@code flags} has V. */
  public static LabAvp of(int code, int flags, int vendorId, byte[] data) {
    return new LabAvp(code, flags, vendorId, data.clone());
  }

  /** A UTF8String or DiameterIdentity of the base protocol, M set. */
  public static LabAvp text(int code, String value) {
    return new LabAvp(code, AvpCursor.MANDATORY, 0, value.getBytes(StandardCharsets.UTF_8));
  }

  /** An Unsigned32 or Enumerated of the base protocol, M set. */
  public static LabAvp unsigned32(int code, int value) {
    return new LabAvp(code, AvpCursor.MANDATORY, 0, Unpooled.copyInt(value).array());
  }

  static LabAvp at(ByteBuf buf, AvpCursor cursor) {
    return new LabAvp(
        cursor.code(),
        cursor.flags(),
        cursor.vendorId(),
        ByteBufUtil.getBytes(buf, cursor.dataAt(), cursor.dataLength()));
  }

  public int code() {
    return code;
  }

  /** The AVP flags, {@link AvpCursor#VENDOR} and {@link AvpCursor#MANDATORY} among them. */
  public int flags() {
    return flags;
  }

  /** The Vendor-ID, or 0 without one. */
  public int vendorId() {
    return vendorId;
  }

  /** The data without padding; a copy. */
  public byte[] data() {
    return data.clone();
  }

  /** The data as text. */
  public String text() {
    return new String(data, StandardCharsets.UTF_8);
  }

  /** The data as an Unsigned32 in an int. */
  public int unsigned32() {
    if (data.length != 4) {
      throw new AssertionError("expected 4 bytes but AVP " + this + " has " + data.length);
    }
    return Unpooled.wrappedBuffer(data).readInt();
  }

  /** The AVPs inside, when this one is Grouped; as far as they can be told apart. */
  public List<LabAvp> avps() {
    var members = new ArrayList<LabAvp>();
    var buf = Unpooled.wrappedBuffer(data);
    var cursor = new AvpCursor().over(buf, 0, data.length);
    while (cursor.next()) {
      members.add(at(buf, cursor));
    }
    return List.copyOf(members);
  }

  /** The first AVP inside with this code, whatever its vendor; null when there is none. */
  public @Nullable LabAvp avp(int code) {
    return avps().stream().filter(avp -> avp.code == code).findFirst().orElse(null);
  }

  void writeTo(ByteBuf out) {
    boolean vendor = (flags & AvpCursor.VENDOR) != 0;
    int header = vendor ? AvpCursor.VENDOR_HEADER_LENGTH : AvpCursor.HEADER_LENGTH;
    out.writeInt(code).writeInt(flags << 24 | header + data.length);
    if (vendor) {
      out.writeInt(vendorId);
    }
    out.writeBytes(data).writeZero(-data.length & 3);
  }

  private boolean printable() {
    for (byte b : data) {
      if (b < ' ' || b > '~') {
        return false;
      }
    }
    return data.length > 0;
  }

  /**
   * {@code 264 "app0.example.com"}, {@code 10415/1405 0x00000022}: a code, and text where it is
   * text.
   */
  @Override
  public String toString() {
    String name =
        (vendorId == 0 ? "" : Integer.toUnsignedString(vendorId) + "/")
            + Integer.toUnsignedString(code);
    if (printable()) {
      return name + " \"" + text() + "\"";
    }
    int shown = Math.min(data.length, MAX_PRINTED_BYTES);
    return name
        + " 0x"
        + ByteBufUtil.hexDump(data, 0, shown)
        + (shown < data.length ? "... (" + data.length + " bytes)" : "");
  }
}
