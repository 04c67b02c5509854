package io.diametergw.app.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diametergw.app.process.Commands;
import io.diametergw.app.process.LoggedProcess;
import io.diametergw.wire.AvpCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Kamailio with its C Diameter Peer, module cdp: it dials or accepts, exchanges capabilities and
 * watchdogs, answers every request with 2001, and as long as it dials asks once a second itself.
 */
final class Kamailio {
  static final String IDENTITY = "kamailio.example.com";

  /** Its timer, in seconds: when it asks whether a silent peer is there, and when it dials. */
  static final int TC = 6;

  /** It finds those that it dials by their identity: a host's name. */
  static final String DIALLED = "localhost";

  private static final String MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules";
  private static final Pattern ACCEPTS = Pattern.compile("Successful socket open/bind/listen");

  private final LoggedProcess process;
  private final List<String> control;

  private Kamailio(LoggedProcess process, List<String> control) {
    this.process = process;
    this.control = control;
  }

  /**
   * Starts it, and returns when it accepts connections.
   *
   * @param port where it listens
   * @param dials the port of the loopback address that it dials
   */
  static Kamailio start(InteropSite site, int port, int dials) {
    var program = site.program("kamailio", "kamailio");
    var kamcmd = site.program("kamcmd", "kamailio");
    var folder = site.folder();
    write(folder.resolve("peer.xml"), peer(port, dials));
    write(folder.resolve("kamailio.cfg"), script(site, folder));
    var command =
        List.of(
            program,
            "-DD", // in the foreground
            "-E", // says everything on its standard error
            "-f",
            folder.resolve("kamailio.cfg").toString(),
            "-Y",
            folder.toString(),
            "-P",
            folder.resolve("kamailio.pid").toString());
    var process = site.start("kamailio", command);
    process.await(ACCEPTS, System.nanoTime() - LoggedProcess.PATIENCE.toNanos());
    return new Kamailio(process, List.of(kamcmd, "-s", "unix:" + folder + "/ctl"));
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String peer(int port, int dials) {
    return """
    <?xml version="1.0" encoding="UTF-8"?>
    <DiameterPeer FQDN="%s" Realm="example.com" Vendor_Id="10415" Product_Name="Kamailio cdp"
        AcceptUnknownPeers="1" DropUnknownOnDisconnect="1" Tc="%d" Workers="2" QueueLength="32"
        ConnectTimeout="5" TransactionTimeout="5" SessionsHashSize="128"
        DefaultAuthSessionTimeout="60" MaxAuthSessionTimeout="300">
      <Peer FQDN="%s" Realm="example.net" port="%d"/>
      <Acceptor port="%d" bind="127.0.0.1"/>
      <Auth id="16777216" vendor="10415"/>
      <Auth id="4" vendor="0"/>
      <SupportedVendor vendor="10415"/>
      <DefaultRoute FQDN="%s" metric="10"/>
    </DiameterPeer>
    """
        .formatted(IDENTITY, TC, DIALLED, dials, port, DIALLED);
  }

  private static String script(InteropSite site, Path folder) {
    return """
    #!KAMAILIO
    debug=2
    log_stderror=yes
    fork=yes
    children=1
    disable_tcp=yes
    listen=udp:127.0.0.1:%d
    mpath="%s"
    loadmodule "pv.so"
    loadmodule "xlog.so"
    loadmodule "tm.so"
    loadmodule "ctl.so"
    loadmodule "rtimer.so"
    loadmodule "cdp.so"
    loadmodule "cdp_avp.so"
    loadmodule "ims_diameter_server.so"
    modparam("ctl", "binrpc", "unix:%s/ctl")
    modparam("cdp", "config_file", "%s/peer.xml")
    modparam("rtimer", "timer", "name=ask;interval=1;mode=1;")
    modparam("rtimer", "exec", "timer=ask;route=ASK")
    request_route { exit; }
    route[ASK] {
      if (cdp_check_peer("%s")) {
        diameter_request("%s", "16777216", "300", "%s");
      }
    }
    event_route[diameter:request] {
      xlog("L_NOTICE", "was asked: $diameter_application $diameter_command\\n");
      $diameter_response = "%s";
    }
    """
        .formatted(
            site.unwatchedPort(),
            MODULES,
            folder,
            folder,
            DIALLED,
            DIALLED,
            avp(AvpCode.DESTINATION_REALM, "\"string\":\"example.net\""),
            avp(AvpCode.RESULT_CODE, "\"int32\":2001"));
  }

  /** An AVP as its module ims_diameter_server writes it, inside quotation marks. */
  private static String avp(int code, String value) {
    String json = "[{\"avpCode\":%d,\"vendorId\":0,\"Flags\":64,%s}]".formatted(code, value);
    return json.replace("\"", "\\\"");
  }

  /** How many lines of its log hold this regular expression. */
  long linesWith(String regex) {
    var pattern = Pattern.compile(regex);
    return process.lines().stream().filter(line -> pattern.matcher(line.text()).find()).count();
  }

  /** Has it end its connection to the peer that it dials. */
  void disablePeer() {
    Commands.run(Stream.concat(control.stream(), Stream.of("cdp.disable_peer", DIALLED)).toList());
  }

  /** Whether it still runs. */
  boolean isAlive() {
    return process.isAlive();
  }
}
