package io.diametergw.app.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diametergw.app.process.DebianProgram;
import io.diametergw.app.process.LoggedProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A freeDiameter daemon: it relays, and speaks its own CER, DWR and DPR. It takes connections of
 * everybody in the test's realms, without TLS, and writes every message into its log.
 */
final class FreeDiameter {
  /** The shortest Tw that RFC 3539 allows, in seconds. */
  static final int SHORTEST_TW = 6;

  /** The gateway's identity, where they send what they know no better way for. */
  static final String GATEWAY = "gw.example.org";

  private static final Path EXTENSIONS = Path.of("/usr/lib/freeDiameter");
  private static final Pattern BEGUN =
      Pattern.compile("freeDiameterd daemon initialized|FATAL|ERROR");

  private final InteropSite site;
  private final String identity;
  private final List<String> command;
  private LoggedProcess process;

  private FreeDiameter(InteropSite site, String identity, List<String> command) {
    this.site = site;
    this.identity = identity;
    this.command = command;
    this.process = begin();
  }

  /**
   * Starts it, and returns when it listens on {@code port}.
   *
   * @param identity its Origin-Host; the realm is what follows the first dot
   * @param tw its watchdog interval, in seconds
   * @param connectPeers those that it dials, see {@link #dials}
   */
  static FreeDiameter start(
      InteropSite site, String identity, int port, int tw, String... connectPeers) {
    var program = site.program("freeDiameterd", "freediameterd");
    var extensions = DebianProgram.file(EXTENSIONS, "freediameter-extensions");
    var folder = site.folder();
    var everybody = folder.resolve(identity + ".acl");
    var routes = folder.resolve(identity + ".routes");
    var file = folder.resolve(identity + ".conf");
    try {
      Files.writeString(
          everybody, "ALLOW_IPSEC *.example.com *.example.net *.example.org\n", UTF_8);
      Files.writeString(routes, "* : \"%s\" += DEFAULT ;\n".formatted(GATEWAY), UTF_8);
      Files.writeString(
          file,
          """
          Identity = "%s";
          Realm = "%s";
          Port = %d;
          SecPort = 0;
          No_SCTP;
          No_IPv6;
          ListenOn = "127.0.0.1";
          TcTimer = 1;
          TwTimer = %d;
          LoadExtension = "%s/acl_wl.fdx" : "%s";
          LoadExtension = "%s/dbg_msg_dumps.fdx" : "0x2122";
          LoadExtension = "%s/rt_default.fdx" : "%s";
          %s\
          """
              .formatted(
                  identity,
                  identity.substring(identity.indexOf('.') + 1),
                  port,
                  tw,
                  extensions,
                  everybody,
                  extensions,
                  extensions,
                  routes,
                  String.join("", connectPeers)),
          UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new FreeDiameter(site, identity, List.of(program, "-c", file.toString()));
  }

  /** A peer that it dials on the loopback address. */
  static String dials(String identity, int port) {
    return "ConnectPeer = \"%s\" { ConnectTo = \"127.0.0.1\"; Port = %d; No_TLS; };\n"
        .formatted(identity, port);
  }

  private LoggedProcess begin() {
    var begun = site.start(identity, command);
    var line = begun.await(BEGUN, System.nanoTime() - LoggedProcess.PATIENCE.toNanos());
    if (!line.text().contains("initialized")) {
      throw new AssertionError(begun.tail());
    }
    return begun;
  }

  /** Waits until its connection to that peer has opened, once in the life of the process. */
  FreeDiameter awaitOpen(String peer) {
    return awaitOpen(peer, process.lines().getFirst().nanos());
  }

  /** Waits until its connection to that peer has opened since then. */
  FreeDiameter awaitOpen(String peer, long sinceNanos) {
    awaitLog("-> 'STATE_OPEN'\\s+'" + Pattern.quote(peer) + "'", sinceNanos);
    return this;
  }

  /** The first line of its log since then that holds this regular expression, waited for. */
  LoggedProcess.Line awaitLog(String regex, long sinceNanos) {
    return process.await(Pattern.compile(regex), sinceNanos);
  }

  /** Stops it in good order. */
  void stop() {
    process.signal("TERM");
    process.awaitEnd(LoggedProcess.PATIENCE);
  }

  /** Kills it as {@code kill -9} does. */
  void kill() {
    process.kill();
  }

  /** Starts it again after its end, on the same port. */
  void restart() {
    if (process.isAlive()) {
      throw new IllegalStateException(identity + " still runs");
    }
    process = begin();
  }
}
