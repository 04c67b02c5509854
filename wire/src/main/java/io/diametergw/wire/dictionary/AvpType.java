package io.diametergw.wire.dictionary;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How an AVP's data is shown: the data formats of RFC 6733 §4.2 and §4.3, and finer ones where
 * OctetString or Unsigned32 says too little to a reader.
 */
public enum AvpType {
  OCTET_STRING("OctetString", AvpType.ANY),
  INTEGER_32("Integer32", 4),
  INTEGER_64("Integer64", 8),
  UNSIGNED_32("Unsigned32", 4),
  UNSIGNED_64("Unsigned64", 8),
  FLOAT_32("Float32", 4),
  FLOAT_64("Float64", 8),
  GROUPED("Grouped", AvpType.ANY),
  ADDRESS("Address", AvpType.ANY),
  TIME("Time", 4),
  UTF8_STRING("UTF8String", AvpType.ANY),
  DIAMETER_IDENTITY("DiameterIdentity", AvpType.ANY),
  DIAMETER_URI("DiameterURI", AvpType.ANY),
  ENUMERATED("Enumerated", 4),
  IP_FILTER_RULE("IPFilterRule", AvpType.ANY),

  /** An Unsigned32 that is an Application-ID. */
  APPLICATION_ID("ApplicationId", 4),
  /** An Unsigned32 that is a Vendor-ID. */
  VENDOR_ID("VendorId", 4),
  /** An Unsigned32 that is a Result-Code. */
  RESULT_CODE("ResultCode", 4),
  /** An Unsigned32 that is an Experimental-Result-Code of the vendor beside it. */
  EXPERIMENTAL_RESULT_CODE("ExperimentalResultCode", 4),
  /** Octets that are telephone digits, two to an octet, low nibble first (TS 29.002). */
  TBCD("TBCD", AvpType.ANY),
  /** Three octets that are a mobile country and network code (TS 23.003). */
  PLMN("PLMN", AvpType.ANY),
  /** Octets that are an IPv6 prefix after its length (RFC 3162 §2.3). */
  IP_PREFIX("IPPrefix", AvpType.ANY),
  /** Four octets that are an IPv4 address. */
  IPV4("IPv4", AvpType.ANY),
  /** Sixteen octets that are an IPv6 address. */
  IPV6("IPv6", AvpType.ANY);

  private static final int ANY = -1;
  private static final Map<String, AvpType> BY_NAME =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(AvpType::displayName, type -> type));

  private final String displayName;
  private final int lengthBytes;

  AvpType(String displayName, int lengthBytes) {
    this.displayName = displayName;
    this.lengthBytes = lengthBytes;
  }

  /** The name in the specifications and in the dictionary's files. */
  public String displayName() {
    return displayName;
  }

  /** Whether data of this many bytes can be of this type. */
  public boolean fits(int dataLength) {
    return lengthBytes == ANY || lengthBytes == dataLength;
  }

  /** The only length that data of this type has, in bytes, or -1 when it varies. */
  public int lengthBytes() {
    return lengthBytes;
  }

  static @Nullable AvpType named(String name) {
    return BY_NAME.get(name);
  }
}
