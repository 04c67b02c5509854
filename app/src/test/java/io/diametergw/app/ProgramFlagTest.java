package io.diametergw.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.diametergw.gateway.config.Setting;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The flags that make the program say something instead of running, and that what it says of flags
 * is true.
 */
class ProgramFlagTest {
  @TempDir Path folder;

  /** What a command line came to; the gateway was not started. */
  private record Said(int exit, String out, String err) {}

  private static Said run(String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    GatewayRunner nobody =
        config -> {
          throw new AssertionError("started");
        };
    var run = new RunCommand(nobody, new StopSignals(() -> {}), out, errors);
    var main =
        new Main(
            Main.subcommands(),
            Map.of(),
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            errors,
            run);
    int exit = main.run(List.of(args));
    return new Said(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static SortedSet<String> flagsIn(String help) {
    var flags = new TreeSet<String>();
    var flag = Pattern.compile("^  -([a-z0-9-]+)", Pattern.MULTILINE).matcher(help);
    while (flag.find()) {
      flags.add(flag.group(1));
    }
    return flags;
  }

  @Effect("help")
  void helpNamesTheFlagsThereAreAndNoOther() {
    var said = run("-help");

    var flags = new TreeSet<>(Flags.OF_THE_PROGRAM);
    Catalogue.all().stream()
        .map(Setting::flag)
        .filter(flag -> flag != null)
        .map(String::valueOf)
        .forEach(flags::add);
    assertThat(flagsIn(said.out())).isEqualTo(flags);
    assertThat(said.exit()).isZero();
    assertThat(said.err()).isEmpty();
    for (var subcommand : Main.subcommands()) {
      assertThat(said.out()).contains("  " + subcommand.name() + " ");
    }
  }

  static Stream<String> subcommands() {
    return Main.subcommands().stream().map(Subcommand::name);
  }

  @ParameterizedTest
  @MethodSource("subcommands")
  void eachSubcommandHasItsHelp(String name) {
    for (var spelling : List.of("-help", "--help", "-h")) {
      var said = run(name, spelling);

      assertThat(said.exit()).isZero();
      assertThat(said.out().lines().count()).isGreaterThan(2);
      assertThat(said.err()).isEmpty();
    }
  }

  @Test
  void decodeTakesItsFlagInEverySpelling() {
    for (var args :
        List.of(
            List.of("-avp", "User-Name"),
            List.of("--avp", "User-Name"),
            List.of("-avp=User-Name"),
            List.of("--avp=User-Name"))) {
      assertThat(
              run(Stream.concat(Stream.of("decode"), args.stream()).toArray(String[]::new)).out())
          .contains("User-Name");
    }
  }

  @ParameterizedTest
  @MethodSource("subcommands")
  void unknownFlagOfASubcommandIsOneLineAndExit2(String name) {
    for (var args : List.of(List.of("-frobnicate"), List.of("--frobnicate=1"))) {
      var all = new ArrayList<>(List.of(name));
      all.addAll(args);
      var said = run(all.toArray(String[]::new));

      assertThat(said.exit()).isEqualTo(2);
      assertThat(said.err().lines()).singleElement(STRING).contains("frobnicate");
      assertThat(said.out()).isEmpty();
    }
  }

  @Effect("config")
  void fileIsReadAndItsErrorsAreSaid() throws Exception {
    var good =
        Files.writeString(folder.resolve("good.yaml"), "origin-host: gw9.example.com\n").toString();
    var bad =
        Files.writeString(folder.resolve("bad.yaml"), "origin-hots: gw9.example.com\n").toString();

    assertThat(run("-check", "-config", good).out()).contains("gw9.example.com");
    var said = run("-config", bad);
    assertThat(said.exit()).isEqualTo(2);
    assertThat(said.err())
        .startsWith(bad + ":1:1: unknown key origin-hots; did you mean origin-host?");
  }

  @Effect("check")
  void checkSaysWhatWouldHoldAndStartsNothing() {
    var valid = run("-check", "-origin-host", "gw8.example.com");
    assertThat(valid.exit()).isZero();
    assertThat(valid.out())
        .startsWith("valid")
        .containsPattern("origin-host +gw8.example.com +flag -origin-host");

    var wrong = run("-check", "-max-connections", "0");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err().lines()).hasSize(1);
  }

  @Effect("version")
  void versionSaysWhatThisIs() {
    var said = run("-version");

    assertThat(said.exit()).isZero();
    assertThat(said.out()).matches("diameter-gateway \\S+ \\(commit \\S+, JDK 2\\d\\S*\\)\\R");
  }

  @Effect("admin")
  void adminAddressIsRefusedUntilThereIsOne() {
    var said = run("-admin", "127.0.0.1:9091");

    assertThat(said.exit()).isEqualTo(2);
    assertThat(said.err().lines())
        .containsExactly(
            "-admin=127.0.0.1:9091; the admin address is not part of this version, it must be off");
    assertThat(run("-admin=off", "-check").exit()).isZero();
  }
}
