package io.diametergw.gateway.config;

import static io.diametergw.gateway.config.Forms.SWITCH;
import static io.diametergw.gateway.config.Forms.choice;
import static io.diametergw.gateway.config.Forms.decimal;
import static io.diametergw.gateway.config.Forms.duration;
import static io.diametergw.gateway.config.Forms.durationOrZero;
import static io.diametergw.gateway.config.Forms.texts;
import static io.diametergw.gateway.config.Forms.whole;
import static io.diametergw.gateway.config.Setting.setting;

import io.diametergw.gateway.config.DraPoolConfig.Balance;
import io.diametergw.gateway.config.GatewayConfig.Transport;
import io.diametergw.gateway.config.LogicAppsConfig.DuplicateOriginHost;
import io.diametergw.gateway.config.Setting.Form;
import io.diametergw.peer.Application;
import io.diametergw.wire.Identity;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every setting of a gateway: the one place that says what it is called, what it may be, what it is
 * by default and what it does.
 *
 * <p>The configuration records check themselves against it, their builders begin with its defaults,
 * and flags, environment, file and help are made from it. It is as long as there are settings.
 */
public final class Settings {
  /** The section of a file that holds for all Logic Apps. */
  public static final String LOGIC_APPS = "logic-apps";

  /** The section of a file that holds for all DRAs. */
  public static final String DRA_POOL = "dra-pool";

  /** The section of a file that lists the DRAs. */
  public static final String DRAS = "dras";

  private static final String TOP = "";
  private static final int DIAMETER_PORT = 3868;
  private static final int MIB = 1 << 20;

  /** The shortest a configurable wait can be; shorter ones are below the timers' resolution. */
  private static final Duration BRIEF = Duration.ofMillis(10);

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Form<Duration> WAIT = duration(BRIEF, HOUR);
  private static final Form<Duration> INTERVAL = duration(SECOND, HOUR);
  private static final Form<Integer> FAILURES = whole(1, 100);
  private static final Form<Integer> OUTBOUND_BYTES = whole(MIB / 16, MIB * 1024);
  private static final Form<Integer> PORT = whole(1, 65_535);

  public static final Setting<InetSocketAddress> LISTEN =
      setting(
              TOP,
              "listen",
              Forms.LISTEN,
              new InetSocketAddress(DIAMETER_PORT),
              "Address where Logic Apps connect; port 0 lets the system choose.")
          .flag("listen");
  public static final Setting<Identity> ORIGIN_HOST =
      setting(
              TOP,
              "origin-host",
              Forms.IDENTITY,
              Identity.of("diameter-gw.example.com"),
              "The gateway's own identity (Origin-Host).")
          .flag("origin-host");
  public static final Setting<Identity> ORIGIN_REALM =
      setting(
              TOP,
              "origin-realm",
              Forms.IDENTITY,
              Identity.of("example.com"),
              "The gateway's own realm (Origin-Realm).")
          .flag("origin-realm");
  public static final Setting<String> PRODUCT =
      setting(TOP, "product", Forms.text(255), "Diameter-Gateway", "Product-Name of CER and CEA.")
          .flag("product");
  public static final Setting<Integer> VENDOR_ID =
      setting(TOP, "vendor-id", whole(0, Integer.MAX_VALUE), 10_415, "Vendor-Id of CER and CEA.");
  public static final Setting<List<Application>> APPLICATIONS =
      setting(
          TOP,
          "applications",
          Forms.APPLICATIONS,
          Applications.byDefault(),
          "Applications that CER and CEA advertise.");
  public static final Setting<Duration> SESSION_TIMEOUT =
      setting(
              TOP,
              "session-timeout",
              WAIT,
              seconds(30),
              "A request not answered for this long gets 3002.")
          .flag("session-timeout");
  public static final Setting<Duration> DRAIN_TIMEOUT =
      setting(
          TOP,
          "drain-timeout",
          durationOrZero(BRIEF, HOUR),
          seconds(10),
          "How long a shutdown waits for requests in flight.");
  public static final Setting<Integer> MAX_MESSAGE_SIZE =
      setting(
          TOP,
          "max-message-size",
          whole(1024, 16_777_212),
          65_535,
          "The longest message accepted, in bytes.");
  public static final Setting<Integer> MAX_PENDING =
      setting(
          TOP,
          "max-pending",
          whole(1, 16_777_216),
          262_144,
          "Requests that wait for an answer, in all; more get 3004.");
  public static final Setting<Integer> EVENT_LOOPS =
      setting(TOP, "event-loops", whole(1, 64), 1, "Threads that carry traffic.");
  public static final Setting<Transport> TRANSPORT =
      setting(
          TOP,
          "transport",
          choice(Transport.values()),
          Transport.AUTO,
          "How sockets are driven; auto is epoll on Linux, else NIO.");
  public static final Setting<Boolean> LOG_REQUESTS =
      setting(TOP, "log-requests", SWITCH, false, "Log each request.").flag("log-requests");
  public static final Setting<Boolean> LOG_RESPONSES =
      setting(TOP, "log-responses", SWITCH, false, "Log each answer.").flag("log-responses");
  public static final Setting<Boolean> LOG_SUBSCRIBERS =
      setting(
          TOP,
          "log-subscribers",
          SWITCH,
          false,
          "Write subscriber identities out in logs instead of masking them.");
  public static final Setting<Duration> STATS_INTERVAL =
      setting(
              TOP,
              "stats-interval",
              durationOrZero(Duration.ofMillis(100), DAY),
              MINUTE,
              "How often the statistics are logged; 0: never.")
          .flag("stats-interval");

