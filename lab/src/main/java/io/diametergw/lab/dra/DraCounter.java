package io.diametergw.lab.dra;

/** What a {@link SimulatedDra} counts. */
public enum DraCounter {
  /** Connections accepted. */
  CONNECTIONS,

  /** CERs received. */
  CER_RECEIVED,

  /** Requests of applications received, whether answered or not. */
  REQUESTS,

  /** Requests received before the connection's CER. */
  REQUESTS_BEFORE_CER,

  /** Requests with the T bit. */
  RETRANSMITTED,

  /**
   * Requests whose Origin-Host and End-to-End Identifier were seen before, among the last million.
   */
  DUPLICATES,

  /** Requests with at least one Route-Record. */
  WITH_ROUTE_RECORD,

  /** Requests with at least one Proxy-Info. */
  WITH_PROXY_INFO,

  /** Requests whose Destination-Host is not this DRA nor the server that it answers for. */
  MISROUTED_HOST,

  /**
   * Requests whose Destination-Realm is not this DRA's nor that of the server that it answers for.
   */
  MISROUTED_REALM,

  /** Requests whose AVPs do not fill them exactly. */
  MALFORMED,

  /** Answers sent with a 2xxx code. */
  ANSWERED,

  /** Answers sent with any other code. */
  ANSWERED_WITH_ERROR,

  /** Answers sent a second time on purpose. */
  ANSWERED_TWICE,

  /** Answers sent later than they should be, on purpose. */
  ANSWERED_LATE,

  /** Answers sent with the Hop-by-Hop Identifier of another request, on purpose. */
  ANSWERED_FOREIGN,

  /** Requests left without an answer on purpose. */
  DROPPED,

  /** DWRs received. */
  DWR_RECEIVED,

  /** DPRs received. */
  DPR_RECEIVED,

  /** Requests that the DRA started. */
  PUSHED,

  /** Answers to them, with any code. */
  PUSH_ANSWERED,

  /** Answers to them that carry another Origin-Host than was asked for, without the E bit. */
  PUSH_WRONG_HOST,

  /** Answers to them that carry another Session-Id. */
  PUSH_WRONG_SESSION,

  /** Requests that the DRA started and that nobody answered in time. */
  PUSH_UNANSWERED,

  /** Answers that belong to no request of the DRA. */
  FOREIGN_ANSWERS
}
