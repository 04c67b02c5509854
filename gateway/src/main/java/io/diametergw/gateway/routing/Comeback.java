package io.diametergw.gateway.routing;

import io.diametergw.gateway.config.DraPoolConfig;

/**
 * When a DRA that was lost gets its traffic back, and how much of it: not before {@code
 * failback-delay} is over, later when it fails again and again (RFC 3539 §3.4.2: failback must not
 * flap), then more from moment to moment over {@code failback-ramp}.
 *
 * <p>Pure: time comes in as nanoseconds of a monotonic clock. Confined to one thread.
 */
final class Comeback {
  /** The share of a DRA that takes all that is its own. */
  static final int FULL_SHARE = 10;

  /** So many failures within {@code hold-back} hold a DRA back for as long again. */
  private static final int FAILURES = 3;

  static final long NEVER = Long.MAX_VALUE;

  private final long delayNanos;
  private final long holdBackNanos;
  private final long rampNanos;
  private final long[] failures = new long[FAILURES]; // the latest ones, in a ring
  private int failureCount;
  private boolean fresh = true; // has not been lost since the start
  private boolean failed; // when it was lost last
  private boolean held;
  private long heldUntilNanos;
  private boolean okay;
  private long okaySinceNanos;
  private boolean proven;
  private long provenSinceNanos;

  Comeback(DraPoolConfig pool) {
    this.delayNanos = pool.failbackDelay().toNanos();
    this.holdBackNanos = pool.holdBack().toNanos();
    this.rampNanos = pool.failbackRamp().toNanos();
  }

  /**
   * It left OKAY, or lost its connection, without a word. True when it is held back from now on;
   * when it already was, it is for longer, and false.
   */
  boolean onFailed(long nowNanos) {
    lost(true);
    failures[failureCount++ % FAILURES] = nowNanos;
    if (failureCount >= FAILURES
        && holdBackNanos > 0
        && nowNanos - failures[failureCount % FAILURES] <= holdBackNanos) {
      boolean already = held && nowNanos - heldUntilNanos < 0;
      held = true;
      heldUntilNanos = nowNanos + holdBackNanos;
      return !already;
    }
    return false;
  }

  /** It said good-bye with a DPR, or we did. */
  void onLeft() {
    lost(false);
  }

  private void lost(boolean failed) {
    this.failed = failed;
    fresh = false;
    okay = false;
    proven = false;
  }

  /** It is alive (RFC 3539, OKAY); {@code answers} tells whether it is known to answer requests. */
  void onOkay(long nowNanos, boolean answers) {
    if (!okay) {
      okay = true;
      okaySinceNanos = nowNanos;
    }
    if (answers && !proven) {
      proven = true;
      provenSinceNanos = nowNanos;
    }
  }

  /** Whether it has to wait although it is alive. */
  boolean isHeld(long nowNanos) {
    return okay && nowNanos - beginNanos() < 0;
  }

  /** How much of its traffic it gets, in tenths; it is not held. */
  int share(long nowNanos) {
    if (fresh || rampNanos == 0) {
      return FULL_SHARE;
    }
    return (int) Math.min(FULL_SHARE, (nowNanos - rampBeginNanos()) * FULL_SHARE / rampNanos);
  }

  /** When {@link #isHeld} or {@link #share} will be another, or {@link #NEVER}. */
  long nextChangeNanos(long nowNanos) {
    if (!okay) {
      return NEVER;
    }
    if (isHeld(nowNanos)) {
      return beginNanos();
    }
    if (!proven || share(nowNanos) == FULL_SHARE) {
      return NEVER;
    }
    long step = rampNanos / FULL_SHARE;
    return rampBeginNanos() + (share(nowNanos) + 1) * step + 1;
  }

  private long rampBeginNanos() {
    return later(beginNanos(), provenSinceNanos);
  }

  private long beginNanos() {
    long begin = okaySinceNanos + (failed ? delayNanos : 0);
    return held ? later(begin, heldUntilNanos) : begin;
  }

  private static long later(long a, long b) {
    return a - b > 0 ? a : b;
  }
}
