package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.diametergw.peer.PeerStateMachine.*;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row; the RFC's names of states and events (RFC 6733 §5.6) beside ours. */
class PeerStateMachineTest {
  private static final State CLOSED = new Closed();
  private static final State WAIT_CONN_ACK = new WaitConnAck(); // Wait-Conn-Ack
  private static final State WAIT_CEA = new WaitCea(); // Wait-I-CEA
  private static final State WAIT_CER = new WaitCer(); // Closed, R-Conn-CER not here yet
  private static final State WAIT_ADMISSION =
      new WaitAdmission(); // Closed, R-Conn-CER being judged
  private static final State OPEN = new Open(); // I-Open, R-Open
  private static final State CLOSING = new Closing(false); // Closing, our DPR
  private static final State LEAVING = new Closing(true); // Closing, the peer's DPR

  private static final Event START = new Start(); // Start
  private static final Event CONN_ACK = new ConnAck(); // I-Rcv-Conn-Ack
  private static final Event ACCEPTED = new Accepted();
  private static final Event CER = new CerReceived(); // R-Conn-CER, *-Rcv-CER
  private static final Event BAD_CER = new BadCerReceived();
  private static final Event ADMITTED = new Admitted();
  private static final Event REFUSED = new Refused();
  private static final Event CEA = new CeaReceived(); // I-Rcv-CEA
  private static final Event BAD_CEA = new BadCeaReceived(); // I-Rcv-Non-CEA
  private static final Event DWR = new DwrReceived(); // *-Rcv-DWR
  private static final Event DWA = new DwaReceived(); // *-Rcv-DWA
  private static final Event DPR = new DprReceived(); // *-Rcv-DPR
  private static final Event DPA = new DpaReceived(); // *-Rcv-DPA
  private static final Event MESSAGE = new MessageReceived(); // *-Rcv-Message
  private static final Event STOP = new Stop(); // Stop
  private static final Event TIMEOUT = new Timeout(); // Timeout
  private static final Event INPUT_CLOSED = new InputClosed(); // FIN while answers are owed
  private static final Event DISCONNECTED = new Disconnected(); // *-Peer-Disc, I-Rcv-Conn-Nack

  private static final List<State> STATES =
      List.of(CLOSED, WAIT_CONN_ACK, WAIT_CEA, WAIT_CER, WAIT_ADMISSION, OPEN, CLOSING, LEAVING);
  private static final List<Event> EVENTS =
      List.of(
          START,
          CONN_ACK,
          ACCEPTED,
          CER,
          BAD_CER,
          ADMITTED,
          REFUSED,
          CEA,
          BAD_CEA,
          DWR,
          DWA,
          DPR,
          DPA,
          MESSAGE,
          STOP,
          TIMEOUT,
          INPUT_CLOSED,
          DISCONNECTED);

