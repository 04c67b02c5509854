package io.diametergw.gateway.proxy;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.metrics.Counters;
import io.diametergw.gateway.metrics.Latency;

/**
 * What the proxies of all loops counted, added up: each loop adds its own in turn, so no two
 * threads are in it at once.
 */
public final class ProxyReport {
  private final Counters counters = new Counters();
  private final Latency forwarding = new Latency();
  private int pending;
  private long roundTripNanos;

  public Counters counters() {
    return counters;
  }

  /** From a message's receipt to its being sent on: the gateway's own time. */
  public Latency forwarding() {
    return forwarding;
  }

  /**
   * From a request's receipt to its answer's: the mean in milliseconds over all answers returned; 0
   * when there is none.
   */
  public double meanRoundTripMillis() {
    long answers = counters.of(Counter.ANSWERED);
    return answers == 0 ? 0 : roundTripNanos / 1e6 / answers;
  }

  /** Requests that wait for an answer. */
  public int pending() {
    return pending;
  }

  void add(int morePending, long moreRoundTripNanos) {
    pending += morePending;
    roundTripNanos += moreRoundTripNanos;
  }
}
