package io.diametergw.wire.dictionary;

import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An AVP's data in words, by its type. Data that its type cannot have is shown as octets; nothing
 * here throws.
 */
final class Values {
  private static final int IPV4_FAMILY = 1;
  private static final int IPV6_FAMILY = 2;
  private static final int E164_FAMILY = 8;
  private static final int MAX_TEXT_BYTES = 1024;
  private static final int MAX_OCTETS = 64;
  private static final long NTP_TO_UNIX_SECONDS = 2_208_988_800L;
  private static final String TBCD_DIGITS = "0123456789*#abc";
  private static final int NO_DIGIT = 0xF;

  private Values() {}

  /**
   * The data of an AVP of this definition.
   *
   * @param definition null for an AVP that the dictionary does not know
   * @param vendorBeside the Vendor-Id beside it, which an Experimental-Result-Code belongs to
   */
  static String show(
      @Nullable AvpDefinition definition, int vendorBeside, ByteBuf buf, int at, int length) {
    if (definition == null || !definition.type().fits(length)) {
      return Shown.octets(buf, at, length, MAX_OCTETS);
    }
    return switch (definition.type()) {
      case OCTET_STRING, GROUPED -> Shown.octets(buf, at, length, MAX_OCTETS);
      case INTEGER_32 -> Integer.toString(buf.getInt(at));
      case INTEGER_64 -> Long.toString(buf.getLong(at));
      case UNSIGNED_32 -> mask(definition.bits(), buf.getInt(at));
      case UNSIGNED_64 -> Long.toUnsignedString(buf.getLong(at));
      case FLOAT_32 -> Float.toString(buf.getFloat(at));
      case FLOAT_64 -> Double.toString(buf.getDouble(at));
      case ADDRESS -> address(buf, at, length);
      case TIME -> time(buf.getUnsignedInt(at));
      case UTF8_STRING, DIAMETER_IDENTITY, DIAMETER_URI, IP_FILTER_RULE ->
          Shown.quoted(buf, at, length, MAX_TEXT_BYTES);
      case ENUMERATED ->
          named(Integer.toString(buf.getInt(at)), definition.values().get(buf.getInt(at)));
      case APPLICATION_ID -> named(unsigned(buf, at), Dictionary.application(buf.getInt(at)));
      case VENDOR_ID ->
          named(
              unsigned(buf, at),
              Dictionary.knowsVendor(buf.getInt(at)) ? Dictionary.vendor(buf.getInt(at)) : null);
      case RESULT_CODE -> named(unsigned(buf, at), Dictionary.result(buf.getInt(at)));
      case EXPERIMENTAL_RESULT_CODE ->
          named(unsigned(buf, at), Dictionary.experimentalResult(vendorBeside, buf.getInt(at)));
      case TBCD -> tbcd(buf, at, length);
      case PLMN -> plmn(buf, at, length);
      case IP_PREFIX -> prefix(buf, at, length);
      case IPV4 -> length == 4 ? ipv4(buf, at) : Shown.octets(buf, at, length, MAX_OCTETS);
      case IPV6 -> length == 16 ? ipv6(buf, at, 16) : Shown.octets(buf, at, length, MAX_OCTETS);
    };
  }

  private static String unsigned(ByteBuf buf, int at) {
    return Integer.toUnsignedString(buf.getInt(at));
  }

  private static String named(String number, @Nullable String name) {
    return name == null ? number : number + " (" + name + ")";
  }