  public static final Setting<Integer> MAX_CONNECTIONS =
      setting(
              LOGIC_APPS,
              "max-connections",
              whole(1, 1_000_000),
              1_000,
              "Connections of Logic Apps at once.")
          .flag("max-connections");
  public static final Setting<Duration> APP_CAPABILITIES_TIMEOUT =
      setting(
              LOGIC_APPS,
              "capabilities-timeout",
              WAIT,
              seconds(10),
              "The CER must have come this long after the connection.")
          .qualified();
  public static final Setting<Duration> WATCHDOG_INTERVAL =
      setting(
          LOGIC_APPS,
          "watchdog-interval",
          INTERVAL,
          seconds(30),
          "Without a received byte for this long a DWR is sent.");
  public static final Setting<Duration> WATCHDOG_TIMEOUT =
      setting(LOGIC_APPS, "watchdog-timeout", WAIT, seconds(10), "How long the DWA may take.");
  public static final Setting<Integer> MAX_WATCHDOG_FAILURES =
      setting(
          LOGIC_APPS,
          "max-watchdog-failures",
          FAILURES,
          3,
          "DWRs in a row without DWA after which the connection is closed.");
  public static final Setting<Duration> READ_TIMEOUT =
      setting(
          LOGIC_APPS,
          "read-timeout",
          WAIT,
          seconds(30),
          "A message that has begun must be complete after this long.");
  public static final Setting<Duration> APP_WRITE_TIMEOUT =
      setting(
              LOGIC_APPS,
              "write-timeout",
              WAIT,
              seconds(10),
              "Without progress in writing for this long the connection is closed.")
          .qualified();
  public static final Setting<DuplicateOriginHost> DUPLICATE_ORIGIN_HOST =
      setting(
          LOGIC_APPS,
          "duplicate-origin-host",
          choice(DuplicateOriginHost.values()),
          DuplicateOriginHost.ALLOW,
          "What happens to a second connection with the same Origin-Host.");
  public static final Setting<List<String>> ALLOW =
      setting(
          LOGIC_APPS,
          "allow",
          texts(Forms.IDENTITY_PATTERN),
          List.of(),
          "Origin-Hosts that may connect; an empty list allows all.");
  public static final Setting<List<String>> ALLOW_ADDRESSES =
      setting(
          LOGIC_APPS,
          "allow-addresses",
          texts(Forms.ADDRESS_RANGE),
          List.of(),
          "Addresses that may connect; an empty list allows all.");
  public static final Setting<Boolean> APP_FORWARD_NON_PROXIABLE =
      setting(
              LOGIC_APPS,
              "forward-non-proxiable",
              SWITCH,
              false,
              "Forward requests without the P bit instead of answering 3007.")
          .qualified();
  public static final Setting<Integer> APP_MAX_PENDING =
      setting(
              LOGIC_APPS,
              "max-pending",
              whole(1, MIB),
              4_096,
              "Requests of the DRAs that wait for an answer on one connection.")
          .qualified();
  public static final Setting<Integer> APP_MAX_OUTBOUND_BYTES =
      setting(
              LOGIC_APPS,
              "max-outbound-bytes",
              OUTBOUND_BYTES,
              MIB,
              "Bytes that wait to be written to one Logic App before it is no longer read from.")
          .qualified();
  public static final Setting<Integer> MAX_SESSION_BINDINGS =
      setting(
          LOGIC_APPS,
          "max-session-bindings",
          whole(1_024, 16_777_216),
          262_144,
          "Session-Ids whose Logic App is remembered.");

