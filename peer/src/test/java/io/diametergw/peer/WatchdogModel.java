package io.diametergw.peer;

import java.util.EnumMap;
import java.util.Map;

/**
 * RFC 3539 Appendix A as {@link PeerModel} reads it, with the gateway's own timing: the rows are
 * those of the RFC's table, in its words, and ours follow. Knows nothing of {@link Watchdog}.
 *
 * <p>The timer's jitter is not predicted but bounded: {@link #window} says when a timer may expire.
 */
final class WatchdogModel {
  static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  /** Interval and bounds: the defaults of the gateway's specification. */
  private static final long TW = 30 * SECOND;

  private static final long JITTER = 2 * SECOND;
  private static final long TIMEOUT = 10 * SECOND;
  private static final long STALL = SECOND;
  private static final long STALL_PROBE = SECOND;
  private static final long REOPEN_INTERVAL = SECOND;

  /** The owner looks so often whether requests wait too long. */
  static final long TICK = 50 * MILLI;

  private static final int MAX_FAILURES = 3;
  static final long NOBODY_WAITS = Long.MIN_VALUE;

  enum Health {
    INITIAL,
    OKAY,
    SUSPECT,
    DOWN,
    REOPEN
  }

  /** State, event, actions, new state. */
  enum Row {
    // RFC 3539 Appendix A
    INITIAL_CONNECTION_UP("INITIAL  Connection up              SetWatchdog()                 OKAY"),
    DOWN_CONNECTION_UP("DOWN     Connection up   NumDWA=0, SendWatchdog(), Pending   REOPEN"),
    OKAY_DWA("OKAY     Receive DWA                Pending=FALSE, SetWatchdog()  OKAY"),
    OKAY_NON_DWA("OKAY     Receive non-DWA            SetWatchdog()                 OKAY"),
    OKAY_EXPIRES("OKAY     Timer expires & !Pending   SendWatchdog(), Pending       OKAY"),
    OKAY_EXPIRES_PENDING(
        "OKAY     Timer expires & Pending    Failover()                    SUSPECT"),
    SUSPECT_DWA("SUSPECT  Receive DWA                Pending=FALSE, Failback()     OKAY"),
    SUSPECT_NON_DWA("SUSPECT  Receive non-DWA            Failback(), SetWatchdog()     OKAY"),
    SUSPECT_EXPIRES_LAST("SUSPECT  Timer expires              CloseConnection()             DOWN"),
    REOPEN_DWA("REOPEN   Receive DWA & NumDWA < 2   Pending=FALSE, NumDWA++       REOPEN"),
    REOPEN_DWA_LAST("REOPEN   Receive DWA & NumDWA == 2  Pending=FALSE, Failback()     OKAY"),
    REOPEN_NON_DWA("REOPEN   Receive non-DWA            Throwaway(); ours: served     REOPEN"),
    REOPEN_EXPIRES("REOPEN   Timer expires & !Pending   SendWatchdog(), Pending       REOPEN"),
    REOPEN_EXPIRES_PENDING(
        "REOPEN   Timer expires & Pending & NumDWA >= 0   NumDWA=-1       REOPEN"),
    REOPEN_EXPIRES_LAST("REOPEN   Timer expires & Pending & NumDWA < 0  CloseConnection()  DOWN"),
    OKAY_CONNECTION_DOWN("OKAY     Connection down            CloseConnection()             DOWN"),
    SUSPECT_CONNECTION_DOWN(
        "SUSPECT  Connection down            CloseConnection()             DOWN"),
    REOPEN_CONNECTION_DOWN(
        "REOPEN   Connection down            CloseConnection()             DOWN"),

