package io.diametergw.gateway;

import static io.diametergw.gateway.Site.GATEWAY;
import static io.diametergw.gateway.Site.LOCAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.util.Arrays;
import java.util.List;

/** What tests of routing expect of a request that is passed on, and of one that is refused. */
final class Relaying {
  /** The Logic App whose requests they are. */
  static final String APP = "app1." + LOCAL;

  private Relaying() {}

  /** Sends a request, expects 2001 for it and returns what the DRA got. */
  static LabMessage forwarded(SimulatedDra dra, ScriptedPeer app, LabMessage request) {
    app.send(request);
    var answer = app.expectAnswer(request.commandCode());
    assertThat(answer.resultCode()).as(answer.toString()).isEqualTo(2001);
    assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
    assertThat(answer.endToEndId()).isEqualTo(request.endToEndId());
    return dra.requests().getLast();
  }

  /** Everything behind the header. */
  static byte[] body(LabMessage message) {
    return Arrays.copyOfRange(message.bytes(), Header.LENGTH, message.lengthBytes());
  }

  /**
   * Everything but Hop-by-Hop, Message Length, reserved bits and one Route-Record at the end is as
   * it was.
   */
  static void assertRelayed(LabMessage sent, LabMessage got) {
    assertThat(got.isRetransmitted()).isEqualTo(sent.isRetransmitted());
    assertThat(got.flags()).isEqualTo(sent.flags() & 0xF0);
    assertThat(got.commandCode()).isEqualTo(sent.commandCode());
    assertThat(got.applicationId()).isEqualTo(sent.applicationId());
    assertThat(got.endToEndId()).isEqualTo(sent.endToEndId());
    byte[] in = body(sent);
    assertThat(Arrays.copyOf(body(got), in.length)).isEqualTo(in);
    byte[] rest = Arrays.copyOfRange(body(got), in.length, body(got).length);
    var record =
        LabMessage.of(got.bytes()).withAvps(List.of(LabAvp.text(AvpCode.ROUTE_RECORD, APP)));
    assertThat(rest).isEqualTo(body(record));
  }

  /** The gateway answers the request itself, with this Result-Code. */
  static LabMessage assertRefused(ScriptedPeer app, LabMessage request, int code) {
    app.send(request);
    var answer = app.expectAnswer(request.commandCode());
    assertThat(answer.resultCode()).as(answer.toString()).isEqualTo(code);
    assertThat(answer.isError()).isTrue();
    assertThat(answer.text(AvpCode.ORIGIN_HOST)).isEqualTo(GATEWAY);
    assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
    assertThat(answer.endToEndId()).isEqualTo(request.endToEndId());
    assertThat(answer.isMalformed()).isFalse();
    return answer;
  }
}
