package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.app.process.Ports;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "OPS-02",
    what =
        "The gateway is killed (kill -9) with its Logic Apps connected, and started again, twice",
    goal =
        "serves <= 3 s after it was killed, on the same port; Origin-State-Id larger in CER, CEA,"
            + " DWR and DWA; no End-to-End Identifier of its own requests comes again")
class Ops02KilledGatewayTest {
  private static final int KILLS = 2;
  private static final int DWRS = 4;
  private static final String POOL = "dra-pool: { dwr-interval: 1s, dwr-timeout: 500ms }\n";
  private static final LabNode PROBE = LabNode.relay("probe.example.com", "example.com");

  @Test
  void gatewayServesAgainUnderANewState(FaultSite site) {
    var dra = site.own(new RecordingDra());
    var launch =
        GatewayProcess.Launch.of(POOL + StartedGateway.dras(dra.port()))
            .flags("-listen", "127.0.0.1:" + Ports.free());
    var gateway = site.gateway(launch).awaitDras(1);
    var app =
        site.own(
            new SimulatedLogicApp("app0.example.com", "example.com")
                .reconnects(true)
                .connect(gateway.address()));
    serve(app);
    var states = new ArrayList<>(List.of(toldStates(gateway)));
    awaitDwrs(site, dra);

    var millis = new ArrayList<Long>();
    for (int i = 0; i < KILLS; i++) {
      long killed = System.nanoTime();
      gateway.process().kill();
      gateway = site.gateway(launch);
      serve(app);
      millis.add((System.nanoTime() - killed) / 1_000_000);
      states.add(toldStates(gateway));
      awaitDwrs(site, dra);
    }
    gateway.stopClean();

    var own = dra.recorded();
    var endToEnds = own.stream().map(LabMessage::endToEndId).collect(Collectors.toSet());
    var toDra =
        own.stream()
            .filter(message -> message.commandCode() != CommandCode.DISCONNECT_PEER)
            .map(message -> message.unsigned32(AvpCode.ORIGIN_STATE_ID))
            .distinct()
            .toList();
    site.measured(
        "serving %s ms after the kill; Origin-State-Ids %s; %d own requests with %d End-to-End"
            + " Identifiers",
        millis, states, own.size(), endToEnds.size());
    assertThat(millis).allSatisfy(each -> assertThat(each).isLessThan(3_000));
    assertThat(states).as("Origin-State-Ids").doesNotHaveDuplicates().isSorted();
    assertThat(toDra).as("Origin-State-Ids to the DRA").isEqualTo(states);
    assertThat(endToEnds).as("End-to-End Identifiers").hasSameSizeAs(own);
  }

  /** Asks until the answer is good. */
  private static void serve(SimulatedLogicApp app) {
    StartedGateway.await("a good answer", () -> isServed(app));
  }

  private static boolean isServed(SimulatedLogicApp app) {
    try {
      return app.send().join().resultCode() == 2001;
    } catch (CompletionException e) {
      return false; // not connected yet
    }
  }

  /** The Origin-State-Id that Logic Apps are told, in CEA and DWA alike. */
  private static int toldStates(GatewayProcess gateway) {
    try (var probe = ScriptedPeer.connect(gateway.address())) {
      int cea = probe.sendCer(PROBE).unsigned32(AvpCode.ORIGIN_STATE_ID);
      assertThat(probe.sendDwr(PROBE).unsigned32(AvpCode.ORIGIN_STATE_ID)).isEqualTo(cea);
      return cea;
    }
  }

  private static void awaitDwrs(FaultSite site, RecordingDra dra) {
    long before = dra.count(CommandCode.DEVICE_WATCHDOG);
    site.await("DWRs", () -> dra.count(CommandCode.DEVICE_WATCHDOG) >= before + DWRS);
  }
}
