package io.diametergw.peer;

/** Why a peer is being disconnected (RFC 6733 §5.4.3). */
public enum DisconnectCause {
  REBOOTING(0),
  BUSY(1),
  DO_NOT_WANT_TO_TALK_TO_YOU(2);

  private final int value;

  DisconnectCause(int value) {
    this.value = value;
  }

  /** The value of the Disconnect-Cause AVP. */
  int value() {
    return value;
  }

  /**
   * The cause that the value of a Disconnect-Cause AVP names; any other value is taken as {@link
   * #REBOOTING}.
   */
  static DisconnectCause of(int value) {
    return value == 1 ? BUSY : value == 2 ? DO_NOT_WANT_TO_TALK_TO_YOU : REBOOTING;
  }
}
