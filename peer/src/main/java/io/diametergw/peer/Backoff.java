package io.diametergw.peer;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt to connect (RFC 6733 §2.1, Tc): from attempt to attempt
 * longer, up to a limit, with ±20 % of jitter. Confined to one thread.
 */
final class Backoff {
  private static final double JITTER = 0.2;
  private static final int BUSY_FACTOR = 10;

  private final double firstNanos;
  private final double factor;
  private final double maxNanos;
  private final RandomGenerator random;
  private double nextNanos;

  Backoff(Duration first, double factor, Duration max, RandomGenerator random) {
    this.firstNanos = first.toNanos();
    this.factor = factor;
    this.maxNanos = max.toNanos();
    this.random = random;
    this.nextNanos = firstNanos;
  }

  /** The pause before the next attempt. */
  long pauseNanos() {
    double pause = nextNanos;
    nextNanos = Math.min(nextNanos * factor, maxNanos);
    return jittered(pause);
  }

  /**
   * The pause after a DPR with this cause (RFC 6733 §5.4.3): a busy peer gets ten times as long,
   * one that does not want us the longest.
   */
  long pauseNanos(DisconnectCause cause) {
    return switch (cause) {
      case REBOOTING -> pauseNanos();
      case BUSY -> jittered(Math.min(firstNanos * BUSY_FACTOR, Math.max(maxNanos, firstNanos)));
      case DO_NOT_WANT_TO_TALK_TO_YOU -> jittered(maxNanos);
    };
  }

  /** The connection held: the next pause is the first again. */
  void reset() {
    nextNanos = firstNanos;
  }

  private long jittered(double nanos) {
    return (long) (nanos * (1 + JITTER * (2 * random.nextDouble() - 1)));
  }
}
