package io.diametergw.peer;

/**
 * The peer state machine of RFC 6733 §5.6, for one connection, without any I/O: state and event to
 * next state and action.
 *
 * <p>A connection of ours is either the initiator's (I-) or the responder's (R-), so the RFC's two
 * open states are one here and the rows that deal with both connections at once (election) are the
 * owner's, who compares identities before {@link Admitted}.
 */
final class PeerStateMachine {
  /** Where the connection stands. */
  sealed interface State {}

  record Closed() implements State {}

  /** Dialled; TCP has not answered (RFC: Wait-Conn-Ack). */
  record WaitConnAck() implements State {}

  /** Our CER is out (RFC: Wait-I-CEA). */
  record WaitCea() implements State {}

  /** Accepted; the peer owes a CER. */
  record WaitCer() implements State {}

  /** A good CER is here; the node's owner has not said whether it wants this peer. */
  record WaitAdmission() implements State {}

  /** RFC: I-Open, R-Open. */
  record Open() implements State {}

  /** A DPR has been sent or received; {@code byPeer} tells whose it was. */
  record Closing(boolean byPeer) implements State {}

  /** What happens to the connection. */
  sealed interface Event {}

  record Start() implements Event {}

  record ConnAck() implements Event {}

  record Accepted() implements Event {}

  /** A valid CER. */
  record CerReceived() implements Event {}

  /** A CER that gets a CEA with an error. */
  record BadCerReceived() implements Event {}

  record Admitted() implements Event {}

  record Refused() implements Event {}

  /** A CEA with 2xxx and a common application that answers our CER. */
  record CeaReceived() implements Event {}

  /** A CEA that says no, or that answers nothing we asked. */
  record BadCeaReceived() implements Event {}

  record DwrReceived() implements Event {}

  record DwaReceived() implements Event {}

  record DprReceived() implements Event {}

  record DpaReceived() implements Event {}

  /** Any message that is none of the above. */
  record MessageReceived() implements Event {}

  /** The owner wants the connection closed. */
  record Stop() implements Event {}

  /** What the state waits for has not come. */
  record Timeout() implements Event {}

  /** The peer sends no more, but may still read (TCP half-close). */
  record InputClosed() implements Event {}

  /** The transport is gone, or was never there. */
  record Disconnected() implements Event {}

  /** What to do on the way. */
  enum Action {
    NOTHING,
    CONNECT,
    SEND_CER,
    ASK_ADMISSION,
    SEND_CEA,
    REFUSE,
    REFUSE_SECOND_CER,
    OPEN,
    SEND_DWA,
    WATCHDOG_ANSWERED,
    SEND_DPR,
    SEND_DPA,
    PROCESS,
    DEFER,
    CLOSE,
    CLEAN_UP
  }

  /** The outcome of a row. */
  record Transition(State next, Action action) {}

  private record Step(State state, Event event) {}

  private PeerStateMachine() {}

