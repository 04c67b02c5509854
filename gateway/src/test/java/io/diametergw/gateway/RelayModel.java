package io.diametergw.gateway;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway owes three Logic Apps and two DRAs, whatever they do: RFC 6733 §5.3 to §5.6,
 * §6.1 and §6.2 as far as time plays no part. The second DRA is the alternate of the first.
 *
 * <p>Predicts, and is told which of several DRAs a request reached; knows nothing of the gateway.
 */
final class RelayModel {
  static final int APPS = 3;
  static final int DRAS = 2;

  /** What an end of the gateway's connections may do. */
  enum Event {
    CONNECT(20),
    CONNECT_AS_STRANGER(2),
    CONNECT_WITHOUT_HOST(2),
    CONNECT_WITH_DWR(2),
    REQUEST(14),
    REQUEST_NOT_PROXIABLE(2),
    REQUEST_WITH_E(2),
    PUSH(5),
    ANSWER(10),
    ANSWER_TWICE(3),
    ANSWER_TO_NOTHING(2),
    CER(2),
    CEA(20),
    CEA_5010(3),
    DWR_FIRST(3),
    DWA(20),
    DPR(3),
    DPR_NOT_WANTED(1),
    DPA(2),
    FIN(2),
    RST(2);

    final int weight;

    Event(int weight) {
      this.weight = weight;
    }
  }

  /** Where a connection stands. */
  enum State {
    /** No connection of a Logic App. */
    GONE,
    /** A DRA has our CER. */
    WAIT_CEA,
    /** R-Open. */
    OPEN,
    /** I-Open, after a failure: DWRs are to be answered (RFC 3539, REOPEN). */
    REOPENING,
    /** I-Open, and has answered no request since it failed. */
    ON_TRIAL,
    /** I-Open. */
    READY,
    /** Closing, after the peer's DPR. */
    LEAVING,
    /** It sent FIN and waits for answers. */
    HALF_CLOSED,
    /** A DRA that does not want us: it is not dialled again within a test. */
    AWAY
  }

  private static final Map<State, List<Event>> APP_EVENTS = new EnumMap<>(State.class);
  private static final Map<State, List<Event>> DRA_EVENTS = new EnumMap<>(State.class);

  static {
    // what may happen to a Logic App's connection
    APP_EVENTS.put(
        State.GONE,
        List.of(
            Event.CONNECT,
            Event.CONNECT_AS_STRANGER,
            Event.CONNECT_WITHOUT_HOST,
            Event.CONNECT_WITH_DWR));
    APP_EVENTS.put(
        State.OPEN,
        List.of(
            Event.REQUEST,
            Event.REQUEST_NOT_PROXIABLE,
            Event.REQUEST_WITH_E,
            Event.ANSWER,
            Event.ANSWER_TO_NOTHING,
            Event.CER,
            Event.DPR,
            Event.DPA,
            Event.FIN,
            Event.RST));
    APP_EVENTS.put(
        State.LEAVING,
        List.of(Event.REQUEST, Event.ANSWER, Event.DPR, Event.DPA, Event.FIN, Event.RST));
    // HALF_CLOSED: no RST, which the gateway hears of when it writes, or when its second is over
    // and to a DRA's
    DRA_EVENTS.put(
        State.WAIT_CEA, List.of(Event.CEA, Event.CEA_5010, Event.DWR_FIRST, Event.FIN, Event.RST));
    var open =
        List.of(
            Event.ANSWER,
            Event.ANSWER_TWICE,
            Event.ANSWER_TO_NOTHING,
            Event.PUSH,
            Event.CER,
            Event.DPR,
            Event.DPR_NOT_WANTED,
            Event.DPA,
            Event.FIN,
            Event.RST);
    DRA_EVENTS.put(State.READY, open);
    DRA_EVENTS.put(State.ON_TRIAL, open);
    DRA_EVENTS.put(
        State.REOPENING,
        List.of(Event.DWA, Event.ANSWER, Event.PUSH, Event.DPR, Event.FIN, Event.RST));
    DRA_EVENTS.put(State.LEAVING, List.of(Event.ANSWER, Event.PUSH, Event.FIN));
  }

  /** A request of a Logic App that a DRA has. */
  static final class Asked {
    final int app;
    int dra;
    int transmissions = 1;

    Asked(int app, int dra) {
      this.app = app;
      this.dra = dra;
    }
  }

  /** A request of a DRA that a Logic App has. */
  record Pushed(int dra, int app) {}

  private final State[] apps = new State[APPS];
  private final State[] dras = new State[DRAS];
  private final boolean[] failed = new boolean[DRAS]; // was lost without a DPR
  private final boolean[] answers = new boolean[DRAS]; // has answered a request since
  private final boolean[] unwanted = new boolean[DRAS];
  private final int[] dwas = new int[DRAS];
  private final List<Asked> asked = new ArrayList<>();
  private final List<Pushed> pushed = new ArrayList<>();
  private final Map<String, Long> covered;
  private long requests;

  RelayModel(Map<String, Long> covered) {
    this.covered = covered;
    Arrays.fill(apps, State.GONE);
    Arrays.fill(dras, State.WAIT_CEA);
  }

