package io.diametergw.wire;

/**
 * The Result-Codes of RFC 6733 §7.1 that a node or relay makes or acts upon. Others pass as
 * numbers.
 */
public enum ResultCode {
  SUCCESS(2001),
  COMMAND_UNSUPPORTED(3001),
  UNABLE_TO_DELIVER(3002),
  REALM_NOT_SERVED(3003),
  TOO_BUSY(3004),
  LOOP_DETECTED(3005),
  REDIRECT_INDICATION(3006),
  APPLICATION_UNSUPPORTED(3007),
  INVALID_HDR_BITS(3008),
  INVALID_AVP_BITS(3009),
  UNKNOWN_PEER(3010),
  ELECTION_LOST(4003),
  AVP_UNSUPPORTED(5001),
  INVALID_AVP_VALUE(5004),
  MISSING_AVP(5005),
  AVP_OCCURS_TOO_MANY_TIMES(5009),
  NO_COMMON_APPLICATION(5010),
  UNSUPPORTED_VERSION(5011),
  UNABLE_TO_COMPLY(5012),
  INVALID_BIT_IN_HEADER(5013),
  INVALID_AVP_LENGTH(5014),
  NO_COMMON_SECURITY(5017);

  private final int code;

  ResultCode(int code) {
    this.code = code;
  }

  /** The value of the Result-Code AVP. */
  public int code() {
    return code;
  }

  /**
   * Whether the code is a protocol error, 3xxx, whose answer carries the E bit (RFC 6733 §7.1.3).
   */
  public boolean isProtocolError() {
    return code / 1000 == 3;
  }

  /**
   * Whether the code is a transient failure, 4xxx, whose answer must not carry the E bit (RFC 6733
   * §7.1.4).
   */
  public boolean isTransient() {
    return code / 1000 == 4;
  }

  /** Whether {@code code} is of the 2xxx class (RFC 6733 §7.1.2). */
  public static boolean isSuccess(int code) {
    return code / 1000 == 2;
  }
}