    // ours
    SUSPECT_EXPIRES("SUSPECT  Timer expires, not yet three times  SendWatchdog()       SUSPECT"),
    DISCONNECTED_IN_ORDER(
        "any      Connection down after a DPR              (CONF-DP-11)    INITIAL"),
    OKAY_STALLED("OKAY     Requests wait 1 s, nothing received   SendWatchdog()        OKAY"),
    OKAY_STALLED_PENDING(
        "OKAY     The same with a DWR out, 1 s   Failover()                 SUSPECT"),
    OKAY_PROBE("OKAY     The owner doubts & !Pending           SendWatchdog()        OKAY"),
    OKAY_PROBE_PENDING("OKAY     The owner doubts & Pending            nothing               OKAY"),
    OTHER_PROBE("other    The owner doubts                      nothing               same"),
    OKAY_UNRESPONSIVE(
        "OKAY     Requests are not answered             Failover()            SUSPECT"),
    OTHER_UNRESPONSIVE("other    Requests are not answered             nothing               same"),
    UNRESPONSIVE_RECEIVES(
        "SUSPECT  so, Receive anything but an answer      nothing            SUSPECT"),
    UNRESPONSIVE_ANSWERS("SUSPECT  so, a request is answered           Failback()            OKAY"),
    UNRESPONSIVE_EXPIRES(
        "SUSPECT  so, Timer expires & !Pending        SendWatchdog()        SUSPECT"),
    UNRESPONSIVE_EXPIRES_PENDING(
        "SUSPECT  so, Timer expires & Pending   SendWatchdog()         SUSPECT"),
    PROVEN("any      a request is answered                 fully trusted again   same");

    final String text;

    Row(String text) {
      this.text = text;
    }
  }

  /** When something is due, in nanoseconds: not before, and not after. */
  record Window(long from, long to) {
    Window earlier(long at, long until) {
      return new Window(Math.min(from, at), Math.min(to, until));
    }
  }

  private final Map<Row, Long> covered;
  private Health health = Health.INITIAL;
  private boolean pending;
  private boolean early; // the DWR was sent before the interval was over, and nothing came since
  private boolean unresponsive;
  private boolean proven = true;
  private int numDwa;
  private int failures;
  private long receivedAt;
  private long sentAt;
  private long setAt;

  WatchdogModel(Map<Row, Long> covered) {
    this.covered = covered;
  }

  static Map<Row, Long> noneCovered() {
    return new EnumMap<>(Row.class);
  }

  private void row(Row row) {
    covered.merge(row, 1L, Long::sum);
  }

  boolean isPending() {
    return pending;
  }

  Health health() {
    return health;
  }

  /** Whether a DWR is due at once. */
  boolean connectionUp(long now) {
    receivedAt = now;
    pending = false;
    early = false;
    failures = 0;
    if (health == Health.INITIAL) {
      row(Row.INITIAL_CONNECTION_UP);
      health = Health.OKAY;
      return false;
    }
    row(Row.DOWN_CONNECTION_UP);
    numDwa = 0;
    health = Health.REOPEN;
    return send(now);
  }

  void connectionDown(boolean inOrder) {
    switch (health) {
      case OKAY -> row(Row.OKAY_CONNECTION_DOWN);
      case SUSPECT -> row(Row.SUSPECT_CONNECTION_DOWN);
      case REOPEN -> row(Row.REOPEN_CONNECTION_DOWN);
      case INITIAL, DOWN -> {}
    }
    if (inOrder) {
      row(Row.DISCONNECTED_IN_ORDER);
    }
    health = inOrder || health == Health.INITIAL ? Health.INITIAL : Health.DOWN;
    proven = health == Health.INITIAL;
    pending = false;
    unresponsive = false;
  }

  /** Bytes came; {@code awaited} when they are the DWA to the DWR that waits. */
  void received(long now, boolean awaited) {
    receivedAt = now;
    failures = 0;
    early = false;
    switch (health) {
      case OKAY -> row(awaited ? Row.OKAY_DWA : Row.OKAY_NON_DWA);
      case SUSPECT -> receivedSuspect(awaited);
      case REOPEN -> receivedReopen(now, awaited);
      case INITIAL, DOWN -> {}
    }
    if (awaited) {
      pending = false;
    }
  }

  private void receivedSuspect(boolean awaited) {
    if (unresponsive) {
      row(Row.UNRESPONSIVE_RECEIVES);
    } else {
      row(awaited ? Row.SUSPECT_DWA : Row.SUSPECT_NON_DWA);
      health = Health.OKAY;
    }
  }

  private void receivedReopen(long now, boolean awaited) {
    if (!awaited) {
      row(Row.REOPEN_NON_DWA);
      return;
    }
    setAt = now;
    row(numDwa == 2 ? Row.REOPEN_DWA_LAST : Row.REOPEN_DWA);
    health = numDwa == 2 ? Health.OKAY : Health.REOPEN;
    numDwa++;
  }

