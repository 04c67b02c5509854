package io.diametergw.peer;

/** Where a connection stands in {@link PeerModel}; the RFC's names beside ours. */
enum ModelState {
  /** Accepted side: no connection (Closed). */
  GONE(PeerState.DISCONNECTED, Long.MAX_VALUE),
  /** Accepted; the CER is owed (Closed, before R-Conn-CER). */
  WAIT_CER(PeerState.CONNECTING, 10_000),
  /** The CER is good; the owner has not decided (Closed, Process-CER). */
  WAIT_ADMISSION(PeerState.CER_RECEIVED, 10_000),
  /** Dialling side: between two attempts (Closed). */
  IDLE(PeerState.RECONNECTING, Long.MAX_VALUE),
  /** Dialling side: no more attempts (Closed). */
  RETIRED(PeerState.DISCONNECTED, Long.MAX_VALUE),
  /** TCP is connecting (Wait-Conn-Ack). */
  WAIT_CONN_ACK(PeerState.CONNECTING, 10_000),
  /** Our CER is out (Wait-I-CEA). */
  WAIT_CEA(PeerState.CER_SENT, 10_000),
  /** R-Open, I-Open. */
  OPEN(PeerState.OPEN, Long.MAX_VALUE),
  /** The peer's DPR is answered (Closing). */
  LEAVING(PeerState.CLOSING, 5_000),
  /** Our DPR is out (Closing). */
  STOPPING(PeerState.CLOSING, 5_000),
  /** The peer sent FIN and waits for answers (ours). */
  HALF_CLOSED(PeerState.CLOSING, 1_000);

  /** What people see. */
  final PeerState shown;

  /** How long it may last, in milliseconds. */
  final long limitMillis;

  ModelState(PeerState shown, long limitMillis) {
    this.shown = shown;
    this.limitMillis = limitMillis;
  }

  boolean isConnected() {
    return switch (this) {
      case GONE, IDLE, RETIRED, WAIT_CONN_ACK -> false;
      default -> true;
    };
  }

  /** Whether the state is one of a connection that we accepted. */
  boolean isAccepted() {
    return switch (this) {
      case IDLE, RETIRED, WAIT_CONN_ACK, WAIT_CEA -> false;
      default -> true;
    };
  }

  /** Whether the state is one of a peer that we dial. */
  boolean isDialled() {
    return switch (this) {
      case GONE, WAIT_CER, WAIT_ADMISSION, HALF_CLOSED -> false;
      default -> true;
    };
  }
}