  public static final Setting<Integer> CONNECTIONS_PER_DRA =
      setting(DRA_POOL, "connections-per-dra", whole(1, 16), 1, "Connections to each DRA.")
          .flag("conns-per-dra");
  public static final Setting<Duration> CONNECT_TIMEOUT =
      setting(DRA_POOL, "connect-timeout", WAIT, seconds(5), "How long a TCP connect may take.");
  public static final Setting<Duration> DRA_CAPABILITIES_TIMEOUT =
      setting(DRA_POOL, "capabilities-timeout", WAIT, seconds(10), "How long the CEA may take.")
          .qualified();
  public static final Setting<Duration> DWR_INTERVAL =
      setting(
          DRA_POOL,
          "dwr-interval",
          INTERVAL,
          seconds(30),
          "Without a received byte for this long a DWR is sent.");
  public static final Setting<Duration> DWR_TIMEOUT =
      setting(
          DRA_POOL,
          "dwr-timeout",
          WAIT,
          seconds(10),
          "How long the DWA may take before the DRA is suspect.");
  public static final Setting<Integer> MAX_DWR_FAILURES =
      setting(
          DRA_POOL,
          "max-dwr-failures",
          FAILURES,
          3,
          "DWRs in a row without DWA after which the connection is closed.");
  public static final Setting<Duration> HEALTH_CHECK_INTERVAL =
      setting(
          DRA_POOL,
          "health-check-interval",
          duration(Duration.ofMillis(100), HOUR),
          seconds(10),
          "The routes are recomputed at least this often.");
  public static final Setting<Duration> RECONNECT_INTERVAL =
      setting(
          DRA_POOL, "reconnect-interval", WAIT, seconds(5), "Pause before the first reconnect.");
  public static final Setting<Double> RECONNECT_BACKOFF =
      setting(
          DRA_POOL, "reconnect-backoff", decimal(1, 10), 1.5, "Factor from one pause to the next.");
  public static final Setting<Duration> MAX_RECONNECT_DELAY =
      setting(
          DRA_POOL,
          "max-reconnect-delay",
          duration(BRIEF, DAY),
          Duration.ofMinutes(5),
          "The longest pause between reconnects.");
  public static final Setting<Duration> STALL_TIMEOUT =
      setting(
          DRA_POOL,
          "stall-timeout",
          WAIT,
          SECOND,
          "Requests pending and no byte received for this long: a DWR is sent at once.");
  public static final Setting<Duration> STALL_PROBE_TIMEOUT =
      setting(
          DRA_POOL,
          "stall-probe-timeout",
          WAIT,
          SECOND,
          "How long a byte may take after that DWR before the DRA is suspect.");
  public static final Setting<Duration> REOPEN_INTERVAL =
      setting(
          DRA_POOL,
          "reopen-interval",
          WAIT,
          SECOND,
          "Between the DWRs of a DRA that is being reopened.");
  public static final Setting<Boolean> REOPEN_LAST_RESORT =
      setting(
          DRA_POOL,
          "reopen-last-resort",
          SWITCH,
          true,
          "A DRA being reopened takes requests when no other can.");
  public static final Setting<Balance> BALANCE =
      setting(
          DRA_POOL,
          "balance",
          choice(Balance.values()),
          Balance.WEIGHTED,
          "How requests are spread over the DRAs of one priority.");
  public static final Setting<Integer> MAX_TRANSMISSIONS =
      setting(
          DRA_POOL,
          "max-transmissions",
          whole(1, 10),
          2,
          "How often one request is sent at most, the first time included.");
  public static final Setting<Set<Integer>> RETRY_ON =
      setting(
          DRA_POOL,
          "retry-on",
          Forms.RESULT_CODES,
          Set.of(3004),
          "Result-Codes of a DRA after which the request goes once to an alternate.");
  public static final Setting<List<Command>> NEVER_RESEND =
      setting(
          DRA_POOL,
          "never-resend",
          Forms.COMMANDS,
          List.of(),
          "Requests that get 3002 when their DRA is lost and may have seen them.");
  public static final Setting<Integer> MAX_TIMEOUTS =
      setting(
          DRA_POOL,
          "max-timeouts",
          whole(1, 1_000_000),
          20,
          "So many requests in a row without an answer make a DRA suspect, watchdogs or not.");
  public static final Setting<Duration> FAILBACK_DELAY =
      setting(
          DRA_POOL,
          "failback-delay",
          durationOrZero(BRIEF, DAY),
          Duration.ZERO,
          "How long a DRA that failed must be back before it gets requests.");
  public static final Setting<Duration> FAILBACK_RAMP =
      setting(
          DRA_POOL,
          "failback-ramp",
          durationOrZero(Duration.ofMillis(100), HOUR),
          SECOND,
          "How long the share of a DRA that came back takes to grow to all that is its own.");
  public static final Setting<Duration> HOLD_BACK =
      setting(
          DRA_POOL,
          "hold-back",
          durationOrZero(SECOND, DAY),
          MINUTE,
          "A DRA that fails 3 times in this time gets no requests for as long; 0s: never.");
  public static final Setting<Integer> DRA_MAX_PENDING =
      setting(
              DRA_POOL,
              "max-pending",
              whole(1, MIB),
              65_536,
              "Requests that wait for an answer on one connection.")
          .qualified();
  public static final Setting<Integer> DRA_MAX_OUTBOUND_BYTES =
      setting(
              DRA_POOL,
              "max-outbound-bytes",
              OUTBOUND_BYTES,
              MIB,
              "Bytes that wait to be written to one DRA; beyond it requests go elsewhere.")
          .qualified();
  public static final Setting<Duration> DRA_WRITE_TIMEOUT =
      setting(
              DRA_POOL,
              "write-timeout",
              WAIT,
              seconds(10),
              "Without progress in writing for this long the connection is closed.")
          .qualified();

