package io.diametergw.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.wire.FramingException;
import org.junit.jupiter.api.Test;

/** Each benchmark once, so that none breaks unnoticed. */
class BenchmarksTest {
  @Test
  void framerFindsEveryMessageAgainAndAgain() throws FramingException {
    var benchmark = new FramerBenchmark();
    benchmark.fill();

    int first = benchmark.message();
    int second = benchmark.message();

    assertThat(first).isEqualTo(436);
    assertThat(second).isEqualTo(436);
    benchmark.release();
  }

  @Test
  void everyAvpIsWalked() {
    var benchmark = new AvpWalkBenchmark();
    benchmark.fill();

    assertThat(benchmark.message()).isNotZero();
    benchmark.release();
  }

  @Test
  void identityIsComparedWithoutCase() {
    var benchmark = new IdentityBenchmark();
    benchmark.name = "APP1.Example.COM";
    benchmark.fill();

    assertThat(benchmark.matches()).isTrue();
    benchmark.release();
  }
}
