package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final double SECOND = 1e9;
  private static final Percentage EXACT = Percentage.withPercentage(0.001);

  private final Backoff backoff = backoff(middle());

  @Test
  @DisplayName("CONF-INI-09 5 s, half as long again each time, up to 5 min")
  void pausesGrowToTheLimit() {
    double expected = 5;

    for (int attempt = 0; attempt < 30; attempt++) {
      assertThat(backoff.pauseNanos() / SECOND).isCloseTo(expected, EXACT);
      expected = Math.min(expected * 1.5, 300);
    }

    assertThat(expected).isEqualTo(300);
  }

  @Test
  void pausesVaryByAFifth() {
    var pauses = new TreeSet<Double>();

    for (int seed = 0; seed < 1000; seed++) {
      pauses.add(backoff(new SplittableRandom(seed)).pauseNanos() / SECOND);
    }

    assertThat(pauses.first()).isBetween(4.0, 4.1);
    assertThat(pauses.last()).isBetween(5.9, 6.0);
  }

  @Test
  void connectionThatHeldBeginsAgain() {
    for (int i = 0; i < 5; i++) {
      backoff.pauseNanos();
    }

    backoff.reset();

    assertThat(backoff.pauseNanos() / SECOND).isCloseTo(5, EXACT);
  }

  @Test
  @DisplayName(
      "CONF-DP-06 REBOOTING: as after a failure; BUSY: ten times as long; DO_NOT_WANT: the longest")
  void pauseDependsOnTheCause() {
    assertThat(backoff.pauseNanos(DisconnectCause.REBOOTING) / SECOND).isCloseTo(5, EXACT);
    assertThat(backoff.pauseNanos(DisconnectCause.BUSY) / SECOND).isCloseTo(50, EXACT);
    assertThat(backoff.pauseNanos(DisconnectCause.DO_NOT_WANT_TO_TALK_TO_YOU) / SECOND)
        .isCloseTo(300, EXACT);
  }

  private static Backoff backoff(RandomGenerator random) {
    return new Backoff(Duration.ofSeconds(5), 1.5, Duration.ofMinutes(5), random);
  }

  /** No jitter: the middle of the range. */
  private static RandomGenerator middle() {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        return 0;
      }

      @Override
      public double nextDouble() {
        return 0.5;
      }
    };
  }
}
