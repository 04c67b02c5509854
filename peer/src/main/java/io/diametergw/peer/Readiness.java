package io.diametergw.peer;

/**
 * What may be sent to a peer at this moment: the state of its connection and its health (RFC 3539)
 * in one word, and what its health does not tell: whether it answers requests too.
 */
public enum Readiness {
  /** Nothing: the connection is not open, or about to end. */
  NONE,
  /** Requests. */
  READY,
  /**
   * Requests, but it has answered none since it failed: a node that answers DWRs may still throw
   * requests away, as one does whose own watchdog is in REOPEN (RFC 3539 Appendix A, Throwaway).
   */
  ON_TRIAL,
  /** It has to answer DWRs first (RFC 3539, REOPEN). */
  REOPENING,
  /** It answers DWRs, but no requests; one now and then finds out whether it does again. */
  UNRESPONSIVE,
  /** Nothing: it is silent (RFC 3539, SUSPECT). */
  SUSPECT
}
