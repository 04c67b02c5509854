package io.diametergw.app.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.Commands;
import io.diametergw.app.process.LoggedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A node made of Erlang/OTP's diameter application: a DRA that the gateway dials, or a Logic App
 * that dials the gateway. Its program, and what it prints, is {@code src/test/erlang/otp_node.erl}.
 */
final class OtpNode {
  /** Whose program it is. */
  static final String PEER = "Erlang/OTP";

  /** The Origin-Host of {@link #yaml}. */
  static final String GATEWAY = "gw.example.com";

  private static final Path SOURCE =
      Path.of(System.getProperty("basedir", "."), "src", "test", "erlang", "otp_node.erl");

  private static final Pattern BEGUN = Pattern.compile("^OTP (.*): (dra|app) ");
  private static final Pattern SENT =
      Pattern.compile("^sent (\\d+) ok (\\d+) others \\{(.*)} unanswered (\\d+)$");
  private static final Pattern REPORT =
      Pattern.compile("^report .* dwr (\\d+) dwa (\\d+) problems (\\d+) errors (\\d+)$");
  private static final Pattern REQUEST =
      Pattern.compile("^request e2e (\\w+) t (true|false) from (\\S+) records (\\S*)$");

  /**
   * What became of requests that it sent.
   *
   * @param ok those answered with 2001
   * @param others how often which other Result-Code or failure, such as {@code 3002=2}
   */
  record Sent(int count, int ok, String others, int unanswered) {}

  /** A request that it received. */
  record Request(long nanos, String endToEnd, boolean retransmitted, String from, String records) {}

  /**
   * What came in so far.
   *
   * @param problems in any message, also one that the gateway passed on, for a strict decoder
   * @param errors that OTP has counted
   */
  record Report(int dwr, int dwa, int problems, int errors) {}

  private final LoggedProcess process;
  private final long begun;

  private OtpNode(LoggedProcess process, long begun) {
    this.process = process;
    this.begun = begun;
  }

  /** A gateway's file with DRAs on these ports, the first of priority 1; it asks all every 6 s. */
  static String yaml(int... draPorts) {
    return yamlAsking(6, 6, draPorts);
  }

  /** The same, asking its DRAs and its Logic Apps after so many silent seconds. */
  static String yamlAsking(int dwrSeconds, int watchdogSeconds, int... draPorts) {
    return """
    origin-host: %s
    origin-realm: example.com
    dra-pool: { dwr-interval: %ds, dwr-timeout: 5s, reconnect-interval: 300ms, max-reconnect-delay: 60s }
    logic-apps: { watchdog-interval: %ds, watchdog-timeout: 5s }
    """
            .formatted(GATEWAY, dwrSeconds, watchdogSeconds)
        + StartedGateway.dras(draPorts);
  }

  /** Starts a DRA that listens on {@code port}. */
  static OtpNode dra(InteropSite site, String identity, int port, int watchdogSeconds) {
    return start(site, "dra", identity, port, watchdogSeconds);
  }

  /** Starts a Logic App, and returns when the gateway has answered its CER. */
  static OtpNode app(InteropSite site, String identity, int watchdogSeconds) {
    var app = start(site, "app", identity, site.gatewayPort(), watchdogSeconds);
    app.await("^watchdog initial to okay$", app.begun);
    return app;
  }

  private static OtpNode start(
      InteropSite site, String role, String identity, int port, int watchdogSeconds) {
    String folder = site.folder().toString();
    if (!Files.exists(site.folder().resolve("otp_node.beam"))) {
      Commands.run(site.program("erlc", "erlang-base"), "-o", folder, SOURCE.toString());
    }
    var command = new ArrayList<>(List.of(site.program("erl", "erlang-base"), "+sbwt", "none"));
    command.addAll(List.of("-env", "ERL_CRASH_DUMP_SECONDS", "0", "-noshell", "-pa", folder));
    command.addAll(List.of("-run", "otp_node", "main"));
    command.addAll(List.of(role, identity, "" + port, "" + watchdogSeconds * 1000));
    long begun = System.nanoTime();
    var node = new OtpNode(site.start(identity, command), begun);
    node.await(BEGUN, begun);
    return node;
  }

  /** Sends a command without waiting for what it prints; the moment before. */
  long tell(String command) {
    long now = System.nanoTime();
    process.tell(command);
    return now;
  }

  /** The first line since then that holds this regular expression, waited for. */
  LoggedProcess.Line await(String regex, long sinceNanos) {
    return process.await(Pattern.compile(regex), sinceNanos);
  }

  private MatchResult await(Pattern pattern, long sinceNanos) {
    var line = process.await(pattern, sinceNanos).text();
    return pattern.matcher(line).results().findFirst().orElseThrow();
  }

  /** Whether it has printed such a line since then. */
  boolean hasPrinted(String regex, long sinceNanos) {
    var pattern = Pattern.compile(regex);
    return process.lines().stream()
        .anyMatch(line -> line.nanos() - sinceNanos >= 0 && pattern.matcher(line.text()).find());
  }

  /** Sends what a command asks for, and waits until nothing of it is pending. */
  Sent send(String command) {
    return sent(tell(command));
  }

  /** What became of the requests of a command that was told then, waited for. */
  Sent sent(long sinceNanos) {
    var line = await(SENT, sinceNanos);
    return new Sent(number(line, 1), number(line, 2), line.group(3), number(line, 4));
  }

  private static int number(MatchResult line, int group) {
    return Integer.parseInt(line.group(group));
  }

  /** Leaves with DPR and this cause, and waits for the answer to that: its Result-Code. */
  int leave(int cause) {
    long told = tell("leave " + cause);
    await("^left", told);
    return number(await(Pattern.compile("^received DPA (\\d+)"), told), 1);
  }

  /** Every request that has come in so far. */
  List<Request> requests() {
    var requests = new ArrayList<Request>();
    for (var line : process.lines()) {
      var found = REQUEST.matcher(line.text());
      if (found.find()) {
        requests.add(
            new Request(
                line.nanos(),
                found.group(1),
                Boolean.parseBoolean(found.group(2)),
                found.group(3),
                found.group(4)));
      }
    }
    return requests;
  }

  /** What came in so far. */
  Report report() {
    var line = await(REPORT, tell("report"));
    return new Report(number(line, 1), number(line, 2), number(line, 3), number(line, 4));
  }

  /** Fails when any of them has seen a mistake; the row says so. */
  static void assertClean(InteropSite site, OtpNode... nodes) {
    var reports = Arrays.stream(nodes).map(OtpNode::report).toList();
    site.showed(
        "OTP's strict decoder: %d problems, OTP's counters: %d errors",
        reports.stream().mapToInt(Report::problems).sum(),
        reports.stream().mapToInt(Report::errors).sum());
    assertThat(reports).allMatch(report -> report.problems() == 0 && report.errors() == 0);
  }
}
