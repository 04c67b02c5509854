package io.diametergw.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.DrainReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real signals to a real process. */
class SignalTest {
  private static final long PATIENCE_SECONDS = 30;

  /** A program whose gateway drains for as long as its first argument says, in milliseconds. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      var signals = new StopSignals(() -> Runtime.getRuntime().halt(1));
      long drainMillis = Long.parseLong(args[0]);
      GatewayRunner runner =
          config ->
              new GatewayRunner.Running() {
                @Override
                public InetSocketAddress listenAddress() {
                  return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
                }

                @Override
                public DrainReport drain() {
                  try {
                    Thread.sleep(drainMillis);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  return new DrainReport(5, 1, drainMillis);
                }

                @Override
                public void close() {}
              };
      var run = new RunCommand(runner, signals, System.out, System.err);
      System.exit(
          new Main(List.of(), Map.of(), System.in, System.out, System.err, run).run(List.of()));
    }
  }

  private static Process start(long drainMillis) throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java,
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Program.class.getName(),
            String.valueOf(drainMillis))
        .redirectErrorStream(true)
        .start();
  }

  private static void signal(Process process, String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor())
        .isZero();
  }

  private static void awaitLine(BufferedReader log, String part) throws IOException {
    String line = log.readLine();
    while (line != null && !line.contains(part)) {
      line = log.readLine();
    }
    assertThat(line).as("a line with %s", part).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void signalDrainsAndExitsWithZero(String name) throws Exception {
    var process = start(10);
    try (var log = process.inputReader(StandardCharsets.UTF_8)) {
      awaitLine(log, "listens on");

      signal(process, name);

      awaitLine(log, "drained 5, lost 1 in 10 ms");
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void secondSignalEndsAtOnceWithOne() throws Exception {
    var process = start(3_600_000);
    try (var log = process.inputReader(StandardCharsets.UTF_8)) {
      awaitLine(log, "listens on");
      signal(process, "TERM");
      awaitLine(log, "stopping");

      signal(process, "INT");

      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
    } finally {
      process.destroyForcibly();
    }
  }
}
