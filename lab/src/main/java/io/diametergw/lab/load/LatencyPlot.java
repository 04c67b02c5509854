package io.diametergw.lab.load;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * Draws a latency distribution with characters: one row per step of 1, 2, 5, 10, ..., the longest
 * bar for the fullest row.
 */
final class LatencyPlot {
  private static final int BAR = 50;
  private static final int[] STEPS = {1, 2, 5};

  private LatencyPlot() {}

  /** The plot of a histogram of nanoseconds; empty without values. */
  static String of(Histogram latency) {
    long total = latency.getTotalCount();
    if (total == 0) {
      return "";
    }
    var text = new StringBuilder();
    long fullest = 0;
    for (long from = below(latency.getMinValue());
        from <= latency.getMaxValue();
        from = above(from)) {
      fullest = Math.max(fullest, count(latency, from));
    }
    for (long from = below(latency.getMinValue());
        from <= latency.getMaxValue();
        from = above(from)) {
      long count = count(latency, from);
      int bar = (int) Math.ceil((double) BAR * count / fullest);
      text.append(
          String.format(
              Locale.ROOT,
              "  %7s .. %-7s |%-" + BAR + "s %6.2f %%%n",
              duration(from),
              duration(above(from)),
              "#".repeat(bar),
              100.0 * count / total));
    }
    return text.toString();
  }

  private static long count(Histogram latency, long from) {
    return latency.getCountBetweenValues(from, above(from) - 1);
  }

  /** The greatest step that is not above {@code nanos}, at least 1 µs's beginning. */
  private static long below(long nanos) {
    long step = 1_000;
    while (above(step) <= nanos) {
      step = above(step);
    }
    return nanos < step ? 0 : step;
  }

  private static long above(long step) {
    if (step == 0) {
      return 1_000;
    }
    long power = 1;
    while (step / power >= 10) {
      power *= 10;
    }
    int digit = (int) (step / power);
    return digit == STEPS[0] ? 2 * power : digit == STEPS[1] ? 5 * power : 10 * power;
  }

  /** {@code 250us}, {@code 1.5ms}, {@code 2s}: at most three digits. */
  static String duration(long nanos) {
    double micros = nanos / 1e3;
    return micros < 1_000
        ? digits(micros, "us")
        : micros < 1_000_000 ? digits(micros / 1e3, "ms") : digits(micros / 1e6, "s");
  }

  private static String digits(double value, String unit) {
    String text = String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
    return (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text) + unit;
  }
}
