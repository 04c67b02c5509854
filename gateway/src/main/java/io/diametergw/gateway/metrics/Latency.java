package io.diametergw.gateway.metrics;

import org.HdrHistogram.Histogram;

/**
 * A distribution of durations: two significant digits, one microsecond to one minute. Confined to
 * one thread; add copies up to get a sum.
 */
public final class Latency {
  private static final long MAX_MICROS = 60_000_000;
  private static final int DIGITS = 2;

  private final Histogram micros = new Histogram(MAX_MICROS, DIGITS);
  private long totalNanos;

  /** Records {@code count} durations of {@code nanos}. */
  public void record(long nanos, int count) {
    totalNanos += nanos * count;
    micros.recordValueWithCount(Math.clamp(nanos / 1000, 0, MAX_MICROS), count);
  }

  public void add(Latency other) {
    micros.add(other.micros);
    totalNanos += other.totalNanos;
  }

  /** How many durations were recorded. */
  public long count() {
    return micros.getTotalCount();
  }

  /** The mean in milliseconds; 0 when nothing was recorded. */
  public double meanMillis() {
    long n = count();
    return n == 0 ? 0 : totalNanos / 1e6 / n;
  }

  /**
   * The duration in milliseconds that {@code percent} of them do not exceed; 0 when nothing was
   * recorded.
   */
  public double percentileMillis(double percent) {
    return micros.getValueAtPercentile(percent) / 1e3;
  }
}
