package io.diametergw.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diametergw.gateway.config.ConfigException;
import io.diametergw.gateway.config.DraConfig;
import io.diametergw.gateway.config.DraPoolConfig.Balance;
import io.diametergw.gateway.config.Setting;
import io.diametergw.gateway.config.Settings;
import io.diametergw.peer.Application;
import io.diametergw.wire.Identity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  private static final String EXAMPLE =
      """
      listen: 0.0.0.0:3868
      origin-host: gw1.example.com
      origin-realm: example.com
      session-timeout: 30s
      applications: [relay, s6a, {id: 16777999, vendor-id: 10415, kind: auth}, {id: 9, kind: acct}]
      log-format: json
      logic-apps: { max-connections: 1000, watchdog-interval: 30s, watchdog-timeout: 10s, duplicate-origin-host: allow, allow: ["*.apps.example.com"] }
      dra-pool: { connections-per-dra: 1, dwr-interval: 30s, dwr-timeout: 10s, max-dwr-failures: 3, health-check-interval: 10s,
                  reconnect-interval: 5s, reconnect-backoff: 1.5, max-reconnect-delay: 5m, stall-timeout: 1s, balance: least-pending,
                  retry-on: [3002, 3004] }
      dras:
        - { name: DRA-1, host: 10.0.1.100, port: 3868, priority: 1, weight: 100 }
        - { name: DRA-2, host: 10.0.2.100, port: 3868, priority: 2, weight: 100, identity: dra2.example.com, route-record: false }
      """;

  @TempDir Path folder;

  private Configuration read(String yaml, String... flags) throws IOException {
    var file = Files.writeString(folder.resolve("gateway.yaml"), yaml);
    var args = Stream.concat(Stream.of("-config", file.toString()), Stream.of(flags)).toList();
    return Configuration.of(Flags.parse(args), Map.of());
  }

  @Test
  void exampleIsRead() throws Exception {
    var configuration = read(EXAMPLE);

    var config = configuration.gateway();
    assertThat(configuration.logFormat()).isEqualTo("json");
    assertThat(config.originHost().name()).isEqualTo("gw1.example.com");
    assertThat(config.applications())
        .containsExactly(
            Application.RELAY,
            Application.auth3gpp(16777251),
            Application.auth3gpp(16777999),
            Application.acct(9));
    assertThat(config.logicApps().allow()).containsExactly("*.apps.example.com");
    assertThat(config.draPool().balance()).isEqualTo(Balance.LEAST_PENDING);
    assertThat(config.draPool().retryOn()).containsExactlyInAnyOrder(3002, 3004);
    assertThat(config.dras())
        .containsExactly(
            new DraConfig("DRA-1", "10.0.1.100", 3868, 1, 100, null, true, false),
            new DraConfig(
                "DRA-2",
                "10.0.2.100",
                3868,
                2,
                100,
                Identity.of("dra2.example.com"),
                false,
                false));
    assertThat(configuration.draOrigins())
        .extracting(Origin::toString)
        .allMatch(o -> o.matches("file .*gateway.yaml:1[23]"));
  }

  static List<Setting<?>> everySetting() {
    return Catalogue.all();
  }

  @ParameterizedTest
  @MethodSource("everySetting")
  <T> void everyKeyIsReadWithItsPlace(Setting<T> setting) throws Exception {
    var text = setting.defaultValue().map(setting::format).orElseThrow();
    var value = setting.kind() == Setting.Kind.LIST ? "[" + text + "]" : text;
    var line = setting.key() + ": " + value;

    var configuration =
        read(
            "# first line\n"
                + (setting.section().isEmpty() ? line : setting.section() + ":\n  " + line)
                + "\n");

    var effective = Objects.requireNonNull(configuration.settings().get(setting));
    assertThat(effective.text()).isEqualTo(text);
    assertThat(effective.origin().toString())
        .endsWith("gateway.yaml:" + (setting.section().isEmpty() ? 2 : 3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "# nothing\n", "---\n", "\uFEFForigin-realm: example.com\n"})
  void fileThatSetsNothingIsAllowed(String yaml) throws Exception {
    assertThat(read(yaml).gateway().dras()).hasSize(2);
  }

  private static Arguments wrong(String yaml, String... problems) {
    return Arguments.of(yaml, List.of(problems));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        wrong("listn: :3868", "1:1: unknown key listn; did you mean listen?"),
        wrong("frobnicate: 1", "1:1: unknown key frobnicate"),
        wrong("dwr-interval: 30s", "1:1: unknown key dwr-interval; it belongs under dra-pool"),
        wrong(
            "watchdog-interval: 30s",
            "1:1: unknown key watchdog-interval; it belongs under logic-apps"),
        wrong(
            "dra-pool: {listen: \":1\"}", "1:12: unknown key listen; it belongs at the top level"),
        wrong("dra-pol: {}", "1:1: unknown key dra-pol; did you mean dra-pool?"),
        wrong("config: x.yaml", "1:1: unknown key config"),
        wrong(
            "product: A\nlisten: \":1\"\nproduct: B",
            "3:1: key product is there twice; it is already in file gateway.yaml:1"),
        wrong(
            "dra-pool: {stall-timeout: 1s, stall-timeout: 2s}",
            "1:31: key stall-timeout is there twice; it is already in file gateway.yaml:1"),
        wrong(
            "max-connections: many",
            "1:18: max-connections=many; it must be a whole number, 1 to 1,000,000"),
        wrong(
            "max-connections: \"10\"",
            "1:18: max-connections=10 is a text in quotes; it must be a whole number, 1 to 1,000,000"),
        wrong(
            "max-connections: 1.5",
            "1:18: max-connections=1.5; it must be a whole number, 1 to 1,000,000"),
        wrong(
            "max-connections: 0",
            "1:18: max-connections=0; it must be a whole number, 1 to 1,000,000"),
        wrong(
            "max-connections: [1]",
            "1:18: max-connections must be a single value; it must be a whole number, 1 to 1,000,000"),
        wrong(
            "max-connections:",
            "1:17: max-connections has no value; it must be a whole number, 1 to 1,000,000"),
        wrong(
            "max-connections: 5\nlogic-apps: {max-connections: 6}",
            "2:31: logic-apps.max-connections=6 != 5, which is the same setting in file gateway.yaml:1"),
        wrong(
            "conns-per-dra: 2\ndra-pool: {connections-per-dra: 1}",
            "2:33: dra-pool.connections-per-dra=1 != 2, which is the same setting in file gateway.yaml:1"),
        wrong("log-requests: yes", "1:15: log-requests=yes; it must be true or false"),
        wrong(
            "session-timeout: 30",
            "1:18: session-timeout=30; it must be a duration with its unit, 10ms to 1h"),
        wrong("product: 2024", "1:10: product=2024 is not a text; write it in quotes"),
        wrong("transport: sctp", "1:12: transport=sctp; it must be auto, epoll or nio"),
        wrong("admin: 127.0.0.1:9091", "1:8: admin=127.0.0.1:9091; it must be off"),
        wrong(
            "dra-pool: {reconnect-backoff: 0.5}",
            "1:31: reconnect-backoff=0.5; it must be a number, 1 to 10"),
        wrong(
            "dra-pool: {retry-on: 3004}",
            "1:22: retry-on must be a list, as [a, b]; it must be a list of Result-Codes, each 3000 to 5999"),
        wrong(
            "dra-pool: {retry-on: [3004, 2001]}",
            "1:29: retry-on=2001; it must be a list of Result-Codes, each 3000 to 5999"),
        wrong("dra-pool: 3", "1:11: dra-pool must consist of lines as key: value"),
        wrong("- a\n- b", "1:1: the file must consist of lines as key: value"),
        wrong("[a]: 1", "1:1: a key must be a single word"),
        wrong("applications: [s6x]", ANY_REST, "1:16: applications=s6x; it must be "),
        wrong("applications: [{vendor-id: 1}]", "1:16: an application without id"),
        wrong(
            "applications: [{id: 1, vendor: 1}]",
            "1:24: unknown key vendor; an application has id, vendor-id and kind"),
        wrong(
            "applications: [gx, gx]",
            ANY_REST,
            "1:15: applications=gx,gx; it must be a list, without repetition, of "),
        wrong(
            "logic-apps: {allow-addresses: [10.0.0.0/40]}",
            "1:32: allow-addresses=10.0.0.0/40; it must be a list of addresses or ranges as 10.0.0.0/8"),
        wrong(
            "dras: 3", "1:7: dras must be a list of DRAs, each as {name: DRA-1, host: 10.0.1.100}"),
        wrong("dras: []", "dras is empty; there must be at least one DRA"),
        wrong("dras:\n  - {host: a}", ANY_REST, "2:5: a DRA without name; it must be "),
        wrong(
            "dras:\n  - {name: A}",
            "2:5: a DRA without host; it must be a host name or an address"),
        wrong("dras:\n  - {name: A, host: a, prio: 1}", "2:24: unknown key prio"),
        wrong(
            "dras:\n  - {name: A, host: a, port: 0}",
            "2:30: port=0; it must be a whole number, 1 to 65,535"),
        wrong(
            "dras:\n  - {name: A, host: a}\n  - {name: A, host: b}",
            "3:12: dra name=A is there twice; names must differ"),
        wrong(
            "dras:\n  - {name: A, host: a}\n  - {name: B, host: a}",
            "3:21: dra B: host:port=a:3868 is that of dra A too; each DRA must have its own"),
        wrong(
            "dra1-host: 10.0.0.1\ndras:\n  - {name: A, host: a}",
            "3:3: dra1-host (file gateway.yaml:1) cannot be set beside the list of DRAs; change the list"),
        wrong(
            "dra-pool:\n  dwr-timeout: 40s",
            "2:16: dwr-timeout=40s >= dwr-interval=30s; it must be shorter"),
        wrong(
            "dra-pool:\n  dwr-interval: 9s",
            "2:17: dwr-timeout=10s >= dwr-interval=9s; it must be shorter"),
        wrong("listen: [", ANY_REST, "1:10: "),
        wrong("a: b: c", ANY_REST, "1:5: "),
        wrong("--- a\n--- b", ANY_REST, ""),
        wrong(
            "listen: \":1\"\nlistn: 1\nproduct: 3\nsession-timeout: x",
            ANY_REST,
            "2:1: ",
            "3:10: ",
            "4:18: "));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void wrongFileSaysWhereAndWhat(String yaml, List<String> problems) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> {
              var found =
                  e.problems().stream()
                      .map(
                          p -> p.text().replace(folder + "/", "").lines().findFirst().orElseThrow())
                      .toList();
              boolean exact = !problems.getFirst().equals(ANY_REST);
              var expected = exact ? problems : problems.subList(1, problems.size());
              assertThat(found).hasSameSizeAs(expected);
              for (int i = 0; i < expected.size(); i++) {
                var prefix =
                    expected.get(i).matches("\\d.*")
                        ? "gateway.yaml:" + expected.get(i)
                        : expected.get(i);
                if (exact) {
                  assertThat(found.get(i)).isEqualTo(prefix);
                } else {
                  assertThat(found.get(i)).startsWith(prefix);
                }
              }
            });
  }

  private static final String ANY_REST = "…";

  @Test
  void errorShowsTheLineAndACaret() {
    assertThatThrownBy(() -> ConfigFile.parse("gateway.yaml", "product: A\nmax-conections: 5\n"))
        .hasMessage(
            """
            gateway.yaml:2:1: unknown key max-conections; did you mean max-connections?
              2 | max-conections: 5
                | ^\
            """);
  }

  @Test
  void flagBesideTheListOfDrasIsRefused() {
    assertThatThrownBy(() -> read(EXAMPLE, "-dra1-host", "10.9.9.9"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "dra1-host (flag -dra1-host) cannot be set beside the list of DRAs; change the list");
  }

  @Test
  void otherEncodingsAreRefused() throws Exception {
    var file =
        Files.write(
                folder.resolve("latin1.yaml"),
                "product: \u00e4".getBytes(StandardCharsets.ISO_8859_1))
            .toString();

    assertThatThrownBy(() -> ConfigFile.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessage(file + ": not in UTF-8");
  }

  @Test
  void directoryIsRefused() {
    assertThatThrownBy(() -> ConfigFile.read(folder.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{a: ", "- "})
  void deepNestingIsRefused(String opening) {
    assertThatThrownBy(() -> ConfigFile.parse("deep.yaml", opening.repeat(100_000)))
        .isInstanceOf(ConfigException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 20261122})
  void mutatedFilesAreReadOrRefusedButNeverFailOtherwise(long seed) {
    var random = new Random(seed);
    var alphabet = ":-,[]{}\"'#&*!|>%@`?\t\n ~0129azAZ.\u0000\u0007\u00e9\u2028\ud83d\ufeff<\\";
    for (int round = 0; round < 2_000; round++) {
      var text = new StringBuilder(EXAMPLE);
      for (int change = random.nextInt(6); change >= 0; change--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(4)) {
          case 0 -> text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
          case 1 -> text.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
          case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(12)));
          default ->
              text.insert(
                  at, text.substring(at, Math.min(text.length(), at + 1 + random.nextInt(40))));
        }
      }
      var yaml = text.toString();
      try {
        assertThat(ConfigFile.parse("gateway.yaml", yaml).values())
            .doesNotContainKey(Settings.DRA_NAME);
      } catch (ConfigException e) {
        assertThat(e.problems()).as("seed %d round %d", seed, round).isNotEmpty();
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + " round " + round + ":\n" + yaml, e);
      }
    }
  }
}