  public static final Setting<String> DRA_NAME =
      setting(DRAS, "name", Forms.NAME_OF_DRA, null, "What people call it; unique.");
  public static final Setting<String> DRA_HOST =
      setting(DRAS, "host", Forms.HOST, null, "Name or address to dial.");
  public static final Setting<Integer> DRA_PORT =
      setting(DRAS, "port", PORT, DIAMETER_PORT, "Port to dial.");
  public static final Setting<Integer> DRA_PRIORITY =
      setting(
          DRAS,
          "priority",
          whole(1, Integer.MAX_VALUE),
          1,
          "1 is the highest; traffic goes to the lowest number that has a usable DRA.");
  public static final Setting<Integer> DRA_WEIGHT =
      setting(DRAS, "weight", whole(1, 10_000), 100, "Its share among DRAs of one priority.");
  public static final Setting<Optional<Identity>> DRA_IDENTITY =
      setting(
          DRAS,
          "identity",
          Forms.IDENTITY_OR_ANY,
          Optional.empty(),
          "The Origin-Host that its CEA must carry.");
  public static final Setting<Boolean> DRA_ROUTE_RECORD =
      setting(DRAS, "route-record", SWITCH, true, "Requests sent to it get a Route-Record.");
  public static final Setting<Boolean> DRA_FORWARD_NON_PROXIABLE =
      setting(
              DRAS,
              "forward-non-proxiable",
              SWITCH,
              false,
              "Forward its requests without the P bit instead of answering 3007.")
          .qualified();

  /** Where the first of the two DRAs is that flags can name. */
  public static final Setting<String> DRA1_HOST =
      setting(
              TOP,
              "dra1-host",
              Forms.HOST,
              "127.0.0.1",
              "Host of DRA-1 (priority 1), when the file lists no DRAs.")
          .flag("dra1-host");

