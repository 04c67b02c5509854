package io.diametergw.gateway.config;

import java.net.InetAddress;

/**
 * Addresses that begin with the same bits, as {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or one
 * address without a length.
 *
 * @param network any address of the range
 * @param prefixBits how many leading bits are the same
 */
public record AddressRange(InetAddress network, int prefixBits) {
  public AddressRange {
    if (prefixBits < 0 || prefixBits > network.getAddress().length * Byte.SIZE) {
      throw new IllegalArgumentException(
          "prefix length " + prefixBits + " of " + network.getHostAddress());
    }
  }

  /**
   * The range that the text names.
   *
   * @throws IllegalArgumentException when it names none; host names are not looked up
   */
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    var network = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
    return new AddressRange(
        network,
        slash < 0
            ? network.getAddress().length * Byte.SIZE
            : Integer.parseUnsignedInt(text.substring(slash + 1)));
  }

  /** Whether the address lies in this range; an address of the other family never does. */
  public boolean contains(InetAddress address) {
    byte[] a = network.getAddress();
    byte[] b = address.getAddress();
    if (a.length != b.length) {
      return false;
    }
    for (int bit = 0; bit < prefixBits; bit++) {
      int mask = 0x80 >> bit % Byte.SIZE;
      if (((a[bit / Byte.SIZE] ^ b[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return network.getHostAddress() + "/" + prefixBits;
  }
}