  private static String mask(Map<Integer, String> names, int value) {
    if (names.isEmpty() || value == 0) {
      return Integer.toUnsignedString(value);
    }
    var set = new ArrayList<String>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if ((value >>> bit & 1) != 0) {
        set.add(names.getOrDefault(bit, "bit " + bit));
      }
    }
    return "0x" + Integer.toHexString(value) + " (" + String.join(", ", set) + ")";
  }

  /** Address (RFC 6733 §4.3.1): two bytes of family, then the address. */
  private static String address(ByteBuf buf, int at, int length) {
    int family = length < 2 ? 0 : buf.getUnsignedShort(at);
    if (family == IPV4_FAMILY && length == 6) {
      return ipv4(buf, at + 2);
    }
    if (family == IPV6_FAMILY && length == 18) {
      return ipv6(buf, at + 2, 16);
    }
    if (family == E164_FAMILY) {
      return "E.164 " + Shown.octets(buf, at + 2, length - 2, MAX_OCTETS);
    }
    return Shown.octets(buf, at, length, MAX_OCTETS);
  }

  /** Time: seconds since 1900, in the era that began in 1968 (RFC 6733 §4.3.1, RFC 5905). */
  private static String time(long seconds) {
    long unix = seconds - NTP_TO_UNIX_SECONDS + (seconds < 0x8000_0000L ? 0x1_0000_0000L : 0);
    return Instant.ofEpochSecond(unix).toString();
  }

  private static String tbcd(ByteBuf buf, int at, int length) {
    var digits = new StringBuilder();
    for (int i = 0; i < Math.min(length, MAX_OCTETS); i++) {
      int octet = buf.getUnsignedByte(at + i);
      int low = octet & 0xF;
      int high = octet >>> 4;
      boolean last = i == length - 1;
      if (low == NO_DIGIT || (high == NO_DIGIT && !last)) {
        return Shown.hex(buf, at, length, MAX_OCTETS); // a filler may only stand at the end
      }
      digits.append(TBCD_DIGITS.charAt(low));
      if (high != NO_DIGIT) {
        digits.append(TBCD_DIGITS.charAt(high));
      }
    }
    return digits.isEmpty() ? "(empty)" : digits.toString();
  }

  /** "262-01" of 62 F2 10: digits MCC 2 and 1, MNC 3 and MCC 3, MNC 2 and 1. */
  private static String plmn(ByteBuf buf, int at, int length) {
    if (length != 3) {
      return Shown.octets(buf, at, length, MAX_OCTETS);
    }
    int first = buf.getUnsignedByte(at);
    int second = buf.getUnsignedByte(at + 1);
    int third = buf.getUnsignedByte(at + 2);
    int[] digits = {first & 0xF, first >>> 4, second & 0xF, third & 0xF, third >>> 4, second >>> 4};
    var text = new StringBuilder();
    for (int i = 0; i < digits.length; i++) {
      if (i == 3) {
        text.append('-');
      }
      if (digits[i] <= 9) {
        text.append(digits[i]);
      } else if (i != 5 || digits[i] != NO_DIGIT) {
        return Shown.hex(buf, at, length, MAX_OCTETS);
      }
    }
    return text.toString();
  }

  private static String prefix(ByteBuf buf, int at, int length) {
    int bits = length < 2 ? -1 : buf.getUnsignedByte(at + 1);
    if (bits < 0 || bits > 128 || length > 18 || (length - 2) * 8 < bits) {
      return Shown.octets(buf, at, length, MAX_OCTETS);
    }
    return ipv6(buf, at + 2, length - 2) + "/" + bits;
  }

  private static String ipv4(ByteBuf buf, int at) {
    return buf.getUnsignedByte(at)
        + "."
        + buf.getUnsignedByte(at + 1)
        + "."
        + buf.getUnsignedByte(at + 2)
        + "."
        + buf.getUnsignedByte(at + 3);
  }

  /** An IPv6 address of which the first {@code length} bytes are given, as RFC 5952 writes it. */
  private static String ipv6(ByteBuf buf, int at, int length) {
    int[] groups = new int[8];
    for (int i = 0; i < length; i++) {
      groups[i >> 1] |= buf.getUnsignedByte(at + i) << ((i & 1) == 0 ? 8 : 0);
    }
    int zerosAt = -1;
    int zeros = 1; // one group of zeros alone is written out
    for (int i = 0; i < 8; i++) {
      int run = i;
      while (run < 8 && groups[run] == 0) {
        run++;
      }
      if (run - i > zeros) {
        zerosAt = i;
        zeros = run - i;
      }
    }
    var text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == zerosAt) {
        text.append("::");
        i += zeros - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
