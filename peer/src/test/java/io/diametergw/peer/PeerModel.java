package io.diametergw.peer;

import io.diametergw.peer.ModelRows.Row;
import io.diametergw.peer.WatchdogModel.Window;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a connection has to do: {@link ModelRows} and {@link WatchdogModel} put together, with the
 * pause between two attempts (RFC 6733 §2.1, §5.4.3). For a peer that we dial, over all its
 * connections; for one that dials us, a connection after another.
 *
 * <p>Time is in nanoseconds. What is sent is named as in {@link ModelRows}.
 */
final class PeerModel {
  private static final long MILLI = WatchdogModel.MILLI;
  private static final long READ_TIMEOUT = 30_000 * MILLI;
  private static final double FIRST_PAUSE = 5_000d * MILLI;
  private static final double LONGER = 1.5;
  private static final double MAX_PAUSE = 300_000d * MILLI;
  private static final double JITTER = 0.2;
  private static final double BUSY = 10;
  private static final long SETTLED = 60_000 * MILLI;

  /** Something that time brings about. */
  record Due(ModelEvent event, Window window) {}

  private final boolean dialled;
  private final ModelRows rows;
  private final Map<String, Long> covered;
  private final Map<WatchdogModel.Row, Long> watchdogCovered;
  private final List<ModelEvent> waiting = new ArrayList<>(); // to be served after the CEA

  private ModelState state;
  private WatchdogModel watchdog; // of the dialled peer, or of the present connection
  private boolean retired;
  private boolean wasOpen;
  private boolean dialledBefore;
  private long since;
  private long openSince;
  private long partSince;
  private boolean part;
  private int owed;
  private int asked;
  private long askedSince = WatchdogModel.NOBODY_WAITS;
  private boolean olderDwr; // a DWR of this connection ran out
  private int lateAttempts;
  private ModelEvent announced = ModelEvent.TIME; // TIME: no DPR
  private double nextPause = FIRST_PAUSE;
  private Window dial = new Window(0, 0);

  PeerModel(
      boolean dialled,
      ModelRows rows,
      Map<String, Long> covered,
      Map<WatchdogModel.Row, Long> watchdogCovered) {
    this.dialled = dialled;
    this.rows = rows;
    this.covered = covered;
    this.watchdogCovered = watchdogCovered;
    this.watchdog = new WatchdogModel(watchdogCovered);
    this.state = dialled ? ModelState.IDLE : ModelState.GONE;
  }

  ModelState state() {
    return state;
  }

  /** Requests of the peer that wait for an answer, also those of which only a part came. */
  int unanswered() {
    int cer = state == ModelState.WAIT_ADMISSION ? 1 : 0;
    return owed
        + cer
        + (part ? 1 : 0)
        + (int) waiting.stream().filter(PeerModel::isRequest).count();
  }

  private static boolean isRequest(ModelEvent event) {
    return switch (event) {
      case CER, DWR, DPR, REQUEST, REQUEST_HELD -> true;
      default -> false;
    };
  }

  /** A row of the table on one side, for counting. */
  static String pair(boolean dialled, ModelState state, ModelEvent event) {
    return (dialled ? "I " : "R ") + state + " " + event;
  }

  // ---------------------------------------------------------------- what may happen

  /** What may happen now, with how it is weighed. */
  Map<ModelEvent, Integer> possible() {
    var possible = new EnumMap<ModelEvent, Integer>(ModelEvent.class);
    for (ModelEvent event : rows.of(state).keySet()) {
      if (allows(event)) {
        possible.put(event, weight(event));
      }
    }
    return possible;
  }

  /**
   * As the event says, but: what opens a connection is nothing special on one that is open, states
   * that do not last are not left at once, and whoever waits for answers is likely to send FIN.
   */
  private int weight(ModelEvent event) {
    boolean closing = state == ModelState.LEAVING || state == ModelState.STOPPING;
    boolean stays = Objects.requireNonNull(rows.of(state).get(event)).next() == null;
    return switch (event) {
      case CER, CEA -> closing || state == ModelState.OPEN ? 1 : event.weight;
      case FIN -> owed > 0 && !dialled ? 8 : event.weight;
      default -> event.weight * (closing && stays ? 3 : 1);
    };
  }