  static Transition on(State state, Event event) {
    return switch (new Step(state, event)) { // RFC 6733 §5.6: state, event -> next state, action
      case Step(Closed _, Start _) -> to(new WaitConnAck(), Action.CONNECT);
      case Step(Closed _, Accepted _) -> to(new WaitCer(), Action.NOTHING);
      case Step(Closed _, ConnAck _) -> to(state, Action.CLOSE); // stopped while TCP was connecting
      case Step(Closed _, _) -> to(state, Action.NOTHING);

      case Step(WaitConnAck _, ConnAck _) -> to(new WaitCea(), Action.SEND_CER);
      case Step(WaitConnAck _, Timeout _), Step(WaitConnAck _, Stop _) -> closed(Action.CLOSE);
      case Step(WaitConnAck _, Disconnected _) -> closed(Action.CLEAN_UP);
      case Step(WaitConnAck _, _) -> closed(Action.CLOSE);

      case Step(WaitCea _, CeaReceived _) -> to(new Open(), Action.OPEN);
      case Step(WaitCea _, BadCeaReceived _) -> closed(Action.CLOSE);
      case Step(WaitCea _, Disconnected _) -> closed(Action.CLEAN_UP);
      case Step(WaitCea _, Timeout _), Step(WaitCea _, Stop _) -> closed(Action.CLOSE);
      case Step(WaitCea _, _) -> closed(Action.CLOSE); // I-Rcv-Non-CEA

      case Step(WaitCer _, CerReceived _) -> to(new WaitAdmission(), Action.ASK_ADMISSION);
      case Step(WaitCer _, BadCerReceived _) -> closed(Action.REFUSE);
      case Step(WaitCer _, Disconnected _) -> closed(Action.CLEAN_UP);
      case Step(WaitCer _, Timeout _), Step(WaitCer _, Stop _) -> closed(Action.CLOSE);
      case Step(WaitCer _, _) -> closed(Action.CLOSE); // the first message must be a CER (§5.6.1)

      case Step(WaitAdmission _, Admitted _) -> to(new Open(), Action.SEND_CEA);
      case Step(WaitAdmission _, Refused _) -> closed(Action.REFUSE);
      case Step(WaitAdmission _, Disconnected _) -> closed(Action.CLEAN_UP);
      case Step(WaitAdmission _, Timeout _),
          Step(WaitAdmission _, Stop _),
          Step(WaitAdmission _, InputClosed _) ->
          closed(Action.CLOSE);
      case Step(WaitAdmission _, _) ->
          to(state, Action.DEFER); // sent before our CEA: served after it

      case Step(Open _, DwrReceived _) -> to(state, Action.SEND_DWA);
      case Step(Open _, DwaReceived _) -> to(state, Action.WATCHDOG_ANSWERED);
      case Step(Open _, DprReceived _) -> to(new Closing(true), Action.SEND_DPA);
      case Step(Open _, Stop _) -> to(new Closing(false), Action.SEND_DPR);
      case Step(Open _, InputClosed _) -> to(new Closing(true), Action.NOTHING);
      case Step(Open _, MessageReceived _) -> to(state, Action.PROCESS);
      case Step(Open _, Disconnected _) -> closed(Action.CLEAN_UP);
      case Step(Open _, Timeout _) -> closed(Action.CLOSE);
      case Step(Open _, CerReceived _), Step(Open _, BadCerReceived _) ->
          to(state, Action.REFUSE_SECOND_CER);
      case Step(Open _, CeaReceived _),
          Step(Open _, BadCeaReceived _),
          Step(Open _, DpaReceived _) ->
          to(state, Action.NOTHING); // answers to nothing
      case Step(Open _, Start _), Step(Open _, ConnAck _), Step(Open _, Accepted _) ->
          to(state, Action.NOTHING);
      case Step(Open _, Admitted _), Step(Open _, Refused _) -> to(state, Action.NOTHING);

      case Step(Closing(var byPeer), DpaReceived _) ->
          byPeer
              ? to(state, Action.NOTHING)
              : closed(Action.CLOSE); // §5.4: the receiver of the DPA closes
      case Step(Closing _, DprReceived _) -> to(state, Action.SEND_DPA);
      case Step(Closing _, DwrReceived _) -> to(state, Action.SEND_DWA);
      case Step(Closing _, DwaReceived _) -> to(state, Action.WATCHDOG_ANSWERED);
      case Step(Closing _, MessageReceived _) -> to(state, Action.PROCESS); // answers still count
      case Step(Closing _, Timeout _) -> closed(Action.CLOSE);
      case Step(Closing _, Disconnected _) -> closed(Action.CLEAN_UP);
      case Step(Closing _, _) -> to(state, Action.NOTHING);
    };
  }

  private static Transition to(State next, Action action) {
    return new Transition(next, action);
  }

  private static Transition closed(Action action) {
    return new Transition(new Closed(), action);
  }
}
