package io.diametergw.app.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.interop.OtpNode.Sent;
import io.diametergw.app.process.Capture;
import io.diametergw.lab.BaseMessages;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Connections between the gateway and Erlang/OTP that end and begin again. */
@Execution(ExecutionMode.CONCURRENT)
class OtpDisconnectTest {
  private static final int ACCOUNTING = 271;
  private static final Duration AWAY = Duration.ofSeconds(6);
  private static final String REFUSED = "\\b(3004|3002)=\\d+";

  /** How OTP calls it that it has no connection, or that it sends nothing more after a DPR. */
  private static final String NEVER_SENT = "\\b(no_connection|failover)=\\d+";

  @Interop(
      what =
          "An OTP DRA leaves with DPR, cause 0, then 1, then 2, and listens again at once, under"
              + " 100 requests a second (reconnect-interval 300 ms, max-reconnect-delay 60 s)",
      peer = OtpNode.PEER,
      holds =
          "DPA 2001; every request answered by an alternate; dialled again after the interval, after"
              + " ten of them, not within 6 s")
  void draLeaves(InteropSite site) {
    int port1 = site.peerPort();
    int port2 = site.peerPort();
    var dra1 = OtpNode.dra(site, "dra1.example.com", port1, 6);
    var dra2 = OtpNode.dra(site, "dra2.example.com", port2, 6);
    var gateway = site.gateway(OtpNode.yaml(port1, port2)).awaitDras(2);
    var app = OtpNode.app(site, "app1.example.com", 6);
    long load = app.tell("send 2000 100"); // 20 s of it

    double rebooting = millisAway(site, dra1, BaseMessages.REBOOTING);
    double busy = millisAway(site, dra1, BaseMessages.BUSY);
    long left = leave(site, dra1, BaseMessages.DO_NOT_WANT_TO_TALK_TO_YOU);
    site.play(AWAY);
    boolean cameBack = dra1.hasPrinted("^watchdog initial", left);
    var ofApp = app.sent(load);
    gateway.stopClean();

    site.showed(
        "dialled again %.0f ms after cause 0, %.0f ms after cause 1, %s after cause 2; %s; %d by DRA-1,"
            + " %d by DRA-2",
        rebooting,
        busy,
        cameBack ? "within 6 s" : "not within 6 s",
        ofApp,
        dra1.requests().size(),
        dra2.requests().size());
    assertThat(ofApp).isEqualTo(new Sent(2000, 2000, "", 0));
    assertThat(rebooting).as("ms after REBOOTING").isLessThan(10_000);
    assertThat(busy).as("ms after BUSY").isGreaterThan(2300);
    assertThat(cameBack).as("dialled after DO_NOT_WANT_TO_TALK_TO_YOU").isFalse();
    assertThat(dra2.requests()).as("answered by the alternate").isNotEmpty();
    OtpNode.assertClean(site, dra1, dra2, app);
  }