  boolean allows(ModelEvent event) {
    if (event.isTimed() || !rows.of(state).containsKey(event)) {
      return false;
    }
    if (part && event.isMessage() && event != ModelEvent.REST) {
      return false; // it would be the rest
    }
    return switch (event) {
      case REST -> part;
      case PART -> !part;
      case DWA, DWA_5012 -> watchdog.isPending();
      case DWA_LATE -> olderDwr;
      case ANSWER -> asked > 0;
      case SETTLE -> owed > 0;
      case LATE_ACK -> lateAttempts > 0;
      case RETIRE -> dialled;
      default -> true;
    };
  }

  /** What time brings about, if nothing else happens. */
  List<Due> due() {
    var due = new ArrayList<Due>();
    if (state.limitMillis != Long.MAX_VALUE) {
      due.add(new Due(ModelEvent.TIMEOUT, at(since + state.limitMillis * MILLI)));
    }
    if (state == ModelState.IDLE) {
      due.add(new Due(ModelEvent.DIAL, dial));
    }
    if (state == ModelState.OPEN) {
      due.add(new Due(ModelEvent.WATCHDOG, watchdog.window(askedSince)));
    }
    if (part && rows.of(state).containsKey(ModelEvent.READ_TIMEOUT)) {
      due.add(new Due(ModelEvent.READ_TIMEOUT, at(partSince + READ_TIMEOUT)));
    }
    return due;
  }

  /** What is seen first of something that time brings about. */
  String announces(ModelEvent event) {
    return switch (event) {
      case DIAL -> "CONNECT";
      case WATCHDOG -> watchdog.isLastExpiry() ? "END" : "DWR";
      default -> "END";
    };
  }

  private static Window at(long nanos) {
    return new Window(nanos, nanos);
  }

  // ---------------------------------------------------------------- what happens

  /** It happens; returns what is sent. */
  List<String> apply(ModelEvent event, long now) {
    Row row = rows.of(state).get(event);
    if (row == null) {
      throw new AssertionError("the model has no row for " + state + " " + event);
    }
    covered.merge(pair(dialled, state, event), 1L, Long::sum);
    if (event.isMessage()) {
      watchdog.received(now, event == ModelEvent.DWA || event == ModelEvent.DWA_5012);
    }
    var sent = new ArrayList<String>();
    for (String what : row.sent()) {
      switch (what) {
        case "ANSWERS" -> {
          for (; owed > 0; owed--) {
            sent.add("ANS-2001");
          }
        }
        case "WATCHDOG" -> watchdogSays(event, now, sent);
        default -> sent.add(what);
      }
    }
    ModelState next = row.next();
    if (event == ModelEvent.FIN && owed > 0 && !dialled && next == ModelState.GONE) {
      if (state == ModelState.OPEN || state == ModelState.LEAVING || state == ModelState.STOPPING) {
        next = ModelState.HALF_CLOSED;
        sent.clear();
      }
    }
    remember(event, row, now);
    if (sent.contains("END") || sent.contains("RST")) {
      next = ModelState.GONE;
    }
    if (next != null) {
      enter(event, next, now);
    }
    if (next == ModelState.OPEN && watchdog.connectionUp(now)) {
      sent.add("DWR");
    }
    if (event == ModelEvent.ADMIT) {
      serveWaiting(now, sent);
    }
    return sent;
  }

  private void watchdogSays(ModelEvent event, long now, List<String> sent) {
    switch (event) {
      case UNRESPONSIVE -> watchdog.unresponsive();
      case PROBE -> {
        if (watchdog.probe(now)) {
          sent.add("DWR");
        }
      }
      default -> {
        olderDwr |= watchdog.isPending();
        sent.add(watchdog.expires(now, askedSince) ? "DWR" : "END");
      }
    }
  }

