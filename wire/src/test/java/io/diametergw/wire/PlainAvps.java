package io.diametergw.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The AVPs in some bytes, found as simply as can be: what {@link AvpCursor} has to agree with.
 *
 * @param avps in order, up to the first that is broken
 * @param brokenAt index of that one, or -1
 */
public record PlainAvps(List<Avp> avps, int brokenAt) {
  /**
   * One AVP.
   *
   * @param at index of its first byte
   * @param vendor Vendor-ID, or -1 without one
   * @param data without padding
   */
  public record Avp(int at, int code, int flags, long vendor, int dataAt, byte[] data) {}

  /** Reads {@code bytes[from, to)}. */
  public static PlainAvps of(byte[] bytes, int from, int to) {
    var found = new ArrayList<Avp>();
    var in = ByteBuffer.wrap(bytes);
    int at = from;
    while (at < to) {
      if (to - at < 8) {
        return new PlainAvps(found, at);
      }
      int flags = bytes[at + 4] & 0xFF;
      int length = in.getInt(at + 4) & 0xFFFFFF;
      int header = (flags & 0x80) != 0 ? 12 : 8;
      if (length < header || length > to - at) {
        return new PlainAvps(found, at);
      }
      byte[] data = new byte[length - header];
      in.get(at + header, data);
      long vendor = header == 12 ? in.getInt(at + 8) & 0xFFFFFFFFL : -1;
      found.add(new Avp(at, in.getInt(at), flags, vendor, at + header, data));
      at += (length + 3) / 4 * 4;
    }
    return new PlainAvps(found, -1);
  }
}
