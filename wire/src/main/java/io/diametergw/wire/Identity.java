package io.diametergw.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A DiameterIdentity: the name of a host or realm (RFC 6733 §4.3.1), ready to be compared with
 * bytes of a message.
 *
 * <p>Two identities are equal when they differ at most in the case of ASCII letters. Immutable.
 */
public final class Identity {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final String name;
  private final byte[] bytes;
  private final byte[] lower;
  private final int hash;

  private Identity(String name) {
    this.name = name;
    this.bytes = name.getBytes(StandardCharsets.UTF_8);
    this.lower = bytes.clone();
    for (int i = 0; i < lower.length; i++) {
      lower[i] = lower(lower[i]);
    }
    long h = FNV_OFFSET;
    for (byte b : lower) {
      h = (h ^ (b & 0xFF)) * FNV_PRIME;
    }
    this.hash = fold(h);
  }

  /** The identity of this name, which is kept as written. */
  public static Identity of(String name) {
    return new Identity(name);
  }

  /** The name as it was written. */
  public String name() {
    return name;
  }

  /** The name's length in bytes. */
  public int lengthBytes() {
    return bytes.length;
  }

  /** The name's bytes; a copy. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Writes the name's bytes at the writer index of {@code buf}. Allocates nothing. */
  public void writeTo(ByteBuf buf) {
    buf.writeBytes(bytes);
  }

  /**
   * Whether {@code buf[at, at + length)} is this identity, without regard to the case of ASCII
   * letters. Allocates nothing.
   */
  public boolean matches(ByteBuf buf, int at, int length) {
    byte[] expected = lower;
    if (length != expected.length) {
      return false;
    }
    for (int i = length - 1;
        i >= 0;
        i--) { // from the end: names of one site differ there least, but lengths differ first
      byte b = buf.getByte(at + i);
      if (b != expected[i] && lower(b) != expected[i]) {
        return false;
      }
    }
    return true;
  }

  /** The hash that {@link #hashCode} gives an identity with these bytes. Allocates nothing. */
  public static int hash(ByteBuf buf, int at, int length) {
    long h = FNV_OFFSET;
    for (int i = 0; i < length; i++) {
      h = (h ^ (lower(buf.getByte(at + i)) & 0xFF)) * FNV_PRIME;
    }
    return fold(h);
  }

  private static int fold(long h) {
    return (int) (h ^ h >>> 32);
  }

  private static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
  }

  /** The name in lower case, as a key for tables that people read. */
  public String key() {
    return name.toLowerCase(Locale.ROOT);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof Identity that && java.util.Arrays.equals(lower, that.lower);
  }

  @Override
  public String toString() {
    return name;
  }
}