  /** How long the gateway stays away from a DRA that leaves so and listens again at once. */
  private static double millisAway(InteropSite site, OtpNode dra, int cause) {
    long left = leave(site, dra, cause);
    long back = dra.await("^watchdog initial to okay", left).nanos();
    return (back - left) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  /** Leaves when it has had some traffic, and listens again at once; when it left. */
  private static long leave(InteropSite site, OtpNode dra, int cause) {
    int before = dra.requests().size();
    site.await("traffic", () -> dra.requests().size() > before + 20);
    long left = System.nanoTime();
    assertThat(dra.leave(cause)).as("Result-Code of DPA").isEqualTo(2001);
    dra.tell("return");
    return left;
  }

  @Interop(
      what =
          "The gateway is stopped while OTP's answers, 500 ms late, are on their way, and started"
              + " again on its port",
      peer = OtpNode.PEER,
      holds =
          "3004 while it drains, nothing unanswered; DPR with cause 0 to both; OTP takes it as an"
              + " orderly end, connects again and is served at once")
  void gatewayRestarts(InteropSite site) {
    int port = site.peerPort();
    var dra = OtpNode.dra(site, "dra1.example.com", port, 6);
    var gateway = site.gateway(OtpNode.yaml(port)).awaitDras(1);
    var app = OtpNode.app(site, "app1.example.com", 6);
    dra.tell("delay 500");
    long load = app.tell("send 300 100"); // 3 s of it
    site.await("requests under way", () -> dra.requests().size() > 100);

    long stopped = System.nanoTime();
    gateway.stopClean();
    dra.await("^received DPR 0$", stopped);
    app.await("^received DPR 0$", stopped);
    var ofApp = app.sent(load);
    dra.tell("delay 0");
    long started = System.nanoTime();
    var again = site.gateway(OtpNode.yaml(port)).awaitDras(1);
    dra.await("^watchdog (down|initial) to okay", started);
    app.await("^watchdog (down|initial) to okay", started);
    var after = app.send("send 100 100");
    var ofDra = dra.send("send 100 100 app1.example.com");
    again.stopClean();

    site.showed("while it stopped: %s; after: %s and %s", ofApp, after, ofDra);
    assertThat(ofApp.unanswered()).isZero();
    assertThat(ofApp.others()).containsPattern("\\b3004=\\d");
    assertThat(ofApp.others().replaceAll(REFUSED + "|" + NEVER_SENT, "")).isBlank();
    assertEveryRequestWasAnswered(site.captured().frames());
    assertThat(after).isEqualTo(new Sent(100, 100, "", 0));
    assertThat(ofDra).isEqualTo(new Sent(100, 100, "", 0));
    OtpNode.assertClean(site, dra, app);
  }

  private static void assertEveryRequestWasAnswered(List<Capture.Frame> frames) {
    var messages = frames.stream().flatMap(frame -> frame.messages().stream()).toList();
    assertThat(ids(messages, true)).as("answered").isEqualTo(ids(messages, false)).isNotEmpty();
  }

  /** The accounting requests that the gateway received, or the answers that it sent. */
  private static List<String> ids(List<Capture.Message> messages, boolean requests) {
    return messages.stream()
        .filter(message -> message.command() == ACCOUNTING && message.request() == requests)
        .filter(message -> message.ofGateway() != requests)
        .map(Capture.Message::endToEnd)
        .sorted()
        .toList();
  }

  @Interop(
      what =
          "An OTP DRA loses its connection without DPR under 500 requests a second: in its own REOPEN"
              + " (Tw 6 s) it throws requests away; a second OTP DRA is there",
      peer = OtpNode.PEER,
      holds =
          "0 unanswered, all 2001; only single requests reach it meanwhile, then its share again")
  @Timeout(240) // 26 s of load, and all of it for tshark to read
  void draInReopen(InteropSite site) {
    int port1 = site.peerPort();
    int port2 = site.peerPort();
    var dra1 = OtpNode.dra(site, "dra1.example.com", port1, 6);
    var dra2 = OtpNode.dra(site, "dra2.example.com", port2, 6);
    var gateway = site.gateway(OtpNode.yaml(port1, port2)).awaitDras(2);
    var app = OtpNode.app(site, "app1.example.com", 6);
    long load = app.tell("send 13000 500"); // 26 s of it
    site.await("traffic", () -> dra1.requests().size() > 500);

    long dropped = dra1.tell("drop");
    long reopened = dra1.await(" to reopen$", dropped).nanos();
    long okay = dra1.await(" reopen to okay$", dropped).nanos();
    site.await(
        "its share",
        () -> dra1.requests().stream().filter(r -> r.nanos() - okay > 0).count() > 500);
    long thrownAway =
        dra1.requests().stream()
            .filter(r -> r.nanos() - reopened > 0 && r.nanos() - okay < 0)
            .count();
    var ofApp = app.sent(load);
    gateway.stopClean();

    site.showed(
        "OTP in REOPEN for %.1f s, %d requests thrown away; %s; %d by DRA-1, %d by DRA-2",
        (okay - reopened) / (double) InteropSite.SECOND,
        thrownAway,
        ofApp,
        dra1.requests().size() - thrownAway,
        dra2.requests().size());
    assertThat(ofApp).isEqualTo(new Sent(13_000, 13_000, "", 0));
    assertThat(okay - reopened).as("ns in REOPEN").isGreaterThan(5 * InteropSite.SECOND);
    assertThat(thrownAway).as("risked on a DRA in REOPEN").isLessThan(30);
    OtpNode.assertClean(site, dra1, dra2, app);
  }
}