  private void remember(ModelEvent event, Row row, long now) {
    switch (event) {
      case PART -> {
        part = true;
        partSince = now;
      }
      case REST -> part = false;
      case DPR, DPR_BUSY, DPR_NOT_WANTED -> {
        if (row.sent().contains("DPA-2001")) {
          announced = event; // elsewhere it is no good-bye, but an error
        }
      }
      case STOP, RETIRE -> {
        retired |= event == ModelEvent.RETIRE;
        if (state == ModelState.OPEN) {
          announced = ModelEvent.DPR; // ours, with the cause REBOOTING
        }
      }
      case REQUEST_HELD -> owed += state == ModelState.WAIT_ADMISSION ? 0 : 1;
      case ASK -> {
        asked++;
        askedSince = asked == 1 ? now : askedSince;
      }
      case ANSWER -> {
        asked--;
        askedSince = asked == 0 ? WatchdogModel.NOBODY_WAITS : now;
        watchdog.answered();
      }
      case LATE_ACK -> lateAttempts--;
      case CER_BURST -> {
        waiting.add(ModelEvent.REQUEST);
        waiting.add(ModelEvent.DWR);
      }
      default -> {}
    }
    if (state == ModelState.WAIT_ADMISSION && event.isMessage()) {
      waiting.add(event);
    }
  }

  private void serveWaiting(long now, List<String> sent) {
    while (!waiting.isEmpty() && state.isConnected()) {
      sent.addAll(apply(waiting.remove(0), now));
    }
    waiting.clear();
  }

  private void enter(ModelEvent event, ModelState next, long now) {
    switch (next) {
      case GONE, IDLE, RETIRED -> {
        if (state == ModelState.WAIT_CONN_ACK && event != ModelEvent.NACK) {
          lateAttempts++; // TCP goes on connecting
        }
        closed(now);
        next = !dialled ? ModelState.GONE : retired ? ModelState.RETIRED : ModelState.IDLE;
      }
      case WAIT_CER -> watchdog = new WatchdogModel(watchdogCovered);
      case WAIT_CONN_ACK -> {
        wasOpen = false;
        dialledBefore = true;
      }
      case OPEN -> {
        wasOpen = true;
        openSince = now;
      }
      default -> {}
    }
    state = next;
    since = now;
  }

  private void closed(long now) {
    if (state == ModelState.IDLE) {
      return; // RETIRE between two attempts
    }
    if (dialled) {
      dial = pause(now);
    }
    watchdog.connectionDown(announced != ModelEvent.TIME);
    announced = ModelEvent.TIME;
    waiting.clear();
    part = false;
    owed = 0;
    asked = 0;
    askedSince = WatchdogModel.NOBODY_WAITS;
    olderDwr = false;
  }

  /** RFC 6733 §2.1, §5.4.3: the pause grows from attempt to attempt; Disconnect-Cause counts. */
  private Window pause(long now) {
    if (wasOpen && now - openSince >= SETTLED) {
      nextPause = FIRST_PAUSE;
    }
    double pause =
        switch (announced) {
          case DPR_BUSY -> FIRST_PAUSE * BUSY;
          case DPR_NOT_WANTED -> MAX_PAUSE;
          default -> {
            double due = nextPause;
            nextPause = Math.min(nextPause * LONGER, MAX_PAUSE);
            yield due;
          }
        };
    return new Window(
        now + (long) Math.floor(pause * (1 - JITTER)),
        now + (long) Math.ceil(pause * (1 + JITTER)));
  }

  // ---------------------------------------------------------------- what is seen

  /** The state that people see. */
  PeerState shown() {
    return switch (state) {
      case IDLE ->
          !dialledBefore ? PeerState.DISCONNECTED : wasOpen ? state.shown : PeerState.FAILED;
      case OPEN -> dialled && watchdog.isPending() ? PeerState.DWR_SENT : PeerState.OPEN;
      default -> state.shown;
    };
  }

  Readiness readiness() {
    return state == ModelState.OPEN ? watchdog.readiness() : Readiness.NONE;
  }

  /** The RFC 3539 health of a connection that is, or of the dialled peer. */
  String health() {
    return watchdog.health().name();
  }
}