  public static final Setting<Integer> DRA1_PORT =
      setting(TOP, "dra1-port", PORT, 3869, "Port of DRA-1.").flag("dra1-port");

  /** Where the second one is; empty when there is none. */
  public static final Setting<String> DRA2_HOST =
      setting(
              TOP,
              "dra2-host",
              Forms.HOST_OR_NONE,
              "127.0.0.1",
              "Host of DRA-2 (priority 2); none: there is only DRA-1.")
          .flag("dra2-host");

  public static final Setting<Integer> DRA2_PORT =
      setting(TOP, "dra2-port", PORT, 3870, "Port of DRA-2.").flag("dra2-port");

  private static final List<Setting<?>> TOP_LEVEL =
      List.of(
          LISTEN,
          ORIGIN_HOST,
          ORIGIN_REALM,
          PRODUCT,
          VENDOR_ID,
          APPLICATIONS,
          SESSION_TIMEOUT,
          DRAIN_TIMEOUT,
          MAX_MESSAGE_SIZE,
          MAX_PENDING,
          EVENT_LOOPS,
          TRANSPORT,
          LOG_REQUESTS,
          LOG_RESPONSES,
          LOG_SUBSCRIBERS,
          STATS_INTERVAL);

  private static final List<Setting<?>> OF_LOGIC_APPS =
      List.of(
          MAX_CONNECTIONS,
          APP_CAPABILITIES_TIMEOUT,
          WATCHDOG_INTERVAL,
          WATCHDOG_TIMEOUT,
          MAX_WATCHDOG_FAILURES,
          READ_TIMEOUT,
          APP_WRITE_TIMEOUT,
          DUPLICATE_ORIGIN_HOST,
          ALLOW,
          ALLOW_ADDRESSES,
          APP_FORWARD_NON_PROXIABLE,
          APP_MAX_PENDING,
          APP_MAX_OUTBOUND_BYTES,
          MAX_SESSION_BINDINGS);

  private static final List<Setting<?>> OF_DRA_POOL =
      List.of(
          CONNECTIONS_PER_DRA,
          CONNECT_TIMEOUT,
          DRA_CAPABILITIES_TIMEOUT,
          DWR_INTERVAL,
          DWR_TIMEOUT,
          MAX_DWR_FAILURES,
          HEALTH_CHECK_INTERVAL,
          RECONNECT_INTERVAL,
          RECONNECT_BACKOFF,
          MAX_RECONNECT_DELAY,
          STALL_TIMEOUT,
          STALL_PROBE_TIMEOUT,
          REOPEN_INTERVAL,
          REOPEN_LAST_RESORT,
          BALANCE,
          MAX_TRANSMISSIONS,
          RETRY_ON,
          NEVER_RESEND,
          MAX_TIMEOUTS,
          FAILBACK_DELAY,
          FAILBACK_RAMP,
          HOLD_BACK,
          DRA_MAX_PENDING,
          DRA_MAX_OUTBOUND_BYTES,
          DRA_WRITE_TIMEOUT);

  private static final List<Setting<?>> OF_DRAS =
      List.of(
          DRA_NAME,
          DRA_HOST,
          DRA_PORT,
          DRA_PRIORITY,
          DRA_WEIGHT,
          DRA_IDENTITY,
          DRA_ROUTE_RECORD,
          DRA_FORWARD_NON_PROXIABLE);

  private static final List<Setting<?>> TWO_DRAS =
      List.of(DRA1_HOST, DRA1_PORT, DRA2_HOST, DRA2_PORT);

  private Settings() {}

  /** Those of {@link GatewayConfig} itself. */
  public static List<Setting<?>> topLevel() {
    return TOP_LEVEL;
  }

  /** Those of {@link LogicAppsConfig}. */
  public static List<Setting<?>> ofLogicApps() {
    return OF_LOGIC_APPS;
  }

  /** Those of {@link DraPoolConfig}. */
  public static List<Setting<?>> ofDraPool() {
    return OF_DRA_POOL;
  }

  /** Those of each {@link DraConfig}. */
  public static List<Setting<?>> ofDras() {
    return OF_DRAS;
  }

  /** Those that stand for a list of two DRAs where a list cannot be written. */
  public static List<Setting<?>> twoDras() {
    return TWO_DRAS;
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }
}
