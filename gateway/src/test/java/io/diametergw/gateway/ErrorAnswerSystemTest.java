package io.diametergw.gateway;

import static io.diametergw.gateway.Site.GATEWAY;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The form of each error answer that the gateway makes (RFC 6733 §7.2). */
class ErrorAnswerSystemTest {
  private static final String APP = "app1." + LOCAL;
  private static final int M = 0x40;

  /** A Result-Code, and how a good request becomes one that gets it. */
  record Case(int code, String why, boolean failedAvp, UnaryOperator<LabMessage> spoil) {
    @Override
    public String toString() {
      return code + " " + why;
    }
  }

  static final List<Case> CASES =
      List.of(
          new Case(
              3002,
              "no realm",
              false,
              r ->
                  r.without(AvpCode.DESTINATION_REALM)
                      .with(LabAvp.text(AvpCode.DESTINATION_HOST, "h.test"))),
          new Case(
              3002,
              "all in Route-Record",
              false,
              r -> r.with(LabAvp.text(AvpCode.ROUTE_RECORD, "dra1." + REMOTE))),
          new Case(3002, "timeout", false, r -> r),
          new Case(3005, "loop", false, r -> r.with(LabAvp.text(AvpCode.ROUTE_RECORD, GATEWAY))),
          new Case(3007, "not proxiable", false, r -> r.withFlags(Header.REQUEST)),
          new Case(
              3007,
              "for the gateway",
              false,
              r -> r.with(LabAvp.text(AvpCode.DESTINATION_HOST, GATEWAY))),
          new Case(3008, "E bit", false, r -> r.withFlags(0xE0)),
          new Case(
              5004, "empty host", true, r -> r.with(LabAvp.text(AvpCode.DESTINATION_HOST, ""))),
          new Case(
              5009,
              "two realms",
              true,
              r -> r.with(LabAvp.text(AvpCode.DESTINATION_REALM, "two.test"))),
          new Case(5011, "version", false, ErrorAnswerSystemTest::ofVersion2),
          new Case(5014, "AVP length", true, ErrorAnswerSystemTest::broken));

  @RegisterExtension final Site site = new Site();

  private static LabMessage ofVersion2(LabMessage request) {
    byte[] bytes = request.bytes();
    bytes[0] = 2;
    return LabMessage.of(bytes);
  }

  private static LabMessage broken(LabMessage request) {
    byte[] bytes = request.with(LabAvp.of(99_999, M, 0, new byte[4])).bytes();
    bytes[bytes.length - 5] = 5;
    return LabMessage.of(bytes);
  }

  private LabMessage refusal(LabMessage request) {
    site.dra(1).dropEvery(1);
    site.start(c -> c.sessionTimeout(Duration.ofMillis(100)));
    var app = site.peer(APP);
    app.send(request);
    return app.expectAnswer(request.commandCode());
  }

  @ParameterizedTest
  @FieldSource("CASES")
  @DisplayName("CONF-ERR-01..03, -05..11 every field of an error answer")
  void form(Case is) {
    var request =
        is.spoil.apply(
            site.request().withFlags(Header.REQUEST | Header.PROXIABLE | Header.RETRANSMITTED));

    var answer = refusal(request);

    assertThat(answer.resultCode()).isEqualTo(is.code);
    assertThat(answer.version()).isEqualTo(1);
    assertThat(answer.flags()).isEqualTo(request.flags() & Header.PROXIABLE | Header.ERROR);
    assertThat(answer.commandCode()).isEqualTo(272);
    assertThat(answer.applicationId()).isEqualTo(4);
    assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
    assertThat(answer.endToEndId()).isEqualTo(request.endToEndId());
    assertThat(answer.isMalformed()).isFalse();
    var avps = answer.avps();
    assertThat(avps.getFirst().code()).isEqualTo(AvpCode.SESSION_ID);
    assertThat(avps.getFirst().data())
        .isEqualTo(requireNonNull(request.avp(AvpCode.SESSION_ID)).data());
    assertThat(answer.text(AvpCode.ORIGIN_HOST)).isEqualTo(GATEWAY);
    assertThat(answer.text(AvpCode.ORIGIN_REALM)).isEqualTo(LOCAL);
    assertThat(answer.avps(AvpCode.RESULT_CODE)).hasSize(1);
    for (int code :
        new int[] {
          AvpCode.DESTINATION_HOST,
          AvpCode.DESTINATION_REALM,
          AvpCode.ROUTE_RECORD,
          AvpCode.ERROR_REPORTING_HOST,
          AvpCode.EXPERIMENTAL_RESULT
        }) {
      assertThat(answer.avps(code)).as("AVP " + code).isEmpty();
    }
    assertThat(answer.avps(AvpCode.FAILED_AVP)).hasSize(is.failedAvp ? 1 : 0);
    if (is.failedAvp) {
      assertThat(requireNonNull(answer.avp(AvpCode.FAILED_AVP)).avps()).hasSize(1);
    }
    var text = requireNonNull(answer.avp(AvpCode.ERROR_MESSAGE));
    assertThat(text.data().length).isBetween(1, 128);
    assertThat(text.flags()).isZero();
    assertThat(text.text()).doesNotContain("127.0.0.1", "io.diametergw", "Exception", "dra1");
    assertThat(answer.lengthBytes()).isLessThanOrEqualTo(request.lengthBytes() + 256);
    for (LabAvp avp : avps) {
      assertThat(avp.flags() & AvpCursor.VENDOR).isZero();
    }
  }

