package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.app.process.LoggedProcess;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import java.time.Duration;
import java.util.Locale;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class Ops01SigtermTest {
  private static final int RATE = 20_000;
  private static final int CONNECTIONS = 8;
  private static final LabNode APP = LabNode.relay("idle.example.com", "example.com");
  private static final LabNode DRA = LabNode.relay("dra2.example.com", "example.com");
  private static final long NANOS_OF_TENTH = 100_000_000;

  @Test
  @Scenario(
      id = "OPS-01",
      what = "SIGTERM under 20,000 requests a second, DRA-1 taking 20 ms for an answer",
      goal =
          "drained in 5 s, lost 0, exit 0; each request sent is answered, later ones with 3004 or"
              + " 3002, none after the DPR; DPR (REBOOTING) to Logic Apps and DRAs")
  void gatewayDrainsAndSaysGoodBye(FaultSite site) {
    var dra1 = site.dra(1, "-delay", "20ms");
    var listener = site.own(ScriptedListener.on(0));
    site.warm(dra1);
    var gateway =
        site.gateway(
            GatewayProcess.dras(dra1)
                + "  - { name: DRA-2, host: 127.0.0.1, port: %d, priority: 2 }\n"
                    .formatted(listener.port()));
    var dra2 = site.own(listener.accept(LoggedProcess.PATIENCE));
    dra2.answerCer(DRA);
    gateway.awaitDras(2);
    var idle = site.own(ScriptedPeer.connect(gateway.address()));
    idle.sendCer(APP);
    var load = site.load(gateway, RATE, plan -> plan.connections(CONNECTIONS));
    site.play(Duration.ofSeconds(5));

    long stopped = System.nanoTime();
    gateway.process().signal("TERM");
    int toApp = disconnected(idle, APP);
    int toDra = disconnected(dra2, DRA);
    var end = gateway.end();
    var ledger = load.end();

    var before = ledger.timeline().due(stopped - 3 * FaultSite.SECOND, stopped - NANOS_OF_TENTH);
    site.measured(
        "%,d requests a second, p99 %.1f ms; %s",
        before.count() * FaultSite.SECOND / (3 * FaultSite.SECOND - NANOS_OF_TENTH),
        FaultLedger.p99Millis(before),
        told(end, ledger));
    assertThat(end.exitCode()).as("exit code").isZero();
    assertThat(end.lost()).as("lost").isZero();
    assertThat(end.drained()).as("drained").isPositive();
    assertThat(end.millis()).as("drain, ms").isLessThan(5_000);
    assertThat(end.statistics().count("Books.unaccounted")).as("unaccounted").isZero();
    assertThat(toApp).as("Disconnect-Cause for Logic Apps").isEqualTo(BaseMessages.REBOOTING);
    assertThat(toDra).as("Disconnect-Cause for DRAs").isEqualTo(BaseMessages.REBOOTING);
    assertThat(before.good()).as("good before the signal").isEqualTo(before.count());
    assertEachAnswered(ledger);
  }

  /** Expects DPR, answers it, expects the end; the Disconnect-Cause. */
  private static int disconnected(ScriptedPeer peer, LabNode node) {
    LabMessage dpr = peer.expectRequest(CommandCode.DISCONNECT_PEER);
    peer.send(BaseMessages.dpa(node, dpr));
    peer.expectClosed();
    return dpr.unsigned32(AvpCode.DISCONNECT_CAUSE);
  }

  private static String told(GatewayProcess.End end, FaultLedger ledger) {
    return String.format(
        Locale.ROOT,
        "drained %,d, lost %,d in %d ms, exit %d; sent %,d, answered %,d %s",
        end.drained(),
        end.lost(),
        end.millis(),
        end.exitCode(),
        ledger.sent(),
        ledger.result().answered(),
        new TreeMap<>(ledger.result().byResultCode()));
  }

  /** Every request that was sent got one answer; what was due after the DPR was never sent. */
  private static void assertEachAnswered(FaultLedger ledger) {
    var result = ledger.result();
    assertThat(result.answered()).as("answered\n%s", ledger).isEqualTo(result.sent());
    assertThat(result.duplicate() + result.late() + result.foreign()).as("not asked for").isZero();
    assertThat(result.mismatched() + result.corrupt()).as("wrong").isZero();
    assertThat(ledger.errors().keySet()).as("codes of refusals").isSubsetOf(3002, 3004);
  }

  @Test
  @Scenario(
      id = "OPS-01 hard stop",
      what = "SIGTERM while the only DRA answers nothing (drain-timeout 2 s)",
      goal = "ends at drain-timeout with exit 0; every request is answered, those lost with 3002")
  void drainEndsAtItsTimeout(FaultSite site) {
    var dra = site.innerDra(1).dropEvery(1);
    var gateway =
        site.gateway("drain-timeout: 2s\n" + StartedGateway.dras(dra.port())).awaitDras(1);
    var load = site.load(gateway, 1_000, plan -> plan);
    site.play(Duration.ofSeconds(2));

    var end = gateway.stop();
    var ledger = load.end();

    site.measured("%s", told(end, ledger));
    assertThat(end.exitCode()).as("exit code").isZero();
    assertThat(end.millis()).as("drain, ms").isBetween(2_000L, 3_000L);
    assertThat(end.lost())
        .as("lost")
        .isPositive()
        .isLessThanOrEqualTo(ledger.result().byResultCode().getOrDefault(3002, 0L));
    assertEachAnswered(ledger);
  }

  @Test
  @Scenario(
      id = "OPS-01 second signal",
      what = "SIGTERM twice while the only DRA answers nothing (drain-timeout 30 s)",
      goal = "the second ends the program at once, exit 1")
  void secondSignalEndsAtOnce(FaultSite site) {
    var dra = site.innerDra(1).dropEvery(1);
    var gateway =
        site.gateway("drain-timeout: 30s\n" + StartedGateway.dras(dra.port())).awaitDras(1);
    site.load(gateway, 1_000, plan -> plan);
    site.play(Duration.ofSeconds(1));
    long first = System.nanoTime();
    gateway.process().signal("TERM");
    gateway.awaitLog("stopping", first);
    site.play(Duration.ofMillis(500));

    long second = System.nanoTime();
    gateway.process().signal("TERM");
    int exit = gateway.process().awaitEnd(Duration.ofSeconds(20));
    double millis = FaultLedger.millis(System.nanoTime() - second);

    site.measured("ended %.0f ms after the second signal, exit %d", millis, exit);
    assertThat(exit).as("exit code").isEqualTo(1);
    assertThat(millis).as("end, ms").isLessThan(1_000);
  }
}
