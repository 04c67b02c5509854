package io.diametergw.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabMessage;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LabCommandsTest {
  private final ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(outBytes, true, UTF_8);
  private final PrintStream err = new PrintStream(errBytes, true, UTF_8);
  private final InputStream nothing = InputStream.nullInputStream();

  private String out() {
    return outBytes.toString(UTF_8);
  }

  private String err() {
    return errBytes.toString(UTF_8);
  }

  private static SimulatedDra dra() {
    return new SimulatedDra("dra1.example.com", "example.com").start();
  }

  private static List<String> args(SimulatedDra dra, String... more) {
    return Stream.concat(Stream.of("-connect", "127.0.0.1:" + dra.port()), Stream.of(more))
        .toList();
  }

  @Test
  void onceAsksOneRequestAndPrintsBothMessages() {
    try (var dra = dra()) {
      int exit =
          SimulateAppCommand.run(
              List.of("-connect", "127.0.0.1:" + dra.port(), "-once", "--application=s13"),
              out,
              err);

      assertThat(exit).as(err()).isZero();
      assertThat(out()).contains("ECR").contains("ECA").contains("2001");
      assertThat(dra.requests())
          .singleElement()
          .satisfies(request -> assertThat(request.commandCode()).isEqualTo(324));
    }
  }

  @Test
  void onceTellsThatTheAnswerIsMissing() {
    try (var dra = dra().dropEvery(1)) {
      int exit =
          SimulateAppCommand.run(
              List.of("-connect=127.0.0.1:" + dra.port(), "-once", "-timeout", "100ms"), out, err);

      assertThat(exit).isEqualTo(1);
      assertThat(out()).contains("no answer: no answer within PT0.1S");
    }
  }

  @Test
  void appsAskAtTheirRateAndPrintTheTotals() {
    try (var dra = dra()) {
      var args =
          args(
              dra,
              "-connections",
              "2",
              "-rate",
              "200",
              "-seconds",
              "1",
              "-origin-host",
              "mme%d.example.com");
      int exit = SimulateAppCommand.run(args, out, err);

      assertThat(exit).as(out()).isZero();
      assertThat(out())
          .contains("2 connections to")
          .containsPattern("total    sent \\d+, answered \\d+ \\{2001=\\d+}");
      assertThat(dra.requests())
          .extracting(request -> request.text(264))
          .contains("mme0.example.com", "mme1.example.com");
      assertThat(dra.count(DraCounter.DPR_RECEIVED)).isEqualTo(2);
    }
  }

  @Test
  void appsKeepTheirWindow() {
    try (var dra = dra()) {
      var args =
          args(
              dra,
              "-window",
              "5",
              "-seconds",
              "1",
              "-application",
              "gx",
              "-destination-host",
              "pcrf.example.com");
      int exit = SimulateAppCommand.run(args, out, err);

      assertThat(exit).as(out()).isZero();
      assertThat(dra.requests())
          .isNotEmpty()
          .allSatisfy(request -> assertThat(request.text(293)).isEqualTo("pcrf.example.com"));
    }
  }

  @Test
  void loadPrintsItsMeasurementsAndWritesJson(@TempDir Path folder) throws Exception {
    try (var dra = dra()) {
      var file = folder.resolve("load.json");
      var args =
          args(
              dra,
              "-connections",
              "2",
              "-window",
              "5",
              "-seconds",
              "1",
              "-warmup",
              "50ms",
              "-size=500",
              "-json",
              file.toString());
      int exit = LoadCommand.run(args, out, err);

      assertThat(exit).as(out()).isZero();
      assertThat(out()).contains("transactions/s", "requests of 500 bytes", "p99.9", "lost 0");
      assertThat(Files.readString(file)).contains("\"lost\": 0", "\"request_bytes\": 500");
      assertThat(dra.requests()).extracting(LabMessage::lengthBytes).containsOnly(500);
    }
  }

  @Test
  void loadAtARateWithLossesEndsWithOne() {
    try (var dra = dra().dropEvery(10)) {
      var args =
          args(
              dra,
              "-rate",
              "100",
              "-seconds",
              "1",
              "-warmup",
              "0s",
              "-timeout",
              "100ms",
              "-json",
              "-");
      int exit = LoadCommand.run(args, out, err);

      assertThat(exit).as(out()).isEqualTo(1);
      assertThat(out()).startsWith("{").contains("\"lost\": 10,");
    }
  }

  @Test
  void draPrintsWhatItSees() {
    var args =
        List.of(
            "-port", "0", "-seconds", "1", "-delay", "1ms", "-jitter", "1ms", "-push-rate", "10");
    int exit = SimulateDraCommand.run(args, nothing, out, err);

    assertThat(exit).as(err()).isZero();
    assertThat(out())
        .contains("dra1.example.com listens on 127.0.0.1:", "totals of dra1.example.com");
  }

  @Test
  void draTellsItsCountersWhenAskedAndAtItsEnd() {
    var asked = new ByteArrayInputStream("\n".getBytes(UTF_8));
    int exit = SimulateDraCommand.run(List.of("-port=0", "-seconds=1", "-json"), asked, out, err);

    assertThat(exit).as(err()).isZero();
    assertThat(out().lines().filter(line -> line.startsWith("{")))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).contains("\"requests\": 0, ").endsWith("}"));
  }

  @Test
  void everyFlagIsInTheHelp() {
    assertThat(SimulateDraCommand.run(List.of("-help"), nothing, out, err)).isZero();

    assertThat(out())
        .contains(
            "-listen HOST:PORT        address to listen on; port 0 lets the system choose (default 127.0.0.1:3869)")
        .contains(
            "-error-every",
            "-error-code CODE",
            "-drop-every",
            "-twice-every",
            "-late-every",
            "-late DURATION",
            "-foreign-every",
            "-mute-after",
            "-push-rate",
            "-push-host")
        .contains("-push-command", "(default clr)")
        .contains("%d runs from 0");
    assertThat(SimulateAppCommand.run(List.of("--help"), out, err)).isZero();
    assertThat(LoadCommand.run(List.of("-help"), out, err)).isZero();
    assertThat(out())
        .contains("-warmup DURATION         time before it that is not measured (default 2s)");
  }

  @Test
  void mistakesAreOneLineAndExitTwo() {
    assertThat(LoadCommand.run(List.of("-windw", "5"), out, err)).isEqualTo(2);
    assertThat(LoadCommand.run(List.of("-warmup", "5 parsecs"), out, err)).isEqualTo(2);
    assertThat(LoadCommand.run(List.of("-connect", "nowhere"), out, err)).isEqualTo(2);
    assertThat(LoadCommand.run(List.of("-window", "0"), out, err)).isEqualTo(2);
    assertThat(LoadCommand.run(List.of("-application", "sip"), out, err)).isEqualTo(2);
    assertThat(SimulateAppCommand.run(List.of("-connect", "127.0.0.1:1"), out, err)).isEqualTo(2);
    assertThat(SimulateDraCommand.run(List.of("-push-command", "xyz"), nothing, out, err))
        .isEqualTo(2);

    assertThat(err().lines()).hasSize(7);
    assertThat(err())
        .contains(
            "load: Unknown options: '-windw', '5'",
            "expected a duration such as 300ms, 5s or 1m30s but was \"5 parsecs\"")
        .contains(
            "expected window 1 to 65536 but was 0", "expected s6a, s13, gx or gy but was \"sip\"")
        .contains("simulate-app: Connection refused");
  }
}
