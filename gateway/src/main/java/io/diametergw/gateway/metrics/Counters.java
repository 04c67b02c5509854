package io.diametergw.gateway.metrics;

import java.util.Arrays;

/** One value per {@link Counter}. Confined to one thread; add copies up to get a sum. */
public final class Counters {
  private final long[] values = new long[Counter.values().length];

  /** Counts one. */
  public void count(Counter counter) {
    values[counter.ordinal()]++;
  }

  public void add(Counter counter, long n) {
    values[counter.ordinal()] += n;
  }

  public long of(Counter counter) {
    return values[counter.ordinal()];
  }

  /** Adds all of {@code other}. */
  public void addAll(Counters other) {
    Arrays.setAll(values, i -> values[i] + other.values[i]);
  }
}
