package io.diametergw.gateway.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Durations as Go writes them: {@code 300ms}, {@code 30s}, {@code 1.5s}, {@code 1h30m}, and {@code
 * 0}.
 */
public final class Durations {
  private static final Pattern WHOLE =
      Pattern.compile("(?:\\d{1,12}(?:\\.\\d{1,9})?(?:ns|us|µs|ms|s|m|h)){1,8}");
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private Durations() {}

  /**
   * The duration that the text says.
   *
   * @throws IllegalArgumentException when it says none, or one of more than 292 years
   */
  public static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a duration: " + text);
    }
    var nanos = BigDecimal.ZERO;
    var part = PART.matcher(text);
    while (part.find()) {
      nanos =
          nanos.add(
              new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(nanosIn(part.group(2)))));
    }
    if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("too long: " + text);
    }
    return Duration.ofNanos(nanos.longValue());
  }

  /**
   * A short text that {@link #parse} reads back: {@code 1h30m}, {@code 1m30s}, {@code 1.5s}, {@code
   * 300ms}, {@code 0s}.
   */
  public static String format(Duration duration) {
    if (duration.isNegative()) {
      return "-" + format(duration.negated());
    }
    if (duration.isZero()) {
      return "0s";
    }
    long seconds = duration.getSeconds();
    int nanos = duration.getNano();
    if (seconds == 60 && nanos == 0) {
      return "60s"; // as people say it
    }
    if (seconds == 0) {
      return nanos >= 1_000_000
          ? decimal(nanos, 1_000_000) + "ms"
          : nanos >= 1_000 ? decimal(nanos, 1_000) + "us" : nanos + "ns";
    }
    var text = new StringBuilder();
    if (seconds >= 3600) {
      text.append(seconds / 3600).append('h');
    }
    if (seconds / 60 % 60 > 0) {
      text.append(seconds / 60 % 60).append('m');
    }
    if (seconds % 60 > 0 || nanos > 0) {
      text.append(decimal(seconds % 60 * NANOS_PER_SECOND + nanos, NANOS_PER_SECOND)).append('s');
    }
    return text.toString();
  }

  private static String decimal(long nanos, long unit) {
    return BigDecimal.valueOf(nanos)
        .divide(BigDecimal.valueOf(unit))
        .stripTrailingZeros()
        .toPlainString();
  }

  private static long nanosIn(String unit) {
    return switch (unit) {
      case "ns" -> 1;
      case "us", "µs" -> 1_000;
      case "ms" -> 1_000_000;
      case "s" -> NANOS_PER_SECOND;
      case "m" -> 60 * NANOS_PER_SECOND;
      default -> 3600 * NANOS_PER_SECOND;
    };
  }
}
