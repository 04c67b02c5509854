package io.diametergw.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diametergw.gateway.config.DraPoolConfig.Balance;
import io.diametergw.gateway.config.LogicAppsConfig.DuplicateOriginHost;
import io.diametergw.peer.Application;
import io.diametergw.wire.Identity;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GatewayConfigBuilderTest {
  private static GatewayConfigBuilder oneDra() {
    return GatewayConfig.builder().dra("DRA-1", "10.0.1.100", 3868, 1);
  }

  @Test
  void whatIsNotToldIsAsDocumented() {
    var config = oneDra().build();

    assertThat(config.listen().getPort()).isEqualTo(3868);
    assertThat(config.listen().getAddress().isAnyLocalAddress()).isTrue();
    assertThat(config.originHost()).isEqualTo(Identity.of("diameter-gw.example.com"));
    assertThat(config.originRealm()).isEqualTo(Identity.of("example.com"));
    assertThat(config.productName()).isEqualTo("Diameter-Gateway");
    assertThat(config.vendorId()).isEqualTo(10415);
    assertThat(config.applications())
        .containsExactly(
            Application.RELAY,
            Application.auth3gpp(16777251),
            Application.auth3gpp(16777252),
            Application.auth3gpp(16777238),
            Application.auth3gpp(16777236),
            Application.auth3gpp(16777216),
            Application.auth3gpp(16777217),
            Application.auth(4),
            Application.acct(3));
    assertThat(config.sessionTimeout()).hasSeconds(30);
    assertThat(config.statsInterval()).hasSeconds(60);
    assertThat(config.logicApps())
        .isEqualTo(
            new LogicAppsConfig(
                1000,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                3,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                DuplicateOriginHost.ALLOW,
                List.of(),
                List.of(),
                false,
                4096,
                1 << 20,
                262_144));
    assertThat(config.draPool())
        .isEqualTo(
            new DraPoolConfig(
                1,
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                3,
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                1.5,
                Duration.ofMinutes(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                true,
                Balance.WEIGHTED,
                2,
                Set.of(3004),
                List.of(),
                20,
                Duration.ZERO,
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                65_536,
                1 << 20,
                Duration.ofSeconds(10)));
    assertThat(config.dras())
        .containsExactly(new DraConfig("DRA-1", "10.0.1.100", 3868, 1, 100, null, true, false));
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void whatIsToldIsKept() {
    var config =
        GatewayConfig.builder()
            .originHost("my-gw.example.com")
            .listen("127.0.0.1:0")
            .logicApps(apps ->
                apps.maxConnections(7)
                    .allow(List.of("*.apps.example.com"))
                    .allowAddresses(List.of("10.0.0.0/8")))
            .draPool(pool ->
                pool.dwrInterval(Duration.ofSeconds(7))
                    .dwrTimeout(Duration.ofSeconds(6))
                    .retryOn(Set.of(3002, 3004)))
            .dra(dra ->
                dra.name("A")
                    .host("dra.example.com")
                    .identity("dra.example.com")
                    .weight(3)
                    .routeRecord(false))
            .build();

    assertThat(config.originHost().name()).isEqualTo("my-gw.example.com");
    assertThat(config.listen().getAddress().isLoopbackAddress()).isTrue();
    assertThat(config.logicApps().maxConnections()).isEqualTo(7);
    assertThat(config.logicApps().allow()).containsExactly("*.apps.example.com");
    assertThat(config.draPool().retryOn()).containsExactlyInAnyOrder(3002, 3004);
    assertThat(config.dras())
        .containsExactly(
            new DraConfig(
                "A", "dra.example.com", 3868, 1, 3, Identity.of("dra.example.com"), false, false));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        wrong("dras is empty; there must be at least one DRA", GatewayConfig.builder()),
        wrong(
            "origin-host=\"my gw\"; it must be a host name (letters, digits, '-', '_', '.'; at most"
                + " 255 characters)",
            oneDra().originHost("my gw")),
        wrong(
            "listen=3868; it must be host:port as 0.0.0.0:3868, :3868, [::1]:3868 or"
                + " localhost:3868, port 0 to 65,535",
            oneDra().listen("3868")),
        wrong(
            "session-timeout=0s; it must be a duration with its unit, 10ms to 1h",
            oneDra().sessionTimeout(Duration.ZERO)),
        wrong("vendor-id=-1; it must be a whole number, 0 to 2,147,483,647", oneDra().vendorId(-1)),
        wrong(
            "max-connections=0; it must be a whole number, 1 to 1,000,000",
            oneDra().logicApps(a -> a.maxConnections(0))),
        wrong(
            "dra-pool.max-pending=0; it must be a whole number, 1 to 1,048,576",
            oneDra().draPool(p -> p.maxPending(0))),
        wrong(
            "reconnect-backoff=0.5; it must be a number, 1 to 10",
            oneDra().draPool(p -> p.reconnectBackoff(0.5))),
        wrong(
            "retry-on=2001; it must be a list of Result-Codes, each 3000 to 5999",
            oneDra().draPool(p -> p.retryOn(Set.of(2001)))),
        wrong(
            "allow-addresses=10.0.0.0/33; it must be a list of addresses or ranges as 10.0.0.0/8",
            oneDra().logicApps(a -> a.allowAddresses(List.of("10.0.0.0/33")))),
        wrong(
            "dwr-timeout=40s >= dwr-interval=30s; it must be shorter",
            oneDra().draPool(p -> p.dwrTimeout(Duration.ofSeconds(40)))),
        wrong(
            "watchdog-timeout=30s >= watchdog-interval=30s; it must be shorter",
            oneDra().logicApps(a -> a.watchdogTimeout(Duration.ofSeconds(30)))),
        wrong(
            "stall-timeout=31s > dwr-interval=30s; it must not be longer",
            oneDra().draPool(p -> p.stallTimeout(Duration.ofSeconds(31)))),
        wrong(
            "reconnect-interval=10m > max-reconnect-delay=5m; it must not be longer",
            oneDra().draPool(p -> p.reconnectInterval(Duration.ofMinutes(10)))),
        wrong(
            "dra name=dra-1 is there twice; names must differ",
            oneDra().dra("dra-1", "10.0.1.101", 3868, 1)),
        wrong(
            "dra DRA-2: host:port=10.0.1.100:3868 is that of dra DRA-1 too; each DRA must have its"
                + " own",
            oneDra().dra("DRA-2", "10.0.1.100", 3868, 2)),
        wrong(
            "dra B: identity=GW.example.com == origin-host=gw.example.com; the gateway cannot be"
                + " its own DRA",
            oneDra()
                .originHost("gw.example.com")
                .dra(d -> d.name("B").host("10.0.0.9").identity("GW.example.com"))),
        wrong(
            "dra B: host:port=127.0.0.1:3868 == listen=0.0.0.0:3868; the gateway cannot be its own"
                + " DRA",
            oneDra().dra("B", "127.0.0.1", 3868, 1)),
        wrong(
            "dra B: port=0; it must be a whole number, 1 to 65,535",
            oneDra().dra("B", "10.0.0.9", 0, 1)),
        wrong(
            "dra B: host=\"\"; it must be a host name or an address", oneDra().dra("B", "", 1, 1)),
        wrong(
            "name is missing; it must be 1 to 64 letters, digits, '.', '_', ':' or '-', the first a"
                + " letter or digit",
            oneDra().dra(d -> {})));
  }

  private static Arguments wrong(String message, GatewayConfigBuilder builder) {
    return Arguments.of(message, builder);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void whatIsWrongIsSaid(String message, GatewayConfigBuilder builder) {
    assertThatThrownBy(builder::build).isInstanceOf(ConfigException.class).hasMessage(message);
  }

  @Test
  void everythingWrongIsSaidAtOnce() {
    var builder =
        oneDra()
            .listen("nowhere")
            .vendorId(-7)
            .logicApps(a -> a.maxConnections(0))
            .draPool(p -> p.dwrTimeout(Duration.ofSeconds(40)).connectionsPerDra(17))
            .dra("B", "10.0.0.9", 70_000, 0);

    assertThatThrownBy(builder::build)
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems().stream().flatMap(p -> p.paths().stream().limit(1)))
                    .containsExactly(
                        "listen",
                        "logic-apps.max-connections",
                        "dra-pool.connections-per-dra",
                        "dra-pool.dwr-timeout",
                        "dras.port",
                        "dras.priority",
                        "vendor-id"));
  }

  static Stream<Arguments> warned() {
    return Stream.of(
        Arguments.of(
            "dwr-interval=5s is below 6s, the least that RFC 3539 §3.4.1 allows",
            tell(b ->
                b.draPool(
                    p -> p.dwrInterval(Duration.ofSeconds(5)).dwrTimeout(Duration.ofSeconds(2))))),
        Arguments.of(
            "watchdog-interval=5s is below 6s, the least that RFC 3539 §3.4.1 allows",
            tell(b ->
                b.logicApps(a ->
                    a.watchdogInterval(Duration.ofSeconds(5))
                        .watchdogTimeout(Duration.ofSeconds(2))))),
        Arguments.of(
            "session-timeout=10m is above 5m; requests that nobody answers hold their memory so"
                + " long",
            tell(b -> b.sessionTimeout(Duration.ofMinutes(10)))),
        Arguments.of(
            "stall-probe-timeout=11s > dwr-timeout=10s; the DWA's own timeout comes first",
            tell(b -> b.draPool(p -> p.stallProbeTimeout(Duration.ofSeconds(11))))),
        Arguments.of(
            "max-message-size=2000000 > dra-pool.max-outbound-bytes=1048576; the longest messages"
                + " will not fit",
            tell(b -> b.maxMessageLength(2_000_000).logicApps(a -> a.maxOutboundBytes(2 << 20)))));
  }

  private static Consumer<GatewayConfigBuilder> tell(Consumer<GatewayConfigBuilder> tell) {
    return tell;
  }

  @Test
  @DisplayName("CONF-DW-03 a watchdog below 6 s is warned of with the RFC, one below 1 s refused")
  void watchdogBelowSixSeconds() {
    var second = Duration.ofSeconds(1);
    var half = Duration.ofMillis(500);
    var timers =
        oneDra()
            .draPool(p -> p.dwrInterval(second).dwrTimeout(half).stallProbeTimeout(half))
            .logicApps(a -> a.watchdogInterval(second).watchdogTimeout(half));
    var below = second.minusMillis(1);

    assertThat(timers.build().warnings())
        .containsExactlyInAnyOrder(
            "dwr-interval=1s is below 6s, the least that RFC 3539 §3.4.1 allows",
            "watchdog-interval=1s is below 6s, the least that RFC 3539 §3.4.1 allows");
    assertThatThrownBy(timers.draPool(p -> p.dwrInterval(below))::build)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("dwr-interval=999ms; it must be");
    assertThatThrownBy(
            oneDra().logicApps(a -> a.watchdogInterval(below).watchdogTimeout(half))::build)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("watchdog-interval=999ms; it must be");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("warned")
  void whatIsSeldomMeantIsWarnedOf(String warning, Consumer<GatewayConfigBuilder> tell) {
    var builder = oneDra();
    tell.accept(builder);

    assertThat(builder.build().warnings()).containsExactly(warning);
  }
}
