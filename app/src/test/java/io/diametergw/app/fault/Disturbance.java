package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The 99th percentile of everybody else's latency, before a disturbance and during it. */
record Disturbance(double beforeMillis, double duringMillis) {
  private static final long BEFORE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Several JVMs on few cores: a p99 that differs by less says nothing of the gateway. */
  private static final double NOISE_MILLIS = 150;

  /** Of requests due in the two seconds before {@code begunNanos}, and due until the end. */
  static Disturbance of(FaultLedger ledger, long begunNanos, long endedNanos) {
    var timeline = ledger.timeline();
    return new Disturbance(
        FaultLedger.p99Millis(timeline.due(begunNanos - BEFORE_NANOS, begunNanos)),
        FaultLedger.p99Millis(timeline.due(begunNanos, endedNanos)));
  }

  /** It rose to no more than so many times what it was, or by what is noise here. */
  Disturbance assertWithin(double factor) {
    assertThat(duringMillis)
        .as("p99 of the others, ms (before: %.1f)", beforeMillis)
        .isLessThanOrEqualTo(Math.max(factor * beforeMillis, beforeMillis + NOISE_MILLIS));
    return this;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "p99 of the others %.1f ms, was %.1f ms", duringMillis, beforeMillis);
  }
}
