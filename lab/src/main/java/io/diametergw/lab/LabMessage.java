package io.diametergw.lab;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One whole message as it is on the wire, with its parts readable by tests. Immutable; the {@code
 * with} methods make another.
 */
public final class LabMessage {
  private final byte[] bytes;
  private final ByteBuf buf;

  private LabMessage(byte[] bytes) {
    this.bytes = bytes;
    this.buf = Unpooled.wrappedBuffer(bytes);
  }

  /** The message of these bytes, header included; they are copied. */
  public static LabMessage of(byte[] bytes) {
    if (bytes.length < Header.LENGTH) {
      throw new IllegalArgumentException(
          "expected >= " + Header.LENGTH + " bytes but was " + bytes.length);
    }
    return new LabMessage(bytes.clone());
  }

  /** The message of these hexadecimal digits; white space between them is ignored. */
  public static LabMessage ofHex(String hex) {
    return of(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
  }

  /** A copy of the message at {@code at} of {@code buf}. */
  public static LabMessage copyOf(ByteBuf buf, int at) {
    return new LabMessage(ByteBufUtil.getBytes(buf, at, Header.messageLength(buf, at)));
  }

  /** The message's bytes; a copy. */
  public byte[] bytes() {
    return bytes.clone();
  }

  public int lengthBytes() {
    return bytes.length;
  }

  /** Appends the message's bytes to {@code out}. */
  public void writeTo(ByteBuf out) {
    out.writeBytes(bytes);
  }

  public int version() {
    return Header.version(buf, 0);
  }

  /** The command flags, see {@link Header}. */
  public int flags() {
    return Header.flags(buf, 0);
  }

  public boolean isRequest() {
    return Header.isRequest(buf, 0);
  }

  /** E: the message carries a protocol error. */
  public boolean isError() {
    return (flags() & Header.ERROR) != 0;
  }

  /** T: the message may have been sent before. */
  public boolean isRetransmitted() {
    return (flags() & Header.RETRANSMITTED) != 0;
  }

  public boolean isProxiable() {
    return (flags() & Header.PROXIABLE) != 0;
  }

  public int commandCode() {
    return Header.commandCode(buf, 0);
  }

  public int applicationId() {
    return Header.applicationId(buf, 0);
  }

  public int hopByHopId() {
    return Header.hopByHopId(buf, 0);
  }

  public int endToEndId() {
    return Header.endToEndId(buf, 0);
  }

  /** Its AVPs in order, as far as they can be told apart. */
  public List<LabAvp> avps() {
    var avps = new ArrayList<LabAvp>();
    var cursor = cursor();
    while (cursor.next()) {
      avps.add(LabAvp.at(buf, cursor));
    }
    return List.copyOf(avps);
  }

  /** Its AVPs with this code, in order, whatever their vendor. */
  public List<LabAvp> avps(int code) {
    return avps().stream().filter(avp -> avp.code() == code).toList();
  }

  /** The first AVP with this code, whatever its vendor; null when there is none. */
  public @Nullable LabAvp avp(int code) {
    var cursor = cursor();
    while (cursor.next()) {
      if (cursor.code() == code) {
        return LabAvp.at(buf, cursor);
      }
    }
    return null;
  }

  /** The text of the first AVP with this code; null when there is none. */
  public @Nullable String text(int code) {
    LabAvp avp = avp(code);
    return avp == null ? null : avp.text();
  }

  /** The number in the first AVP with this code. Throws an AssertionError when there is none. */
  public int unsigned32(int code) {
    LabAvp avp = avp(code);
    if (avp == null) {
      throw new AssertionError("no AVP " + code + " in " + this);
    }
    return avp.unsigned32();
  }

  /** The Result-Code, else the one inside Experimental-Result, else 0. */
  public int resultCode() {
    return resultCode(buf, 0);
  }

  static int resultCode(ByteBuf buf, int at) {
    var cursor = new AvpCursor().overMessage(buf, at);
    while (cursor.next()) {
      if (cursor.is(AvpCode.RESULT_CODE) && cursor.dataLength() == 4) {
        return cursor.unsigned32();
      }
      if (cursor.is(AvpCode.EXPERIMENTAL_RESULT)) {
        var inside = new AvpCursor().overGroup(cursor);
        while (inside.next()) {
          if (inside.is(ThreeGpp.EXPERIMENTAL_RESULT_CODE) && inside.dataLength() == 4) {
            return inside.unsigned32();
          }
        }
      }
    }
    return 0;
  }

  /** Whether its AVPs do not fill it exactly, one after another. */
  public boolean isMalformed() {
    var cursor = cursor();
    while (cursor.next()) {}
    return cursor.malformed();
  }

  private AvpCursor cursor() {
    return new AvpCursor().over(buf, Header.LENGTH, bytes.length);
  }

  public LabMessage withHopByHopId(int hopByHopId) {
    return patched(12, hopByHopId);
  }

  public LabMessage withEndToEndId(int endToEndId) {
    return patched(16, endToEndId);
  }

  public LabMessage withApplicationId(int applicationId) {
    return patched(8, applicationId);
  }

  public LabMessage withFlags(int flags) {
    return patched(4, flags << 24 | commandCode());
  }

  public LabMessage withCommandCode(int commandCode) {
    return patched(4, flags() << 24 | commandCode);
  }

  private LabMessage patched(int at, int value) {
    var copy = new LabMessage(bytes.clone());
    copy.buf.setInt(at, value);
    return copy;
  }

  /** This message with another AVP at its end. */
  public LabMessage with(LabAvp avp) {
    var avps = new ArrayList<>(avps());
    avps.add(avp);
    return withAvps(avps);
  }

  /** This message without its AVPs of this code. */
  public LabMessage without(int code) {
    return withAvps(avps().stream().filter(avp -> avp.code() != code).toList());
  }

  /** The same header before other AVPs. */
  public LabMessage withAvps(List<LabAvp> avps) {
    var out = Unpooled.buffer().writeBytes(bytes, 0, Header.LENGTH);
    avps.forEach(avp -> avp.writeTo(out));
    Header.patchMessageLength(out, 0, out.writerIndex());
    return new LabMessage(ByteBufUtil.getBytes(out));
  }

  /**
   * {@code ULR 316/16777251 RP hbh 00000001 e2e abcdef01 312 B}, for an answer its Result-Code
   * behind.
   */
  public String summary() {
    return MessageLog.summary(buf, 0);
  }

  /** The {@link #summary}, and under it one line for each AVP. */
  @Override
  public String toString() {
    var text = new StringBuilder(summary());
    avps().forEach(avp -> text.append("\n  ").append(avp));
    return isMalformed()
        ? text.append("\n  then bytes that are no AVP").toString()
        : text.toString();
  }
}
