package io.diametergw.gateway.metrics;

/** What the gateway counts, each with the sentence that says when. */
public enum Counter {
  /** Requests taken from Logic Apps: each is owed exactly one answer. */
  REQUESTS_FROM_APPS,
  /** Requests taken from DRAs: each is owed exactly one answer. */
  REQUESTS_FROM_DRAS,
  /** Answers of a peer that were given to the requester. */
  ANSWERED,
  /** Requests that the gateway answered itself, with an error. */
  ANSWERED_BY_GATEWAY,
  /** Requests whose requester was gone before there was an answer. */
  REQUESTER_GONE,

  /** Requests written to a DRA, every transmission counted. */
  REQUESTS_TO_DRAS,
  /** Requests written to a Logic App, every transmission counted. */
  REQUESTS_TO_APPS,
  /** Answers of DRAs that matched a request. */
  ANSWERS_FROM_DRAS,
  /** Answers of Logic Apps that matched a request. */
  ANSWERS_FROM_APPS,
  /** Transactions begun: requests that were sent on at least once. */
  TRANSACTIONS,

  /** Requests sent again, with the T flag, because the peer they were sent to was lost. */
  RETRANSMITTED,
  /** Requests that never left for a lost peer and went to another, without the T flag. */
  REROUTED,
  /** Requests sent to another DRA because the first was too busy. */
  RETRIED,

  /** Requests that no peer answered within the session timeout: 3002. */
  EXPIRED,
  /** Requests for which there was no usable peer: 3002, 3003. */
  NOT_ROUTABLE,
  /** Requests that have been here before: 3005. */
  LOOPS,
  /** Requests refused over a limit or while draining: 3004. */
  TOO_BUSY,
  /** Requests that are not to be proxied: 3007. */
  NOT_PROXIABLE,
  /** Requests that an interceptor refused. */
  INTERCEPTED,
  /** Requests forwarded without the P bit because the peer's settings say so. */
  FORWARDED_NON_PROXIABLE,
  /** Requests with broken or contradicting AVPs: 5xxx. */
  MALFORMED_REQUESTS,

  /** Answers to nothing that waits: late, duplicate or foreign; dropped. */
  UNMATCHED_ANSWERS,
  /** Answers with broken AVPs; the requester got 5012. */
  MALFORMED_ANSWERS,
  /** Answers with neither Result-Code nor Experimental-Result; passed on. */
  ANSWERS_WITHOUT_RESULT,

  /** Exceptions that a message caused in the gateway; the request got 5012. */
  DEFECTS
}
