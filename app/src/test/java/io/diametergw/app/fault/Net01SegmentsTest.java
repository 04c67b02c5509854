package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.Requests;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "NET-01",
    what = "a CER and a request split at every point, in single bytes, and in bursts of 64 KiB",
    goal = "every CEA, request at the DRA and answer is the same, but for its identifiers")
class Net01SegmentsTest {
  private static final LabNode APP = Crowd.app("app", 0);
  private static final int CLASS = 25;
  private static final int LONG_BYTES = 64_000; // below max-message-size, 65,535
  private static final int SEGMENT = 1_448;
  private static final int BURST = 64 << 10;
  private static final int BURSTS = 20;
  private static final int ROUTE_RECORD = AvpCode.ROUTE_RECORD;

  private final LabMessage request =
      Requests.from(APP.originHost(), APP.originRealm(), "example.com")
          .air("app0.example.com;1;1", "001010000000001");
  private int identifier;

  @Test
  void resultsDoNotDependOnSegments(FaultSite site) {
    var dra = site.own(new SimulatedDra("dra1.example.com", "example.com").keepRequests(10_000));
    dra.start();
    var gateway = site.gateway(StartedGateway.dras(dra.port())).awaitDras(1);

    var cer = BaseMessages.cer(APP);
    var ceas = new HashSet<String>();
    for (int split = 1; split < cer.lengthBytes(); split++) {
      try (var app = ScriptedPeer.connect(gateway.address())) {
        app.sendSplit(cer.bytes(), split, cer.lengthBytes());
        ceas.add(anonymous(app.expectAnswer(257)));
      }
    }
    var answers = new HashSet<String>();
    int sent = 0;
    try (var app = ScriptedPeer.connect(gateway.address())) {
      app.sendSplit(cer.bytes());
      ceas.add(anonymous(app.expectAnswer(257)));

      for (int split = 1; split <= request.lengthBytes(); split++) {
        app.sendSplit(next().bytes(), split, request.lengthBytes());
      }
      app.sendSplit(next().bytes());
      sent += request.lengthBytes() + 1;
      expect(app, sent, answers);

      int inBursts = BURSTS * BURST / request.lengthBytes();
      var burst = new ByteArrayOutputStream();
      for (int i = 0; i < inBursts; i++) {
        burst.writeBytes(next().bytes());
      }
      app.sendSplit(burst.toByteArray(), BURST);
      expect(app, inBursts, answers);
      sent += inBursts;
    }
    var atDra =
        new HashSet<>(
            dra.requests().stream().map(m -> anonymous(m.without(ROUTE_RECORD))).toList());
    var longOne = longRequestArrives(gateway, dra, answers);

    site.measured(
        "%d CERs: %d different CEAs; %d requests: %d different at the DRA, %d different answers; a"
            + " request of %d bytes in segments of %d: %s",
        cer.lengthBytes(),
        ceas.size(),
        sent,
        atDra.size(),
        answers.size(),
        LONG_BYTES,
        SEGMENT,
        longOne ? "as it was" : "changed");
    assertThat(ceas).hasSize(1);
    assertThat(answers).hasSize(1);
    assertThat(atDra).containsExactly(anonymous(request));
    assertThat(longOne).isTrue();
    assertThat(dra.count(DraCounter.REQUESTS)).isEqualTo(sent + 1);
    assertThat(dra.count(DraCounter.MALFORMED)).isZero();
    gateway.stopClean();
  }

  private boolean longRequestArrives(
      GatewayProcess gateway, SimulatedDra dra, Set<String> answers) {
    int missing = LONG_BYTES - request.lengthBytes() - AvpCursor.HEADER_LENGTH;
    var whole = request.with(LabAvp.of(CLASS, AvpCursor.MANDATORY, 0, new byte[missing & ~3]));
    try (var app = ScriptedPeer.connect(gateway.address())) {
      app.sendCer(APP);
      app.sendSplit(whole.bytes(), SEGMENT);
      answers.add(anonymous(app.expectAnswer(request.commandCode())));
    }
    var last = dra.requests().getLast();
    return anonymous(last.without(ROUTE_RECORD)).equals(anonymous(whole));
  }

  private LabMessage next() {
    identifier++;
    return request.withHopByHopId(identifier).withEndToEndId(identifier);
  }

  /** The next answers, to the last requests in their order. */
  private void expect(ScriptedPeer app, int count, Set<String> answers) {
    for (int i = 0; i < count; i++) {
      var answer = app.expectAnswer(request.commandCode());
      assertThat(answer.hopByHopId()).isEqualTo(identifier - count + 1 + i);
      assertThat(answer.endToEndId()).isEqualTo(answer.hopByHopId());
      answers.add(anonymous(answer));
    }
  }

  /** Its bytes but for the Hop-by-Hop and the End-to-End Identifier. */
  private static String anonymous(LabMessage message) {
    return HexFormat.of().formatHex(message.withHopByHopId(0).withEndToEndId(0).bytes());
  }
}