  /** Every pair of state and event. */
  static List<String> pairs() {
    var pairs = new ArrayList<String>();
    APP_EVENTS.forEach((state, events) -> events.forEach(e -> pairs.add("app " + state + " " + e)));
    DRA_EVENTS.forEach((state, events) -> events.forEach(e -> pairs.add("DRA " + state + " " + e)));
    return pairs;
  }

  // ---------------------------------------------------------------- what is so

  State app(int app) {
    return apps[app];
  }

  State dra(int dra) {
    return dras[dra];
  }

  boolean isConnected(int app) {
    return apps[app] != State.GONE;
  }

  /** Connected Logic Apps; those that are leaving are among them. */
  int connectedApps() {
    int count = 0;
    for (State app : apps) {
      count += app == State.GONE ? 0 : 1;
    }
    return count;
  }

  boolean isOpen(int dra) {
    return switch (dras[dra]) {
      case READY, ON_TRIAL, REOPENING -> true;
      default -> false;
    };
  }

  int openDras() {
    int count = 0;
    for (int i = 0; i < DRAS; i++) {
      count += isOpen(i) ? 1 : 0;
    }
    return count;
  }

  List<Asked> asked() {
    return asked;
  }

  List<Pushed> pushed() {
    return pushed;
  }

  /** Requests taken so far. */
  long requests() {
    return requests;
  }

  /** What may happen to an end now, with its weight; DRAs come after the Logic Apps. */
  Map<Event, Integer> possible(int end) {
    boolean isApp = end < APPS;
    State state = isApp ? apps[end] : dras[end - APPS];
    var possible = new TreeMap<Event, Integer>();
    for (Event event : (isApp ? APP_EVENTS : DRA_EVENTS).getOrDefault(state, List.of())) {
      if (allows(end, event)) {
        possible.put(event, event == Event.FIN && isApp && owes(end) ? 8 : event.weight);
      }
    }
    return possible;
  }

  private boolean allows(int end, Event event) {
    return switch (event) {
      case ANSWER, ANSWER_TWICE ->
          end < APPS ? oldestPushed(end) != null : oldestAsked(end) != null;
      default -> true;
    };
  }

  private @Nullable Pushed oldestPushed(int app) {
    return pushed.stream().filter(p -> p.app() == app).findFirst().orElse(null);
  }

  private @Nullable Asked oldestAsked(int end) {
    return asked.stream().filter(a -> a.dra == end - APPS).findFirst().orElse(null);
  }

  // ---------------------------------------------------------------- where requests go

  /** The DRAs of which a new request reaches one; none: 3002. {@code not} is left out. */
  List<Integer> nextHops(int not) {
    var ready = withState(State.READY, not);
    if (!ready.isEmpty()) {
      var hops = new ArrayList<>(ready.subList(0, 1)); // the better priority
      if (dras[0] == State.ON_TRIAL && not < 0) {
        hops.add(0); // one now and then finds out whether it answers
      }
      return hops;
    }
    var trial = withState(State.ON_TRIAL, not);
    return trial.isEmpty() ? withState(State.REOPENING, not) : trial;
  }

  private List<Integer> withState(State state, int not) {
    var found = new ArrayList<Integer>();
    for (int i = 0; i < DRAS; i++) {
      if (dras[i] == state && i != not) {
        found.add(i);
      }
    }
    return found;
  }

  // ---------------------------------------------------------------- what happens

  void count(int end, Event event) {
    String who = end < APPS ? "app " + apps[end] : "DRA " + dras[end - APPS];
    covered.merge(who + " " + event, 1L, Long::sum);
  }

  void requestTaken() {
    requests++;
  }

  Asked sent(int app, int dra) {
    var request = new Asked(app, dra);
    asked.add(request);
    return request;
  }

  Pushed pushed(int dra, int app) {
    var push = new Pushed(dra, app);
    pushed.add(push);
    return push;
  }

  void appIs(int app, State state) {
    apps[app] = state;
  }

  /** A DRA has answered a request that waited. */
  void answered(int dra) {
    answers[dra] = true;
    if (dras[dra] == State.ON_TRIAL) {
      dras[dra] = State.READY;
    }
  }

  boolean owes(int app) {
    return asked.stream().anyMatch(a -> a.app == app);
  }

  /** The CEA was good; true when a DWR comes at once (RFC 3539: DOWN, connection up). */
  boolean opened(int dra) {
    dwas[dra] = 0;
    dras[dra] = failed[dra] ? State.REOPENING : State.READY;
    return failed[dra];
  }

  /** A DWA came while it reopens; true when another DWR follows. */
  boolean dwa(int dra) {
    if (++dwas[dra] < 3) {
      return true;
    }
    dras[dra] = answers[dra] ? State.READY : State.ON_TRIAL;
    return false;
  }

  void leaving(int dra, boolean forLong) {
    dras[dra] = State.LEAVING;
    unwanted[dra] = forLong;
  }

  /** A DRA's connection is gone; true when it is dialled again. */
  boolean lost(int dra) {
    boolean wasOpen = isOpen(dra);
    boolean inOrder = dras[dra] == State.LEAVING;
    if (wasOpen || inOrder) {
      failed[dra] = wasOpen;
      answers[dra] = false;
    }
    dras[dra] = unwanted[dra] ? State.AWAY : State.WAIT_CEA;
    return !unwanted[dra];
  }
}
