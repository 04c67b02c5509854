package io.diametergw.app;

import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedListener;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as its users see it: a process with arguments, signals, output and an exit code. */
@Timeout(90)
class ProcessTest {
  private static final long PATIENCE_SECONDS = 40;
  private static final Pattern LISTENS = Pattern.compile(" listens on 127\\.0\\.0\\.1:(\\d+) ");

  @TempDir Path folder;

  private static ProcessBuilder program(List<String> args, String... jvmFlags) {
    var command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of(jvmFlags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(args);
    return new ProcessBuilder(command);
  }

  /** What a program that ends by itself printed. */
  private record Ended(int exit, List<String> out, List<String> err) {}

  private Ended run(String... args) throws Exception {
    var out = folder.resolve("out").toFile();
    var err = folder.resolve("err").toFile();
    var process = program(List.of(args)).redirectOutput(out).redirectError(err).start();
    try {
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ended(
        process.exitValue(), Files.readAllLines(out.toPath()), Files.readAllLines(err.toPath()));
  }

  private Process start(String yaml, String... flags) throws IOException {
    var file = Files.writeString(folder.resolve("gateway.yaml"), yaml).toString();
    return program(
            Stream.concat(Stream.of("-listen", "127.0.0.1:0", "-config", file), Stream.of(flags))
                .toList())
        .start();
  }

  /** Reads the log up to the line that says where the program listens, and returns the port. */
  private static int port(BufferedReader log) throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      var listens = LISTENS.matcher(line);
      if (listens.find()) {
        return Integer.parseInt(listens.group(1));
      }
    }
    throw new AssertionError("ended before it listened");
  }

