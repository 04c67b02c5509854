package io.diametergw.peer;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * End-to-End Identifiers of the requests that this process makes itself (RFC 6733 §3): the low 12
 * bits of the time in seconds, then 20 bits that start at random, so that none repeats within four
 * minutes, also across a restart. Any thread.
 */
public final class EndToEndIds {
  private static final int COUNTER_BITS = 20;
  private static final AtomicInteger COUNTER =
      new AtomicInteger(ThreadLocalRandom.current().nextInt());

  private EndToEndIds() {}

  /** The next identifier. */
  public static int next() {
    int seconds = (int) (System.currentTimeMillis() / 1000);
    return seconds << COUNTER_BITS | COUNTER.getAndIncrement() & (1 << COUNTER_BITS) - 1;
  }
}