  static Stream<Arguments> rows() {
    var rows = new ArrayList<Arguments>();
    // state, event, next state, action               RFC 6733 §5.6: state, event, action, next
    // state
    row(
        rows,
        CLOSED,
        START,
        WAIT_CONN_ACK,
        Action.CONNECT); // Closed, Start, I-Snd-Conn-Req, Wait-Conn-Ack
    row(
        rows,
        CLOSED,
        ACCEPTED,
        WAIT_CER,
        Action.NOTHING); // Closed, R-Conn-CER: first the connection
    row(rows, CLOSED, CONN_ACK, CLOSED, Action.CLOSE); // stopped while TCP was connecting
    all(
        rows,
        CLOSED,
        CLOSED,
        Action.NOTHING,
        CER,
        BAD_CER,
        ADMITTED,
        REFUSED,
        CEA,
        BAD_CEA,
        DWR,
        DWA);
    all(rows, CLOSED, CLOSED, Action.NOTHING, DPR, DPA, MESSAGE, STOP, TIMEOUT, DISCONNECTED);
    row(rows, CLOSED, INPUT_CLOSED, CLOSED, Action.NOTHING);

    row(
        rows,
        WAIT_CONN_ACK,
        CONN_ACK,
        WAIT_CEA,
        Action.SEND_CER); // I-Rcv-Conn-Ack, I-Snd-CER, Wait-I-CEA
    row(
        rows,
        WAIT_CONN_ACK,
        DISCONNECTED,
        CLOSED,
        Action.CLEAN_UP); // I-Rcv-Conn-Nack, Cleanup, Closed
    row(rows, WAIT_CONN_ACK, TIMEOUT, CLOSED, Action.CLOSE); // Timeout, Error, Closed
    row(rows, WAIT_CONN_ACK, STOP, CLOSED, Action.CLOSE);
    row(rows, WAIT_CONN_ACK, INPUT_CLOSED, CLOSED, Action.CLOSE);
    all(
        rows,
        WAIT_CONN_ACK,
        CLOSED,
        Action.CLOSE,
        START,
        ACCEPTED,
        CER,
        BAD_CER,
        ADMITTED,
        REFUSED,
        CEA);
    all(rows, WAIT_CONN_ACK, CLOSED, Action.CLOSE, BAD_CEA, DWR, DWA, DPR, DPA, MESSAGE);

    row(rows, WAIT_CEA, CEA, OPEN, Action.OPEN); // I-Rcv-CEA, Process-CEA, I-Open
    row(rows, WAIT_CEA, DISCONNECTED, CLOSED, Action.CLEAN_UP); // I-Peer-Disc, I-Disc, Closed
    row(rows, WAIT_CEA, TIMEOUT, CLOSED, Action.CLOSE); // Timeout, Error, Closed
    row(rows, WAIT_CEA, STOP, CLOSED, Action.CLOSE);
    row(rows, WAIT_CEA, INPUT_CLOSED, CLOSED, Action.CLOSE);
    all(
        rows,
        WAIT_CEA,
        CLOSED,
        Action.CLOSE,
        BAD_CEA,
        CER,
        BAD_CER,
        DWR,
        DWA,
        DPR,
        DPA,
        MESSAGE); // I-Rcv-Non-CEA, Error
    all(rows, WAIT_CEA, CLOSED, Action.CLOSE, START, CONN_ACK, ACCEPTED, ADMITTED, REFUSED);

    row(
        rows,
        WAIT_CER,
        CER,
        WAIT_ADMISSION,
        Action.ASK_ADMISSION); // R-Conn-CER, R-Accept, Process-CER
    row(
        rows,
        WAIT_CER,
        BAD_CER,
        CLOSED,
        Action.REFUSE); // R-Conn-CER, R-Snd-CEA with an error, R-Disc
    row(rows, WAIT_CER, DISCONNECTED, CLOSED, Action.CLEAN_UP); // R-Peer-Disc
    row(rows, WAIT_CER, TIMEOUT, CLOSED, Action.CLOSE);
    row(rows, WAIT_CER, STOP, CLOSED, Action.CLOSE);
    row(rows, WAIT_CER, INPUT_CLOSED, CLOSED, Action.CLOSE);
    all(rows, WAIT_CER, CLOSED, Action.CLOSE, CEA, BAD_CEA, DWR, DWA, DPR, DPA, MESSAGE); // §5.6.1
    all(rows, WAIT_CER, CLOSED, Action.CLOSE, START, CONN_ACK, ACCEPTED, ADMITTED, REFUSED);

    row(rows, WAIT_ADMISSION, ADMITTED, OPEN, Action.SEND_CEA); // R-Snd-CEA, R-Open
    row(rows, WAIT_ADMISSION, REFUSED, CLOSED, Action.REFUSE); // R-Snd-CEA with an error, R-Disc
    row(rows, WAIT_ADMISSION, DISCONNECTED, CLOSED, Action.CLEAN_UP); // R-Peer-Disc
    row(rows, WAIT_ADMISSION, TIMEOUT, CLOSED, Action.CLOSE);
    row(rows, WAIT_ADMISSION, STOP, CLOSED, Action.CLOSE);
    row(rows, WAIT_ADMISSION, INPUT_CLOSED, CLOSED, Action.CLOSE);
    all(
        rows,
        WAIT_ADMISSION,
        WAIT_ADMISSION,
        Action.DEFER,
        CER,
        BAD_CER,
        CEA,
        BAD_CEA,
        DWR,
        DWA,
        DPR);
    all(
        rows,
        WAIT_ADMISSION,
        WAIT_ADMISSION,
        Action.DEFER,
        DPA,
        MESSAGE,
        START,
        CONN_ACK,
        ACCEPTED);

    row(rows, OPEN, DWR, OPEN, Action.SEND_DWA); // *-Rcv-DWR, Process-DWR, *-Snd-DWA
    row(rows, OPEN, DWA, OPEN, Action.WATCHDOG_ANSWERED); // *-Rcv-DWA, Process-DWA
    row(rows, OPEN, DPR, LEAVING, Action.SEND_DPA); // *-Rcv-DPR, *-Snd-DPA, Closing
    row(rows, OPEN, STOP, CLOSING, Action.SEND_DPR); // Stop, *-Snd-DPR, Closing
    row(rows, OPEN, MESSAGE, OPEN, Action.PROCESS); // *-Rcv-Message, Process
    row(rows, OPEN, DISCONNECTED, CLOSED, Action.CLEAN_UP); // *-Peer-Disc, *-Disc, Closed
    row(rows, OPEN, TIMEOUT, CLOSED, Action.CLOSE);
    row(rows, OPEN, INPUT_CLOSED, LEAVING, Action.NOTHING); // its answers are still delivered
    row(rows, OPEN, CER, OPEN, Action.REFUSE_SECOND_CER); // CONF-CER-16
    row(rows, OPEN, BAD_CER, OPEN, Action.REFUSE_SECOND_CER);
    all(
        rows,
        OPEN,
        OPEN,
        Action.NOTHING,
        CEA,
        BAD_CEA,
        DPA,
        START,
        CONN_ACK,
        ACCEPTED,
        ADMITTED,
        REFUSED);

    row(rows, CLOSING, DPA, CLOSED, Action.CLOSE); // *-Rcv-DPA, *-Disc, Closed
    row(rows, LEAVING, DPA, LEAVING, Action.NOTHING); // nobody asked: the peer closes (§5.4)
    for (State closing : List.of(CLOSING, LEAVING)) {
      row(rows, closing, DPR, closing, Action.SEND_DPA); // both sent one
      row(rows, closing, DWR, closing, Action.SEND_DWA);
      row(rows, closing, DWA, closing, Action.WATCHDOG_ANSWERED);
      row(rows, closing, MESSAGE, closing, Action.PROCESS); // answers still count
      row(rows, closing, TIMEOUT, CLOSED, Action.CLOSE); // Timeout, Error, Closed
      row(rows, closing, DISCONNECTED, CLOSED, Action.CLEAN_UP); // *-Peer-Disc, *-Disc, Closed
      all(rows, closing, closing, Action.NOTHING, STOP, START, CONN_ACK, ACCEPTED, CER, BAD_CER);
      row(rows, closing, INPUT_CLOSED, closing, Action.NOTHING);
      all(rows, closing, closing, Action.NOTHING, ADMITTED, REFUSED, CEA, BAD_CEA);
    }
    return rows.stream();
  }

  @ParameterizedTest(name = "{0}, {1} -> {2}, {3}")
  @MethodSource("rows")
  void rowHolds(State state, Event event, State next, Action action) {
    Transition transition = PeerStateMachine.on(state, event);

    assertThat(transition).isEqualTo(new Transition(next, action));
  }

  @Test
  void everyStateAndEventHasARow() {
    List<List<Object>> tested =
        rows().map(row -> List.of(row.get()[0], row.get()[1])).distinct().toList();

    assertThat(tested).hasSize(STATES.size() * EVENTS.size()).hasSize((int) rows().count());
    assertThat(EVENTS).hasSize(Event.class.getPermittedSubclasses().length);
  }

  private static void row(
      List<Arguments> rows, State state, Event event, State next, Action action) {
    rows.add(arguments(state, event, next, action));
  }

  private static void all(
      List<Arguments> rows, State state, State next, Action action, Event... events) {
    for (Event event : events) {
      row(rows, state, event, next, action);
    }
  }
}