  @ParameterizedTest
  @FieldSource("CASES")
  @DisplayName(
      "CONF-ERR-04 every Proxy-Info comes back, in order; CONF-ERR-02 no Session-Id is invented")
  void proxyInfos(Case is) {
    var request = site.request().without(AvpCode.SESSION_ID);
    var infos =
        IntStream.range(0, 5)
            .mapToObj(i ->
                LabAvp.of(AvpCode.PROXY_INFO, M, 0, ("proxy" + i).getBytes(StandardCharsets.UTF_8)))
            .toList();
    var avps = Stream.concat(infos.stream(), request.avps().stream()).toList();

    var answer = refusal(is.spoil.apply(request.withAvps(avps)));

    assertThat(answer.resultCode()).isEqualTo(is.code);
    assertThat(answer.avp(AvpCode.SESSION_ID)).isNull();
    assertThat(answer.avps(AvpCode.PROXY_INFO).stream().map(LabAvp::text))
        .containsExactly("proxy0", "proxy1", "proxy2", "proxy3", "proxy4");
    assertThat(Arrays.asList(answer.avps().stream().map(LabAvp::code).toArray()))
        .startsWith(AvpCode.ORIGIN_HOST);
  }

  @Test
  @DisplayName("CONF-ERR-07 of many things wrong the first alone is reported, once")
  void firstErrorOnly() {
    var request =
        site.request()
            .with(LabAvp.text(AvpCode.DESTINATION_HOST, "")) // 5004
            .with(LabAvp.text(AvpCode.DESTINATION_REALM, "second.test")) // 5009
            .with(LabAvp.text(AvpCode.ROUTE_RECORD, GATEWAY)); // 3005
    var answer = refusal(broken(request)); // 5014

    assertThat(answer.resultCode()).isEqualTo(5004);
    assertThat(answer.avps(AvpCode.RESULT_CODE)).hasSize(1);
    assertThat(answer.avps(AvpCode.FAILED_AVP)).hasSize(1);
    assertThat(requireNonNull(answer.avp(AvpCode.FAILED_AVP)).avps())
        .singleElement()
        .satisfies(failed -> assertThat(failed.code()).isEqualTo(AvpCode.DESTINATION_HOST));
  }

  @Test
  @DisplayName("CONF-ERR-08 the AVP in Failed-AVP is complete, its Vendor-ID included")
  void failedAvpIsComplete() {
    var request = site.request().with(LabAvp.of(1_405, 0xC0, 10_415, new byte[4]));
    byte[] bytes = request.bytes();
    bytes[bytes.length - 9] = 9; // AVP Length, less than a header with Vendor-ID

    var answer = refusal(LabMessage.of(bytes));

    assertThat(answer.resultCode()).isEqualTo(5014);
    assertThat(requireNonNull(answer.avp(AvpCode.FAILED_AVP)).avps())
        .singleElement()
        .satisfies(failed -> {
          assertThat(failed.code()).isEqualTo(1_405);
          assertThat(failed.vendorId()).isEqualTo(10_415);
          assertThat(failed.flags()).isEqualTo(0xC0);
        });
  }
}
