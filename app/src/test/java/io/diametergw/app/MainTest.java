package io.diametergw.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.DrainReport;
import io.diametergw.gateway.config.GatewayConfig;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MainTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
  private final ByteArrayOutputStream logBytes = new ByteArrayOutputStream();
  private final List<GatewayConfig> started = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private final StopSignals signals = new StopSignals(() -> calls.add("at once"));

  /** A gateway that only notes what is asked of it. */
  private final class Recorder implements GatewayRunner.Running {
    @Override
    public InetSocketAddress listenAddress() {
      return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 4711);
    }

    @Override
    public DrainReport drain() {
      calls.add("drain");
      return new DrainReport(3, 0, 12);
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }

  private int run(Map<String, String> environment, String... args) {
    return run(
        environment,
        config -> {
          started.add(config);
          signals.onSignal();
          return new Recorder();
        },
        args);
  }

  private int run(Map<String, String> environment, GatewayRunner runner, String... args) {
    var out = new PrintStream(outBytes, true, StandardCharsets.UTF_8);
    var err = new PrintStream(errBytes, true, StandardCharsets.UTF_8);
    var subcommands =
        List.of(
            new Subcommand(
                "decode",
                "Decodes.",
                (rest, in, o, e) -> {
                  calls.add("decode " + rest);
                  return 7;
                }));
    var run = new RunCommand(runner, signals, logBytes, err);
    return new Main(subcommands, environment, InputStream.nullInputStream(), out, err, run)
        .run(List.of(args));
  }

  private String out() {
    return outBytes.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return errBytes.toString(StandardCharsets.UTF_8);
  }

  private String log() {
    return logBytes.toString(StandardCharsets.UTF_8);
  }

  private static Arguments flag(
      String name,
      String value,
      Object seen,
      Object byDefault,
      Function<GatewayConfig, Object> read) {
    return Arguments.of(name, value, seen, byDefault, read);
  }

  static Stream<Arguments> flags() {
    return Stream.of(
        flag("listen", "127.0.0.1:4000", 4000, 3868, c -> c.listen().getPort()),
        flag(
            "origin-host",
            "gw.test",
            "gw.test",
            "diameter-gw.example.com",
            c -> c.originHost().name()),
        flag("origin-realm", "test", "test", "example.com", c -> c.originRealm().name()),
        flag("product", "My GW", "My GW", "Diameter-Gateway", GatewayConfig::productName),
        flag("dra1-host", "10.0.0.1", "10.0.0.1", "127.0.0.1", c -> c.dras().get(0).host()),
        flag("dra1-port", "5000", 5000, 3869, c -> c.dras().get(0).port()),
        flag("dra2-host", "10.0.0.2", "10.0.0.2", "127.0.0.1", c -> c.dras().get(1).host()),
        flag("dra2-host", "none", 1, 2, c -> c.dras().size()),
        flag("dra2-host", "", 1, 2, c -> c.dras().size()),
        flag("dra2-port", "5001", 5001, 3870, c -> c.dras().get(1).port()),
        flag("max-connections", "7", 7, 1000, c -> c.logicApps().maxConnections()),
        flag("conns-per-dra", "2", 2, 1, c -> c.draPool().connectionsPerDra()),
        flag("session-timeout", "1m30s", 90L, 30L, c -> c.sessionTimeout().toSeconds()),
        flag("log-requests", "true", true, false, GatewayConfig::logRequests),
        flag("log-responses", "true", true, false, GatewayConfig::logResponses),
        flag("stats-interval", "0", 0L, 60L, c -> c.statsInterval().toSeconds()),
        flag("log", "debug", true, true, c -> true),
        flag("admin", "off", true, true, c -> true));
  }

  @ParameterizedTest(name = "-{0}={1}")
  @MethodSource("flags")
  void flagIsReadInEverySpellingAndHasItsDefault(
      String name,
      String value,
      Object seen,
      Object byDefault,
      Function<GatewayConfig, Object> read) {
    run(Map.of());
    run(Map.of(), "-" + name + "=" + value);
    run(Map.of(), "--" + name + "=" + value);
    if (!value.equals("true")) {
      run(Map.of(), "-" + name, value);
      run(Map.of(), "--" + name, value);
    } else {
      run(Map.of(), "-" + name);
      run(Map.of(), "--" + name);
    }

    assertThat(err()).isEmpty();
    assertThat(started.stream().map(read)).containsExactly(byDefault, seen, seen, seen, seen);
  }

  @ParameterizedTest(name = "{0}={1}")
  @MethodSource("flags")
  void flagCountsMoreThanEnvironmentThatMoreThanFile(
      String name,
      String value,
      Object seen,
      Object byDefault,
      Function<GatewayConfig, Object> read)
      throws Exception {
    var variable = "DIAMGW_" + name.replace('-', '_').toUpperCase(java.util.Locale.ROOT);
    boolean quoted = value.isEmpty() || name.contains("host") || name.equals("listen");
    var file =
        Files.writeString(
                folder.resolve("gateway.yaml"),
                name + ": " + (quoted ? "\"" + value + "\"" : value) + "\n")
            .toString();
    var defaultText =
        Catalogue.FLAGS.stream()
            .filter(s -> name.equals(s.flag()))
            .findFirst()
            .map(MainTest::defaultText)
            .orElseThrow();

    run(Map.of(), "-config", file);
    run(Map.of(variable, value));
    run(Map.of(variable, defaultText), "-config=" + file);
    run(Map.of(variable, value), "-" + name + "=" + defaultText);

    assertThat(err()).isEmpty();
    assertThat(started.stream().map(read)).containsExactly(seen, seen, byDefault, byDefault);
  }

  private static <T> String defaultText(io.diametergw.gateway.config.Setting<T> setting) {
    return setting.defaultValue().map(setting::format).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "-orign-host x|unknown flag -orign-host; did you mean -origin-host?",
        "-frobnicate|unknown flag -frobnicate",
        "-listen|-listen needs a value",
        "-listen -check|-listen needs a value, but -check follows",
        "-max-connections abc|-max-connections=abc; it must be a whole number, 1 to 1,000,000",
        "-max-connections=0|-max-connections=0; it must be a whole number, 1 to 1,000,000",
        "-conns-per-dra 17|-conns-per-dra=17; it must be a whole number, 1 to 16",
        "-session-timeout 30|-session-timeout=30; it must be a duration with its unit, 10ms to 1h",
        "-session-timeout 2h|-session-timeout=2h; it must be a duration with its unit, 10ms to 1h",
        "-stats-interval -5s|-stats-interval=-5s; it must be 0 or a duration with its unit, 100ms to 24h",
        "-dra1-port 70000|-dra1-port=70000; it must be a whole number, 1 to 65,535",
        "-dra1-host none.|-dra1-host=none.; it must be a host name or an address",
        "-log trace|-log=trace; it must be debug, info, warn or error",
        "-log-requests=maybe|-log-requests=maybe; it must be true or false",
        "-log-requests false|unexpected argument \"false\"; write -log-requests=false",
        "-check=perhaps|-check=perhaps; it must be true or false",
        "-admin 127.0.0.1:9091|-admin=127.0.0.1:9091; the admin address is not part of this version, it must be off",
        "-config|-config needs a value",
        "-config /no/such/file.yaml|-config=/no/such/file.yaml; there is no such file",
        "-product=|-product=\"\"; it must be 1 to 255 characters, no control characters",
        "-check extra|unexpected argument \"extra\"",
        "dekode|unknown subcommand \"dekode\"; did you mean decode?",
        "foo|unknown subcommand \"foo\"",
        "-dra2-port 3869|dra DRA-2: host:port=127.0.0.1:3869 is that of dra DRA-1 too; each DRA must have its own",
        "-dra1-port 3868|dra DRA-1: host:port=127.0.0.1:3868 == listen=0.0.0.0:3868; the gateway cannot be its own DRA",
      })
  void wrongCommandLineIsOneLineAndNothingStarts(String args, String message) {
    int exit = run(Map.of(), args.split(" "));

    assertThat(err()).isEqualTo(message + System.lineSeparator());
    assertThat(exit).isEqualTo(2);
    assertThat(started).isEmpty();
  }

  @Test
  void wrongVariableIsNamed() {
    int exit = run(Map.of("DIAMGW_MAX_CONNECTIONS", "many"));

    assertThat(err())
        .isEqualTo(
            "DIAMGW_MAX_CONNECTIONS=many; it must be a whole number, 1 to 1,000,000"
                + System.lineSeparator());
    assertThat(exit).isEqualTo(2);
  }

  @Test
  void whatOnlyTheFileSaysCanStandInTheEnvironment() {
    run(
        Map.of(
            "DIAMGW_DRA_POOL_DWR_INTERVAL",
            "20s",
            "DIAMGW_APPLICATIONS",
            "relay,gx",
            "DIAMGW_ORIGIN_HOST",
            ""));

    assertThat(started.getFirst().draPool().dwrInterval()).hasSeconds(20);
    assertThat(started.getFirst().applications()).hasSize(2);
    assertThat(started.getFirst().originHost().name()).isEqualTo("diameter-gw.example.com");
  }

  @Test
  void unknownVariableIsWarnedOf() {
    run(Map.of("DIAMGW_ORIGIN_HOTS", "x"));

    assertThat(log())
        .contains(
            "WARN  environment variable DIAMGW_ORIGIN_HOTS sets nothing; did you mean DIAMGW_ORIGIN_HOST?");
  }

  @Test
  void subcommandGetsTheRestAndSaysTheExitCode() {
    assertThat(run(Map.of(), "decode", "-x", "y")).isEqualTo(7);
    assertThat(calls).containsExactly("decode [-x, y]");
  }

  @Test
  void signalDrainsAndCloses() {
    int exit = run(Map.of());

    assertThat(exit).isZero();
    assertThat(calls).containsExactly("drain", "close");
    assertThat(log())
        .contains("listens on 127.0.0.1:4711 as diameter-gw.example.com")
        .contains("drained 3, lost 0 in 12 ms");
  }

  @Test
  void drainIsSaidWhateverIsLogged() {
    run(Map.of(), "-log", "warn");

    assertThat(log()).isEmpty();
    assertThat(err()).contains("drained 3, lost 0 in 12 ms");
  }

  @Test
  void secondSignalEndsAtOnce() {
    signals.onSignal();
    assertThat(calls).isEmpty();

    signals.onSignal();
    assertThat(calls).containsExactly("at once");
  }

  @Test
  void takenAddressIsOneLine() {
    int exit =
        run(
            Map.of(),
            config -> {
              throw new IllegalStateException(new BindException("Address already in use"));
            });

    assertThat(err())
        .isEqualTo(
            "cannot listen on 0.0.0.0:3868: Address already in use" + System.lineSeparator());
    assertThat(exit).isEqualTo(1);
  }

  @Test
  void listenNameWithoutAddressIsOneLine() {
    int exit = run(Map.of(), "-listen", "no-such-host.invalid:3868");

    assertThat(err())
        .isEqualTo(
            "cannot listen on no-such-host.invalid:3868: the host name has no address"
                + System.lineSeparator());
    assertThat(exit).isEqualTo(1);
  }

  @Test
  void checkSaysWhatHoldsAndWhoSaidIt() throws Exception {
    var file =
        Files.writeString(
                folder.resolve("g.yaml"),
                "origin-realm: test\ndra-pool: {dwr-interval: 5s, dwr-timeout: 2s}\n")
            .toString();

    int exit =
        run(Map.of("DIAMGW_PRODUCT", "P"), "-check", "-config", file, "-max-connections", "9");

    assertThat(exit).isZero();
    assertThat(started).isEmpty();
    assertThat(out().lines())
        .contains(
            "valid",
            "listen                            0.0.0.0:3868                 default",
            "origin-realm                      test                         file " + file + ":1",
            "product                           P                            environment DIAMGW_PRODUCT",
            "logic-apps.max-connections        9                            flag -max-connections",
            "dra-pool.dwr-interval             5s                           file " + file + ":2",
            "warning: dwr-interval=5s is below 6s, the least that RFC 3539 §3.4.1 allows")
        .anyMatch(line ->
            line.startsWith("dras.DRA-1") && line.contains("127.0.0.1:3869 priority 1 weight 100"))
        .anyMatch(line ->
            line.startsWith("dras.DRA-2") && line.contains("127.0.0.1:3870 priority 2 weight 100"));
  }

  @Test
  void helpNamesEveryFlagWithItsDefault() {
    for (var spelling : List.of("-help", "--help", "-h")) {
      assertThat(run(Map.of(), spelling)).isZero();
    }

    for (var setting : Catalogue.FLAGS) {
      assertThat(out().lines())
          .anyMatch(line ->
              line.startsWith("  -" + setting.flag() + " ")
                  && line.endsWith("Default: " + defaultText(setting)));
    }
    for (var name : Flags.OF_THE_PROGRAM) {
      assertThat(out()).contains("  -" + name + " ");
    }
    assertThat(out()).contains("decode");
  }

  @Test
  void versionNamesVersionCommitAndJdk() {
    assertThat(run(Map.of(), "-version")).isZero();
    assertThat(out()).matches("diameter-gateway \\S+ \\(commit \\S+, JDK 2\\S+\\)\\R");
  }
}
