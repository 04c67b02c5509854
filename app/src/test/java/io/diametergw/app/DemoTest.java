package io.diametergw.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class DemoTest {
  private final ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(outBytes, true, UTF_8);
  private final PrintStream err = new PrintStream(errBytes, true, UTF_8);
  private final StopSignals signals = new StopSignals(() -> {});

  private int demo(String... args) {
    return DemoCommand.run(List.of(args), out, err, signals);
  }

  private String out() {
    return outBytes.toString(UTF_8);
  }

  @Test
  void drasFailAndRecoverAndNothingIsLost() {
    int exit = demo("-seconds", "3", "-rate=300");

    assertThat(exit).as(out()).isZero();
    assertThat(out())
        .containsSubsequence(
            "settings of this demo:",
            "DRA-1 is killed",
            "DRA-2 is killed",
            "failover: requests go to priority 2, DRA-3",
            "DRA-1 is started again",
            "failback:",
            "the gateway drains:",
            "=== Gateway Statistics ===",
            " answered_by_gateway=0 requester_gone=0 in_flight=0 unaccounted=0",
            "lost 0: every request got exactly one answer");
    assertThat(errBytes.toString(UTF_8)).isEmpty();
  }

  @Test
  void whatIsNotAnsweredWithSuccessIsToldAndFails() throws Exception {
    try (var demo = new Demo(out, signals, Duration.ofSeconds(3), 100)) {
      demo.dras().get(2).resultCode(5012);

      assertThat(demo.run()).as(out()).isFalse();
    }

    assertThat(out())
        .containsPattern("FAILED: \\d+ requests of Logic Apps were answered with an error")
        .doesNotContain("lost 0: every request");
  }

  @Test
  void signalEndsTheStoryInOrder() {
    signals.onSignal();

    int exit = demo("-seconds=3600", "-rate", "100");

    assertThat(exit).as(out()).isZero();
    assertThat(out())
        .contains(
            "stopped by a signal",
            "said goodbye to all peers",
            "lost 0: every request got exactly one answer")
        .doesNotContain("DRA-1 is killed");
  }

  @ParameterizedTest
  @CsvSource({
    "-seconds=2, expected -seconds from 3 to 3600 but was 2",
    "-rate=9, expected -rate from 10 to 5000 but was 9",
    "-rate=5001, expected -rate from 10 to 5000 but was 5001"
  })
  void valueOutOfRangeIsOneLineAndExitTwo(String flag, String line) {
    assertThat(demo(flag)).isEqualTo(2);

    assertThat(errBytes.toString(UTF_8).strip()).isEqualTo("demo: " + line);
    assertThat(out()).isEmpty();
  }

  @Test
  void trainingRunStartsAndDrainsTheRealProgram() {
    assertThat(DemoTraining.run(signals, err)).isZero();

    assertThat(errBytes.toString(UTF_8)).isEmpty();
  }
}
