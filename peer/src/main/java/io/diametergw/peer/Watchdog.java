package io.diametergw.peer;

import java.util.random.RandomGenerator;

/**
 * Whether a peer is alive: the algorithm of RFC 3539 Appendix A, with the timing of {@link
 * PeerSettings}.
 *
 * <p>Pure: time comes in as nanoseconds of a monotonic clock, and what to do goes out as an {@link
 * Action}. One watchdog follows a dialled peer through all its connections, since what it was
 * before decides how it comes back (REOPEN). Confined to one event loop.
 */
final class Watchdog {
  /** The states of RFC 3539 §3.4.1. */
  enum Health {
    /** Never connected since the start, or disconnected in order. */
    INITIAL,
    /** Alive. */
    OKAY,
    /** Silent too long, or answers no requests: they go elsewhere, the connection stays. */
    SUSPECT,
    /** No connection. */
    DOWN,
    /** Connected again after a failure; has to answer three DWRs first. */
    REOPEN
  }

  /** What the caller has to do. */
  enum Action {
    NOTHING,
    SEND_DWR,
    CLOSE
  }

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long MAX_JITTER_NANOS = 2 * NANOS_PER_SECOND;
  private static final int DWAS_TO_REOPEN = 3;

  private final long intervalNanos;
  private final long timeoutNanos;
  private final int maxFailures;
  private final long stallNanos;
  private final long stallProbeNanos;
  private final long reopenNanos;
  private final RandomGenerator random;

  private volatile Health health = Health.INITIAL; // written by the loop, read by any thread
  private long lastReceivedNanos;
  private long setNanos; // REOPEN: when the timer was set; what is received does not set it
  private long dwrSentNanos;
  private long idleLimitNanos;
  private boolean pending;
  private boolean probe;
  private int failures;
  private int numDwa;
  private boolean proven = true; // has answered a request since it failed, or has not failed
  private boolean unresponsive; // SUSPECT although it answers DWRs

  Watchdog(PeerSettings settings, RandomGenerator random) {
    this.intervalNanos = settings.watchdogInterval().toNanos();
    this.timeoutNanos = settings.watchdogTimeout().toNanos();
    this.maxFailures = settings.maxWatchdogFailures();
    this.stallNanos = settings.stallTimeout().toNanos();
    this.stallProbeNanos = settings.stallProbeTimeout().toNanos();
    this.reopenNanos = settings.reopenInterval().toNanos();
    this.random = random;
  }

  /** The state it is in. Any thread. */
  Health health() {
    return health;
  }

  /** Whether a DWR waits for its DWA. */
  boolean isPending() {
    return pending;
  }

  /** Whether it has answered a request since it failed; true too when it has not failed. */
  boolean isProven() {
    return proven;
  }

  /** Whether it is SUSPECT for its unanswered requests alone. */
  boolean isUnresponsive() {
    return unresponsive;
  }

  /** When the last byte came. */
  long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  /** The capabilities exchange is done. */
  Action onConnectionUp(long nowNanos) {
    lastReceivedNanos = nowNanos;
    pending = false;
    failures = 0;
    setWatchdog(nowNanos, intervalNanos);
    return switch (health) {
      // INITIAL  Connection up            SetWatchdog()                            OKAY
      case INITIAL, OKAY, SUSPECT -> become(Health.OKAY, Action.NOTHING);
      // DOWN     Connection up            NumDWA = 0, SendWatchdog(), Pending      REOPEN
      case DOWN, REOPEN -> {
        numDwa = 0;
        yield become(Health.REOPEN, sendDwr(nowNanos));
      }
    };
  }

  /** The connection is gone; {@code inOrder} when a DPR announced it. */
  void onConnectionDown(boolean inOrder) {
    pending = false;
    unresponsive = false;
    // OKAY, SUSPECT, REOPEN  Connection down   CloseConnection()                   DOWN
    health = inOrder || health == Health.INITIAL ? Health.INITIAL : Health.DOWN;
    proven = health == Health.INITIAL;
  }

  /** Bytes have come, whatever they are. */
  void onReceived(long nowNanos) {
    lastReceivedNanos = nowNanos;
    failures = 0;
    probe = false; // it lives; a DWR that waits still gets its ordinary time
    // OKAY     Receive non-DWA          SetWatchdog()                              OKAY
    // SUSPECT  Receive any              Failback(), SetWatchdog()                  OKAY
    if (health == Health.SUSPECT && !unresponsive) {
      health = Health.OKAY;
    }
    // REOPEN   Receive non-DWA          Throwaway()                                REOPEN
    // non-standard: the message is served; the sender would otherwise lose it without a word. The
    // timer runs on, as in the RFC.
  }