  /** A request was answered; {@link #received} was told of its bytes. */
  void answered() {
    if (!proven) {
      row(Row.PROVEN);
    }
    proven = true;
    if (unresponsive) {
      row(Row.UNRESPONSIVE_ANSWERS);
      unresponsive = false;
      health = Health.OKAY;
    }
  }

  void unresponsive() {
    row(health == Health.OKAY ? Row.OKAY_UNRESPONSIVE : Row.OTHER_UNRESPONSIVE);
    if (health == Health.OKAY) {
      health = Health.SUSPECT;
      unresponsive = true;
      proven = false;
    }
  }

  /** Whether a DWR goes out. */
  boolean probe(long now) {
    if (health != Health.OKAY || pending) {
      row(health == Health.OKAY ? Row.OKAY_PROBE_PENDING : Row.OTHER_PROBE);
      return false;
    }
    row(Row.OKAY_PROBE);
    early = true;
    return send(now);
  }

  /** The timer expires: true for a DWR, false for the end of the connection. */
  boolean expires(long now, long waitingSince) {
    if (!pending) {
      boolean beforeTime = now < receivedAt + TW - JITTER;
      switch (health) {
        case REOPEN -> row(Row.REOPEN_EXPIRES);
        case SUSPECT -> row(Row.UNRESPONSIVE_EXPIRES);
        default -> row(beforeTime ? Row.OKAY_STALLED : Row.OKAY_EXPIRES);
      }
      early =
          health == Health.OKAY
              && waitingSince != NOBODY_WAITS
              && now >= Math.max(receivedAt, waitingSince) + STALL;
      return send(now);
    }
    if (health == Health.REOPEN) {
      boolean again = numDwa >= 0;
      row(again ? Row.REOPEN_EXPIRES_PENDING : Row.REOPEN_EXPIRES_LAST);
      numDwa = -1;
      return again && send(now);
    }
    failures++;
    boolean again = failures < MAX_FAILURES;
    row(rowOfFailure(now, again));
    health = Health.SUSPECT;
    proven = false;
    unresponsive = false;
    early = false;
    return again && send(now);
  }

  /** Whether the next expiry of the timer ends the connection. */
  boolean isLastExpiry() {
    return pending && (health == Health.REOPEN ? numDwa < 0 : failures + 1 >= MAX_FAILURES);
  }

  private Row rowOfFailure(long now, boolean again) {
    if (health == Health.SUSPECT) {
      return unresponsive
          ? Row.UNRESPONSIVE_EXPIRES_PENDING
          : again ? Row.SUSPECT_EXPIRES : Row.SUSPECT_EXPIRES_LAST;
    }
    boolean inTime = now >= Math.max(sentAt, receivedAt) + TIMEOUT;
    return inTime ? Row.OKAY_EXPIRES_PENDING : Row.OKAY_STALLED_PENDING;
  }

  private boolean send(long now) {
    pending = true;
    sentAt = now;
    return true;
  }

  /**
   * When the timer expires on an open connection if nothing is received until then.
   *
   * @param waitingSince since when requests wait for an answer
   */
  Window window(long waitingSince) {
    if (health == Health.REOPEN) {
      long due = pending ? sentAt + TIMEOUT : setAt + REOPEN_INTERVAL;
      return new Window(due, due);
    }
    boolean waits = waitingSince != NOBODY_WAITS && health == Health.OKAY;
    long stalled = Math.max(receivedAt, waitingSince) + STALL;
    if (!pending) {
      var idle = new Window(receivedAt + TW - JITTER, receivedAt + TW + JITTER);
      return waits ? idle.earlier(stalled, stalled + TICK) : idle;
    }
    long ordinary = Math.max(sentAt, receivedAt) + TIMEOUT;
    var due = new Window(ordinary, ordinary);
    if (early) {
      due = due.earlier(sentAt + STALL_PROBE, sentAt + STALL_PROBE);
    }
    if (waits) {
      long probed = Math.max(sentAt, stalled) + STALL_PROBE;
      due = due.earlier(probed, probed + TICK);
    }
    return due;
  }

  /** What may be sent to the peer. */
  Readiness readiness() {
    return switch (health) {
      case INITIAL, DOWN -> Readiness.NONE;
      case OKAY -> proven ? Readiness.READY : Readiness.ON_TRIAL;
      case REOPEN -> Readiness.REOPENING;
      case SUSPECT -> unresponsive ? Readiness.UNRESPONSIVE : Readiness.SUSPECT;
    };
  }
}
