package io.diametergw.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diametergw.wire.AvpCode;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MessagesTest {
  private static final Requests REQUESTS =
      Requests.from("mme.example.com", "example.com", "home.net").to("hss.home.net");
  private static final Answers ANSWERS = new Answers("hss.home.net", "home.net");
  private static final String IMSI = "001010000000001";

  private static List<LabMessage> requests() {
    var session = REQUESTS.sessionId(1);
    var node = LabNode.relay("dra1.example.com", "example.com");
    var ccr =
        Stream.of(Requests.CcRequestType.values())
            .flatMap(type ->
                Stream.of(
                    REQUESTS.gx(session, IMSI, type, 1), REQUESTS.gy(session, IMSI, type, 1)));
    var pushes =
        Stream.of(PushCommand.values())
            .map(command -> command.request(node, "mme.example.com", "example.com", session, IMSI));
    return Stream.of(
            Stream.of(
                REQUESTS.air(session, IMSI),
                REQUESTS.ulr(session, IMSI),
                REQUESTS.ecr(session, IMSI)),
            ccr,
            pushes)
        .flatMap(messages -> messages)
        .toList();
  }

  @Test
  void everyRequestHasWhatRoutingNeeds() {
    assertThat(requests())
        .hasSize(13)
        .allSatisfy(request -> {
          assertThat(request.isMalformed()).isFalse();
          assertThat(request.isProxiable()).isTrue();
          assertThat(request.avps().getFirst().code()).isEqualTo(AvpCode.SESSION_ID);
          assertThat(request.text(AvpCode.ORIGIN_HOST)).isNotEmpty();
          assertThat(request.text(AvpCode.DESTINATION_HOST)).isNotEmpty();
          assertThat(request.text(AvpCode.DESTINATION_REALM)).isNotEmpty();
          assertThat(request.lengthBytes()).isGreaterThan(150);
        })
        .extracting(LabMessage::endToEndId)
        .doesNotHaveDuplicates();
  }

  @Test
  void answerKeepsIdentifiersSessionAndProxyInfo() {
    var proxyInfo = LabAvp.of(AvpCode.PROXY_INFO, 0x40, 0, new byte[] {1, 2, 3});
    for (var request : requests()) {
      var answer = ANSWERS.to(request.with(proxyInfo), 2001);

      assertThat(answer.isMalformed()).isFalse();
      assertThat(answer.isRequest()).isFalse();
      assertThat(answer.isError()).isFalse();
      assertThat(answer.resultCode()).isEqualTo(2001);
      assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
      assertThat(answer.endToEndId()).isEqualTo(request.endToEndId());
      assertThat(answer.text(AvpCode.SESSION_ID)).isEqualTo(request.text(AvpCode.SESSION_ID));
      assertThat(Objects.requireNonNull(answer.avp(AvpCode.PROXY_INFO)).data())
          .containsExactly(1, 2, 3);
      assertThat(answer.avp(AvpCode.DESTINATION_REALM)).isNull();
    }
  }

  @Test
  void answersCarryWhatTheirSenderAskedFor() {
    var session = REQUESTS.sessionId(1);
    var vector =
        Objects.requireNonNull(ANSWERS.to(REQUESTS.air(session, IMSI), 2001).avp(1413)).avp(1414);
    assertThat(Objects.requireNonNull(vector).avps())
        .extracting(LabAvp::code)
        .containsExactly(1419, 1447, 1448, 1449, 1450);
    assertThat(Objects.requireNonNull(vector.avp(1450)).data()).hasSize(32);
    assertThat(ANSWERS.to(REQUESTS.ulr(session, IMSI), 2001).avps())
        .extracting(LabAvp::code)
        .contains(1406, 1400);
    assertThat(ANSWERS.to(REQUESTS.ecr(session, IMSI), 2001).unsigned32(1445)).isZero();

    var gx = ANSWERS.to(REQUESTS.gx(session, IMSI, Requests.CcRequestType.UPDATE, 3), 2001);
    assertThat(gx.unsigned32(416)).isEqualTo(2);
    assertThat(gx.unsigned32(415)).isEqualTo(3);
    assertThat(gx.avp(1001)).isNotNull();
    assertThat(
            ANSWERS
                .to(REQUESTS.gy(session, IMSI, Requests.CcRequestType.INITIAL, 0), 2001)
                .avp(456))
        .isNotNull();
  }

  @Test
  void messageCanBeChangedForATest() {
    var request = REQUESTS.ecr(REQUESTS.sessionId(1), IMSI);
    var changed =
        request
            .without(AvpCode.DESTINATION_REALM)
            .with(LabAvp.unsigned32(AvpCode.ORIGIN_STATE_ID, 7))
            .withHopByHopId(5);

    assertThat(changed.avp(AvpCode.DESTINATION_REALM)).isNull();
    assertThat(changed.unsigned32(AvpCode.ORIGIN_STATE_ID)).isEqualTo(7);
    assertThat(changed.isMalformed()).isFalse();
    assertThat(LabMessage.of(changed.bytes()).toString()).isEqualTo(changed.toString());
    assertThat(request.withAvps(request.avps()).bytes()).isEqualTo(request.bytes());
    assertThatThrownBy(() -> request.unsigned32(AvpCode.RESULT_CODE))
        .hasMessageStartingWith("no AVP 268 in ECR 324/16777252");
  }

  @Test
  void avpsThatDoNotFillTheMessageAreMalformed() {
    var message =
        LabMessage.ofHex(
            "0100001C 80000118 00000000 00000001 00000002 00000108 4000000B"); // Origin-Host of 11
    // bytes, 8 are there

    assertThat(message.isMalformed()).isTrue();
    assertThat(message.avps()).isEmpty();
    assertThat(message.toString()).endsWith("then bytes that are no AVP");
  }
}
