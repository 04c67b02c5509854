package io.diametergw.gateway.proxy;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A 64-bit hash of a Session-Id, keyed anew in each run so that nobody can choose Session-Ids that
 * collide.
 */
final class SessionHash {
  private static final long KEY = ThreadLocalRandom.current().nextLong() | 1;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private SessionHash() {}

  /** The hash of {@code buf[at, at + length)}; never 0. */
  static long of(ByteBuf buf, int at, int length) {
    long hash = KEY ^ length;
    int i = at;
    int end = at + length;
    for (; i + 16 <= end; i += 16) {
      hash = mix(hash ^ buf.getLong(i), KEY ^ buf.getLong(i + 8));
    }
    long first = 0;
    if (i + 8 <= end) {
      first = buf.getLong(i);
      i += 8;
    }
    long rest = 1;
    for (; i < end; i++) {
      rest = rest << 8 | buf.getUnsignedByte(i);
    }
    hash = mix(mix(hash ^ first, KEY ^ rest), MULTIPLIER);
    return hash == 0 ? 1 : hash;
  }

  /** Two words into one: all bits of their product (the step of wyhash). */
  private static long mix(long a, long b) {
    return Math.unsignedMultiplyHigh(a, b) ^ a * b;
  }
}