  private static void signal(Process process, String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void signalUnderLoadLosesNothing(String name) throws Exception {
    try (var dra = simulatedDra(1).delay(Duration.ofMillis(50), Duration.ofMillis(100))) {
      var process = start(dras(dra.port()));
      try (var log = process.inputReader(StandardCharsets.UTF_8);
          var app =
              new SimulatedLogicApp("app%d.example.com", "example.com")
                  .connections(2)
                  .connect(port(log))) {
        await("the DRA", () -> dra.openConnections() == 1);
        var load = Thread.ofVirtual().start(() -> app.sendWindow(50, Duration.ofSeconds(30)));
        await("some answers", () -> app.ledger().answered() > 300);

        signal(process, name);
        var lines = log.lines().toList(); // up to the end of the process
        app.stopSending();
        load.join();

        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(lines.getLast()).matches("\\S+ INFO  drained \\d+, lost 0 in \\d+ ms");
        assertThat(lines).noneMatch(line -> line.contains(" ERROR "));
        assertThat(app.log()).contains("<< app0.example.com DPR", "<< app1.example.com DPR");
        assertThat(app.ledger().unanswered()).as(app.report()).isZero();
        assertThat(dra.count(DraCounter.DPR_RECEIVED)).isEqualTo(1);
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void dprSaysRebooting() throws Exception {
    try (var listener = ScriptedListener.on(0)) {
      var process = start(dras(listener.port()));
      try (var log = process.inputReader(StandardCharsets.UTF_8);
          var dra = StartedGateway.openDra(listener)) {
        port(log);
        signal(process, "TERM");

        var dpr = dra.expectRequest(282);
        assertThat(dpr.unsigned32(273)).isZero();
        dra.send(BaseMessages.dpa(StartedGateway.DRA, dpr));
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  @DisplayName(
      "CONF-DW-23 after a pause the gateway reads what came before it judges who was silent")
  void pauseMakesNobodySilent() throws Exception {
    var pool =
        "dra-pool: { dwr-interval: 1s, dwr-timeout: 900ms, stall-timeout: 500ms,"
            + " stall-probe-timeout: 500ms }\n";
    try (var listener = ScriptedListener.on(0)) {
      var process = start(pool + dras(listener.port()));
      try (var log = process.inputReader(StandardCharsets.UTF_8);
          var dra = StartedGateway.openDra(listener)) {
        port(log);
        var dwr = dra.expectRequest(280);

        signal(process, "STOP");
        dra.send(BaseMessages.dwa(StartedGateway.DRA, dwr));
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(4)); // four intervals, and every timeout
        signal(process, "CONT");
        long awake = System.nanoTime();
        var next = dra.expectRequest(280);

        assertThat(Duration.ofNanos(System.nanoTime() - awake))
            .as("an interval after the DWA, not at once")
            .isGreaterThan(Duration.ofMillis(400));
        dra.send(BaseMessages.dwa(StartedGateway.DRA, next));
        signal(process, "TERM");
        dra.send(BaseMessages.dpa(StartedGateway.DRA, dra.expectRequest(282)));
        assertThat(log.lines().toList()).noneMatch(line -> line.contains("failover:"));
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void secondSignalEndsADrainAtOnce() throws Exception {
    try (var dra = simulatedDra(1).dropEvery(1)) {
      var process = start("drain-timeout: 1h\n" + dras(dra.port()));
      try (var log = process.inputReader(StandardCharsets.UTF_8);
          var app = new SimulatedLogicApp("app.example.com", "example.com").connect(port(log))) {
        await("the DRA", () -> dra.openConnections() == 1);
        await(
            "a request at the DRA",
            () -> {
              var _ = app.send();
              return dra.count(DraCounter.REQUESTS) > 0;
            });
        signal(process, "TERM");
        while (!log.readLine().contains("stopping:")) {}

        signal(process, "TERM");

        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(process.errorReader().lines()).containsExactly("second signal: ended at once");
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void takenPortIsOneLineAndExit1() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      var ended = run("-listen", "127.0.0.1:" + taken.getLocalPort());

      assertThat(ended.exit()).isEqualTo(1);
      assertThat(ended.err())
          .singleElement(STRING)
          .isEqualTo(
              "cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": Address already in use");
      assertThat(ended.out()).isEmpty();
    }
  }

  @Test
  void wrongFlagIsOneLineAndExit2AndNothingIsDialled() throws Exception {
    try (var dra = ScriptedListener.on(0)) {
      var ended =
          run("-listen", "127.0.0.1:0", "-dra1-port=" + dra.port(), "-session-timeout", "soon");

      assertThat(ended)
          .isEqualTo(
              new Ended(
                  2,
                  List.of(),
                  List.of(
                      "-session-timeout=soon; it must be a duration with its unit, 10ms to 1h")));
      dra.expectNoConnection(Duration.ofMillis(1));
    }
  }

  @Test
  void checkSaysValidOrNot() throws Exception {
    assertThat(run("-check").exit()).isZero();
    assertThat(run("-check", "-dra1-port=0"))
        .isEqualTo(
            new Ended(
                2, List.of(), List.of("-dra1-port=0; it must be a whole number, 1 to 65,535")));
  }

  @Test
  void versionSaysVersionCommitAndJdk() throws Exception {
    assertThat(run("-version").out())
        .singleElement(STRING)
        .matches(
            "diameter-gateway \\d\\S* \\(commit \\S+, JDK "
                + Pattern.quote(Runtime.version().toString())
                + "\\)");
  }

  @Test
  void startLoadsNeitherTheLabNorItsLibraries() throws Exception {
    var classes = folder.resolve("classes").toString();
    var process =
        program(
                List.of("-listen", "127.0.0.1:0", "-dra2-host=none"),
                "-Xlog:class+load:file=" + classes)
            .start();
    try (var log = process.inputReader(StandardCharsets.UTF_8)) {
      port(log);
      signal(process, "TERM");
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(Files.readAllLines(Path.of(classes)))
        .anyMatch(line -> line.contains(" io.diametergw.gateway.Gateway "))
        .noneMatch(line ->
            line.contains(" picocli.")
                || line.contains(" io.diametergw.lab.")
                || line.contains(" org.snakeyaml."));
  }

  /** Whoever reads the log may stop doing so; the gateway does not wait for it. */
  @Test
  void logThatIsNotReadHoldsUpNothing() throws Exception {
    try (var dra = simulatedDra(1)) {
      var process = start(dras(dra.port()), "-log-requests", "-log-responses");
      try {
        var log = process.inputReader(StandardCharsets.UTF_8);
        try (var app =
            new SimulatedLogicApp("app.example.com", "example.com")
                .connect(port(log))) { // and from here on nothing is read
          await("the DRA", () -> dra.openConnections() == 1);
          app.sendWindow(100, Duration.ofSeconds(3));
          long answered = app.ledger().answered();

          assertThat(app.ledger().isClean()).as(app.report()).isTrue();
          assertThat(answered).as("far more lines than pipe and queue hold").isGreaterThan(6_000);
          app.sendWindow(1, Duration.ofMillis(100));
          assertThat(app.ledger().answered()).isGreaterThan(answered);
        }
        signal(process, "TERM");
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
