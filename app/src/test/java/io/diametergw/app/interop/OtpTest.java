package io.diametergw.app.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.interop.OtpNode.Request;
import io.diametergw.app.interop.OtpNode.Sent;
import io.diametergw.app.process.Ports;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Erlang/OTP in front of the gateway as a Logic App, and behind it as a DRA. */
@Execution(ExecutionMode.CONCURRENT)
class OtpTest {
  private static final int COUNT = 1000;
  private static final int RATE = 500;
  private static final String ALL = "send " + COUNT + " " + RATE;

  @Interop(
      what = "OTP asks OTP through the gateway, both ways at once",
      peer = OtpNode.PEER,
      holds =
          "1,000 requests each way, all 2001, each once and with the Route-Record of who connected;"
              + " OTP's strict decoder finds nothing")
  void requestsBothWays(InteropSite site) {
    assertDecoderIsStrict(site);
    int port = site.peerPort();
    var dra = OtpNode.dra(site, "dra1.example.com", port, 6);
    var gateway = site.gateway(OtpNode.yaml(port)).awaitDras(1);
    var app = OtpNode.app(site, "app1.example.com", 6);

    long told = app.tell(ALL);
    var ofDra = dra.send(ALL + " app1.example.com");
    var ofApp = app.sent(told);
    gateway.stopClean();

    site.showed("of the Logic App: %s; of the DRA: %s", ofApp, ofDra);
    assertThat(List.of(ofApp, ofDra)).containsOnly(new Sent(COUNT, COUNT, "", 0));
    assertReceived(dra, "app1.example.com");
    assertReceived(app, "dra1.example.com");
    OtpNode.assertClean(site, dra, app);
  }

  /** Each request once, with the name that the other has in its CER or CEA as its way. */
  private static void assertReceived(OtpNode node, String from) {
    var requests = node.requests();
    assertThat(requests).hasSize(COUNT).noneMatch(Request::retransmitted);
    assertThat(requests).extracting(Request::endToEnd).doesNotHaveDuplicates();
    assertThat(requests).extracting(Request::from).containsOnly(from);
    assertThat(requests).extracting(Request::records).containsOnly(from);
  }

  /** A node that finds nothing has looked: one that gets a bad DWR says so. */
  private static void assertDecoderIsStrict(InteropSite site) {
    int port = Ports.free();
    var node = OtpNode.dra(site, "strict.example.com", port, 30);
    var me = new LabNode("bad.example.com", "example.com", List.of(3));
    long begun = System.nanoTime();
    try (var peer = ScriptedPeer.connect(port)) {
      peer.sendCer(me);
      peer.send(BaseMessages.dwr(me).without(AvpCode.ORIGIN_HOST));
      peer.expectAnswer(CommandCode.DEVICE_WATCHDOG);
    }
    node.await("^watchdog okay to down$", begun); // what OTP counted must outlive the connection
    assertThat(node.report().problems()).as("problems in a DWR without Origin-Host").isEqualTo(1);
    assertThat(node.report().errors()).as("errors, by OTP's count").isEqualTo(1);
  }

  @Interop(
      what = "The gateway refuses requests of OTP: no DRA, no Logic App, a loop, P bit clear",
      peer = OtpNode.PEER,
      holds = "3002, 3005, 3007; OTP's strict decoder finds nothing in the gateway's own answers")
  void refusals(InteropSite site) {
    int port = site.peerPort();
    var dra = OtpNode.dra(site, "dra1.example.com", port, 6);
    var gateway = site.gateway(OtpNode.yaml(port)).awaitDras(1);
    var app = OtpNode.app(site, "app1.example.com", 6);

    var toNobody = dra.send("send 10 100 app2.example.com");
    var loop = app.send("loop " + OtpNode.GATEWAY);
    var unproxiable = app.send("unproxiable");
    assertThat(dra.leave(BaseMessages.REBOOTING)).isEqualTo(2001);
    var withoutDra = app.send("send 10 100");
    gateway.stopClean();

    site.showed(
        "Logic App unknown: %s; loop: %s; P bit clear: %s; no DRA: %s",
        toNobody.others(), loop.others(), unproxiable.others(), withoutDra.others());
    assertThat(toNobody).isEqualTo(new Sent(10, 0, "3002=10", 0));
    assertThat(loop).isEqualTo(new Sent(1, 0, "3005=1", 0));
    assertThat(unproxiable).isEqualTo(new Sent(1, 0, "3007=1", 0));
    assertThat(withoutDra).isEqualTo(new Sent(10, 0, "3002=10", 0));
    assertThat(dra.requests()).as("forwarded").isEmpty();
    OtpNode.assertClean(site, dra, app);
  }

  @Interop(
      what =
          "Nobody says anything for 19 s, watchdog interval 6 s: OTP asks as the DRA, the"
              + " gateway asks the Logic App",
      peer = OtpNode.PEER,
      holds =
          "at least two DWRs each way are answered; nobody suspects anybody; then 10 requests each"
              + " way are answered")
  void watchdogs(InteropSite site) {
    int port = site.peerPort();
    var dra = OtpNode.dra(site, "dra1.example.com", port, 6);
    var gateway = site.gateway(OtpNode.yamlAsking(60, 6, port)).awaitDras(1);
    var app = OtpNode.app(site, "app1.example.com", 60);
    long open = System.nanoTime();

    site.play(Duration.ofSeconds(19)); // two intervals of at most 8 s, and more
    var asking = dra.report();
    var asked = app.report();
    long told = app.tell("send 10 100");
    var ofDra = dra.send("send 10 100 app1.example.com");
    var ofApp = app.sent(told);
    boolean calm = !dra.hasPrinted("^watchdog", open) && !app.hasPrinted("^watchdog", open);
    gateway.stopClean();

    site.showed(
        "%d DWAs to OTP's DWRs, %d DWRs to OTP; of the Logic App: %s; of the DRA: %s",
        asking.dwa(), asked.dwr(), ofApp, ofDra);
    assertThat(asking.dwa()).as("DWAs to the DRA").isGreaterThanOrEqualTo(2);
    assertThat(asked.dwr()).as("DWRs to the Logic App").isGreaterThanOrEqualTo(2);
    assertThat(calm).as("nobody suspected").isTrue();
    assertThat(List.of(ofApp, ofDra)).containsOnly(new Sent(10, 10, "", 0));
    OtpNode.assertClean(site, dra, app);
  }
}
