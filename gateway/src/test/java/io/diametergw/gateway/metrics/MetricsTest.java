package io.diametergw.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class MetricsTest {
  @Test
  void countersAddUp() {
    var one = new Counters();
    var two = new Counters();
    one.count(Counter.EXPIRED);
    two.add(Counter.EXPIRED, 41);
    two.count(Counter.LOOPS);

    one.addAll(two);

    assertThat(one.of(Counter.EXPIRED)).isEqualTo(42);
    assertThat(one.of(Counter.LOOPS)).isEqualTo(1);
    assertThat(one.of(Counter.ANSWERED)).isZero();
  }

  @Test
  void latencyHasMeanAndPercentiles() {
    var latency = new Latency();
    latency.record(1_000_000, 99);
    latency.record(100_000_000, 1);

    assertThat(latency.count()).isEqualTo(100);
    assertThat(latency.meanMillis()).isCloseTo(1.99, Percentage.withPercentage(0.1));
    assertThat(latency.percentileMillis(50)).isCloseTo(1, Percentage.withPercentage(1));
    assertThat(latency.percentileMillis(99)).isCloseTo(1, Percentage.withPercentage(1));
    assertThat(latency.percentileMillis(100)).isCloseTo(100, Percentage.withPercentage(1));
  }

  @Test
  void nothingRecordedIsZero() {
    assertThat(new Latency().meanMillis()).isZero();
    assertThat(new Latency().percentileMillis(99)).isZero();
  }

  @Test
  void whatLiesOutsideOfTheRangeIsItsEdge() {
    var latency = new Latency();
    latency.record(-5, 1);
    latency.record(Long.MAX_VALUE / 2, 1);

    assertThat(latency.count()).isEqualTo(2);
    assertThat(latency.percentileMillis(100)).isCloseTo(60_000, Percentage.withPercentage(1));
  }
}
