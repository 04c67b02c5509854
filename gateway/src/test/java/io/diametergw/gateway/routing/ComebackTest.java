package io.diametergw.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.DraPoolBuilder;
import io.diametergw.gateway.config.GatewayConfig;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When a lost DRA gets its traffic back; time is a number. */
class ComebackTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = 1000 * SECOND;

  private static Comeback comeback(Consumer<DraPoolBuilder> pool) {
    return new Comeback(
        GatewayConfig.builder().dra("A", "127.0.0.1", 3869, 1).draPool(pool).build().draPool());
  }

  @Test
  @DisplayName("CONF-DW-12 the first connection of a run takes all its traffic at once")
  void firstConnectionTakesAllAtOnce() {
    var comeback = comeback(pool -> pool.failbackDelay(Duration.ofMinutes(1)));

    comeback.onOkay(START, true);

    assertThat(comeback.isHeld(START)).isFalse();
    assertThat(comeback.share(START)).isEqualTo(10);
    assertThat(comeback.nextChangeNanos(START)).isEqualTo(Comeback.NEVER);
  }

  @Test
  void shareGrowsOverTheRampAfterAFailure() {
    var comeback = comeback(_ -> {});
    comeback.onOkay(START, true);
    comeback.onFailed(START + SECOND);
    long back = START + 40 * SECOND;
    comeback.onOkay(back, true);

    int sum = 0;
    for (int tenth = 0; tenth < 10; tenth++) {
      int share = comeback.share(back + tenth * SECOND / 10);
      assertThat(share).isEqualTo(tenth);
      sum += share;
    }

    assertThat(sum).isLessThanOrEqualTo(50); // tenths of tenths: at most half of the first second
    assertThat(comeback.share(back + SECOND)).isEqualTo(10);
    assertThat(comeback.share(back + 100 * SECOND)).isEqualTo(10);
  }

  @Test
  void rampBeginsWhenTheFirstRequestIsAnswered() {
    var comeback = comeback(_ -> {});
    comeback.onFailed(START);
    comeback.onOkay(START + SECOND, false);
    assertThat(comeback.nextChangeNanos(START + 2 * SECOND)).isEqualTo(Comeback.NEVER);

    comeback.onOkay(START + 5 * SECOND, true);

    assertThat(comeback.share(START + 5 * SECOND + SECOND / 2)).isEqualTo(5);
  }

  @Test
  void changesAreForetold() {
    var comeback = comeback(pool -> pool.failbackDelay(Duration.ofSeconds(3)));
    comeback.onFailed(START);
    comeback.onOkay(START, true);
    assertThat(comeback.isHeld(START)).isTrue();

    long now = comeback.nextChangeNanos(START);
    assertThat(now).isEqualTo(START + 3 * SECOND);
    assertThat(comeback.isHeld(now)).isFalse();
    for (int share = 1; share <= 10; share++) {
      now = comeback.nextChangeNanos(now);
      assertThat(comeback.share(now)).isEqualTo(share);
    }
    assertThat(comeback.nextChangeNanos(now)).isEqualTo(Comeback.NEVER);
  }

  @Test
  void whoSaidGoodByeIsNotDelayed() {
    var comeback = comeback(pool -> pool.failbackDelay(Duration.ofSeconds(3)));
    comeback.onOkay(START, true);
    comeback.onLeft();
    comeback.onOkay(START + SECOND, true);

    assertThat(comeback.isHeld(START + SECOND)).isFalse();
  }

  @Test
  @DisplayName("CONF-FO-14 a DRA that fails 3 times in 60 s is held back for 60 s")
  void threeFailuresHoldBack() {
    var comeback = comeback(_ -> {});

    assertThat(comeback.onFailed(START)).isFalse();
    assertThat(comeback.onFailed(START + 30 * SECOND)).isFalse();
    assertThat(comeback.onFailed(START + 60 * SECOND)).isTrue();

    comeback.onOkay(START + 61 * SECOND, true);
    assertThat(comeback.isHeld(START + 120 * SECOND - 1)).isTrue();
    assertThat(comeback.nextChangeNanos(START + 62 * SECOND)).isEqualTo(START + 120 * SECOND);
    assertThat(comeback.isHeld(START + 120 * SECOND)).isFalse();
    assertThat(comeback.share(START + 120 * SECOND)).isZero();
  }

  @Test
  void furtherFailureHoldsItLongerWithoutAnotherWord() {
    var comeback = comeback(_ -> {});
    comeback.onFailed(START);
    comeback.onFailed(START);
    assertThat(comeback.onFailed(START)).isTrue();

    assertThat(comeback.onFailed(START + 59 * SECOND)).isFalse();

    comeback.onOkay(START + 60 * SECOND, true);
    assertThat(comeback.isHeld(START + 119 * SECOND - 1)).isTrue();
    assertThat(comeback.isHeld(START + 119 * SECOND)).isFalse();
    comeback.onFailed(START + 119 * SECOND);
    assertThat(comeback.onFailed(START + 119 * SECOND)).as("told anew").isTrue();
  }

  @Test
  void failuresFurtherApartDoNot() {
    var comeback = comeback(_ -> {});

    for (long i = 0; i < 20; i++) {
      assertThat(comeback.onFailed(START + 31 * i * SECOND)).isFalse();
    }
  }

  @Test
  void bothCanBeSwitchedOff() {
    var comeback = comeback(pool -> pool.holdBack(Duration.ZERO).failbackRamp(Duration.ZERO));
    for (int i = 0; i < 5; i++) {
      assertThat(comeback.onFailed(START + i)).isFalse();
    }

    comeback.onOkay(START + SECOND, true);

    assertThat(comeback.isHeld(START + SECOND)).isFalse();
    assertThat(comeback.share(START + SECOND)).isEqualTo(10);
  }
}
