package io.diametergw.peer;

/** The states of a connection that people see. */
public enum PeerState {
  /** Not connected. */
  DISCONNECTED,
  /** TCP is connecting, or the peer has connected and not said who it is. */
  CONNECTING,
  /** Dialled: our CER is out. */
  CER_SENT,
  /** Accepted: the peer's CER is being judged. */
  CER_RECEIVED,
  /** Accepted: our CEA is on its way. */
  CEA_SENT,
  /** Carries traffic. */
  OPEN,
  /** Open, and a DWR of ours waits for its DWA. */
  DWR_SENT,
  /** A DPR has been sent or received. */
  CLOSING,
  /** The last attempt to connect failed; the next one is due later. */
  FAILED,
  /** The connection was lost; the next attempt is due later. */
  RECONNECTING;

  /** Whether messages of applications flow. */
  public boolean isOpen() {
    return this == OPEN || this == DWR_SENT;
  }
}
