package io.diametergw.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.proxy.HopByHopBenchmark;
import io.diametergw.wire.FramingException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({"1, false, 1", "2, false, 2", "16, true, 1"})
  void drasAreChosenInTurn(int dras, boolean byHost, int chosen) {
    var benchmark = new RouteChoiceBenchmark();
    benchmark.dras = dras;
    benchmark.byHost = byHost;
    benchmark.open();

    assertThat(List.of(benchmark.first(), benchmark.first(), benchmark.first()))
        .extracting(peer -> peer.name())
        .contains("DRA-" + dras)
        .satisfies(names -> assertThat(Set.copyOf(names)).hasSize(chosen));
    benchmark.close();
  }

  @Test
  void asManyTransactionsWaitAfterwards() {
    var benchmark = new HopByHopBenchmark();
    benchmark.inFlight = 1_000;
    benchmark.fill();

    for (int i = 0; i < 3_000; i++) {
      assertThat(benchmark.transaction()).isEqualTo(1_000);
    }
  }
}