  /** The DWA to our DWR has come. {@link #onReceived} was called for its bytes. */
  void onDwa(long nowNanos) {
    pending = false;
    setWatchdog(nowNanos, intervalNanos);
    if (health == Health.REOPEN) {
      // REOPEN   Receive DWA, NumDWA < 2    NumDWA++                               REOPEN
      // REOPEN   Receive DWA, NumDWA == 2   NumDWA++, Failback()                   OKAY
      numDwa++;
      if (numDwa == DWAS_TO_REOPEN) {
        health = Health.OKAY;
      } else {
        idleLimitNanos = reopenNanos;
      }
    }
  }

  /**
   * Requests wait in vain although DWRs are answered. Non-standard: RFC 3539 watches the transport
   * alone, and a node whose application hangs would keep its traffic for ever.
   */
  void onUnresponsive() {
    if (health == Health.OKAY) {
      // OKAY     Requests not answered    Failover()                                 SUSPECT
      health = Health.SUSPECT;
      unresponsive = true;
      proven = false;
    }
  }

  /** It has answered a request. {@link #onReceived} was called for its bytes. */
  void onAnswered() {
    proven = true;
    if (unresponsive) {
      // SUSPECT  Request answered         Failback()                                 OKAY
      unresponsive = false;
      health = Health.OKAY;
    }
  }

  /**
   * Time has passed.
   *
   * @param pendingSinceNanos since when requests wait for an answer without a break, or {@link
   *     Long#MIN_VALUE} when none does
   */
  Action onTimer(long nowNanos, long pendingSinceNanos) {
    if (health == Health.INITIAL
        || health == Health.DOWN
        || nowNanos - deadlineNanos(pendingSinceNanos) < 0) {
      return Action.NOTHING;
    }
    if (!pending) {
      // OKAY     Timer expires, !Pending  SendWatchdog(), SetWatchdog(), Pending   OKAY
      probe = health == Health.OKAY && nowNanos - lastReceivedNanos < idleLimitNanos;
      return sendDwr(nowNanos);
    }
    failures++;
    probe = false;
    return switch (health) {
      // OKAY     Timer expires, Pending   Failover(), SetWatchdog()                SUSPECT
      // SUSPECT  Timer expires            CloseConnection(), SetWatchdog()         DOWN
      // Ours: SUSPECT asks again until maxFailures DWRs in a row were not answered.
      case OKAY, SUSPECT -> {
        proven = false;
        unresponsive = false; // it is silent, which any byte ends
        yield become(Health.SUSPECT, failures >= maxFailures ? Action.CLOSE : sendDwr(nowNanos));
      }
      // REOPEN   Timer expires, Pending, NumDWA < 0    CloseConnection()           DOWN
      // REOPEN   Timer expires, Pending, NumDWA >= 0   NumDWA = -1                 REOPEN
      case REOPEN -> {
        boolean again = numDwa >= 0;
        numDwa = -1;
        yield again ? sendDwr(nowNanos) : Action.CLOSE;
      }
      case INITIAL, DOWN -> Action.NOTHING;
    };
  }

  /** The owner doubts that the peer lives. A DWR that waits for its DWA already is enough. */
  Action probe(long nowNanos) {
    if (pending || health != Health.OKAY) {
      return Action.NOTHING;
    }
    probe = true;
    return sendDwr(nowNanos);
  }

  /** When {@link #onTimer} has something to do, if nothing is received until then. */
  long deadlineNanos(long pendingSinceNanos) {
    if (health == Health.REOPEN) {
      return pending ? dwrSentNanos + timeoutNanos : setNanos + idleLimitNanos;
    }
    boolean waited = pendingSinceNanos != Long.MIN_VALUE;
    long stalled = Math.max(lastReceivedNanos, pendingSinceNanos) + stallNanos;
    if (!pending) {
      long idle = lastReceivedNanos + idleLimitNanos;
      return waited && health == Health.OKAY ? Math.min(idle, stalled) : idle;
    }
    long deadline = Math.max(dwrSentNanos, lastReceivedNanos) + timeoutNanos;
    if (probe) {
      deadline = Math.min(deadline, dwrSentNanos + stallProbeNanos);
    }
    if (waited && health == Health.OKAY) { // the DWR that is out serves as the probe
      deadline = Math.min(deadline, Math.max(stalled, dwrSentNanos) + stallProbeNanos);
    }
    return deadline;
  }

  private Action sendDwr(long nowNanos) {
    pending = true;
    dwrSentNanos = nowNanos;
    return Action.SEND_DWR;
  }

  /** RFC 3539 §3.4.1: the interval, with a jitter of ±2 s so that peers do not keep step. */
  private void setWatchdog(long nowNanos, long nanos) {
    setNanos = nowNanos;
    long jitter = Math.min(MAX_JITTER_NANOS, nanos / 3);
    idleLimitNanos = nanos + random.nextLong(-jitter, jitter + 1);
    probe = false;
  }

  private Action become(Health next, Action action) {
    health = next;
    return action;
  }
}
