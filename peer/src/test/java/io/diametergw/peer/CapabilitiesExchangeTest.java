package io.diametergw.peer;

import static io.diametergw.peer.ScriptedPeer.base;
import static io.diametergw.peer.ScriptedPeer.cer;
import static io.diametergw.peer.ScriptedPeer.named;
import static io.diametergw.peer.ScriptedPeer.self;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.diametergw.peer.CapabilitiesExchange.Agreed;
import io.diametergw.peer.CapabilitiesExchange.Outcome;
import io.diametergw.peer.CapabilitiesExchange.Rejected;
import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Identity;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CapabilitiesExchangeTest {
  private static final int S6A = 16777251;
  private static final LocalNode CREDIT_CONTROL = Owner.node(Application.auth(4));
  private static final LocalNode RELAY = Owner.node(Application.RELAY);

  static Stream<Arguments> required() {
    return Stream.of(
        arguments(AvpCode.ORIGIN_HOST, 0),
        arguments(AvpCode.ORIGIN_REALM, 0),
        arguments(AvpCode.HOST_IP_ADDRESS, 6),
        arguments(AvpCode.VENDOR_ID, 4),
        arguments(AvpCode.PRODUCT_NAME, 0));
  }

  @ParameterizedTest
  @MethodSource("required")
  @DisplayName("CONF-CER-04 a missing AVP: 5005, Failed-AVP with one of that code, M as defined")
  void missingAvpIsRefused(int code, int minimalLength) throws Exception {
    Message incomplete = with(cer().build(), avp -> avp.code() != code);

    Message cea = refusal(CREDIT_CONTROL, incomplete);

    assertThat(cea.resultCode()).hasValue(5005);
    assertThat(cea.flags()).isZero();
    Message.Avp failed = onlyFailed(cea);
    assertThat(failed.code()).isEqualTo(code);
    assertThat(failed.octets()).hasSize(minimalLength).containsOnly(new byte[minimalLength]);
    assertThat(ScriptedPeer.hasLegalFlags(failed)).isTrue();
    assertThat(cea.avps()).allMatch(ScriptedPeer::hasLegalFlags);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {AvpCode.ORIGIN_HOST, AvpCode.ORIGIN_REALM, AvpCode.PRODUCT_NAME, AvpCode.VENDOR_ID})
  @DisplayName("CONF-CER-05 an AVP twice: 5009, Failed-AVP is the surplus one")
  void surplusAvpIsRefused(int code) throws Exception {
    Message surplus = cer().octets(code, 0, new byte[] {'x', 'x', 'x', 'x'}).build();

    Message cea = refusal(CREDIT_CONTROL, surplus);

    assertThat(cea.resultCode()).hasValue(5009);
    assertThat(onlyFailed(cea).code()).isEqualTo(code);
    assertThat(onlyFailed(cea).text()).isEqualTo("xxxx");
  }

  @Test
  @DisplayName(
      "CONF-CER-06 Vendor-Specific-Application-Id with two applications: 5009 with both; with none: 5005 with both")
  void vendorSpecificApplicationNeedsExactlyOne() throws Exception {
    Message both =
        cer()
            .group(
                AvpCode.VENDOR_SPECIFIC_APPLICATION_ID,
                g ->
                    g.unsigned32(AvpCode.VENDOR_ID, 10415)
                        .unsigned32(AvpCode.AUTH_APPLICATION_ID, S6A)
                        .unsigned32(AvpCode.ACCT_APPLICATION_ID, 3))
            .build();
    Message neither =
        cer()
            .group(
                AvpCode.VENDOR_SPECIFIC_APPLICATION_ID, g -> g.unsigned32(AvpCode.VENDOR_ID, 10415))
            .build();

    Message tooMany = refusal(RELAY, both);
    Message missing = refusal(RELAY, neither);

    assertThat(tooMany.resultCode()).hasValue(5009);
    assertThat(failed(tooMany)).extracting(Message.Avp::unsigned32).containsExactly(S6A, 3);
    assertThat(missing.resultCode()).hasValue(5005);
    assertThat(failed(missing))
        .extracting(Message.Avp::code)
        .containsExactly(AvpCode.AUTH_APPLICATION_ID, AvpCode.ACCT_APPLICATION_ID);
  }

  @Test
  @DisplayName("CONF-CER-07 no common application: 5010 and our list")
  void noCommonApplicationIsRefused() throws Exception {
    Message cea = refusal(CREDIT_CONTROL, cer(99).build());

    assertThat(cea.resultCode()).hasValue(5010);
    assertThat(cea.find(AvpCode.AUTH_APPLICATION_ID).orElseThrow().unsigned32()).isEqualTo(4);
  }

  @Test
  @DisplayName("CONF-CER-08 -09 Relay on either side is common with everything, also with nothing")
  void relayIsAlwaysCommon() {
    Message nothing = with(cer().build(), avp -> avp.code() != AvpCode.AUTH_APPLICATION_ID);

    assertThat(read(CREDIT_CONTROL, cer(ApplicationId.RELAY).build())).isInstanceOf(Agreed.class);
    assertThat(read(RELAY, cer(99).build())).isInstanceOf(Agreed.class);
    assertThat(read(RELAY, nothing)).isInstanceOf(Agreed.class);
    assertThat(read(CREDIT_CONTROL, nothing)).isInstanceOf(Rejected.class);
  }

  @Test
  @DisplayName(
      "CONF-CER-10 Auth, Acct and Vendor-Specific count together; the vendor is not compared")
  void applicationsAreComparedByIdOnly() {
    Message foreignVendor =
        cer(99)
            .group(
                AvpCode.VENDOR_SPECIFIC_APPLICATION_ID,
                g ->
                    g.unsigned32(AvpCode.VENDOR_ID, 99999)
                        .unsigned32(AvpCode.AUTH_APPLICATION_ID, S6A))
            .build();
    Message accounting = cer(99).unsigned32(AvpCode.ACCT_APPLICATION_ID, 4).build();

    assertThat(read(Owner.node(Application.auth3gpp(S6A)), foreignVendor))
        .isInstanceOf(Agreed.class);
    assertThat(read(CREDIT_CONTROL, accounting)).isInstanceOf(Agreed.class);
  }

  @Test
  @DisplayName("CONF-CER-11 Inband-Security-Id without 0: 5017, E clear; with 0: fine")
  void inbandSecurityMustAllowNone() throws Exception {
    Message tls = refusal(RELAY, cer().unsigned32(AvpCode.INBAND_SECURITY_ID, 1).build());
    Message others =
        refusal(
            RELAY,
            cer()
                .unsigned32(AvpCode.INBAND_SECURITY_ID, 17)
                .unsigned32(AvpCode.INBAND_SECURITY_ID, 18)
                .build());
    Message choice =
        cer()
            .unsigned32(AvpCode.INBAND_SECURITY_ID, 1)
            .unsigned32(AvpCode.INBAND_SECURITY_ID, 0)
            .build();

    assertThat(tls.resultCode()).hasValue(5017);
    assertThat(tls.flags()).isZero();
    assertThat(others.resultCode()).hasValue(5017);
    assertThat(read(RELAY, choice)).isInstanceOf(Agreed.class);
  }

  static Stream<Arguments> fixedSizes() {
    return IntStream.of(
            AvpCode.VENDOR_ID,
            AvpCode.AUTH_APPLICATION_ID,
            AvpCode.ACCT_APPLICATION_ID,
            AvpCode.INBAND_SECURITY_ID)
        .boxed()
        .flatMap(code -> Stream.of(0, 3, 5).map(length -> arguments(code, length, 4)));
  }

  @ParameterizedTest
  @MethodSource("fixedSizes")
  @DisplayName("CONF-CER-24 a fixed-size AVP of another length: 5014, Failed-AVP of legal size")
  void wrongLengthIsRefused(int code, int length, int legal) throws Exception {
    Message wrong = self(named(base(CommandCode.CAPABILITIES_EXCHANGE))).build();
    Message without = with(wrong, avp -> avp.code() != code);
    Message.Builder builder = base(CommandCode.CAPABILITIES_EXCHANGE);
    without.avps().forEach(builder::copy);

    Message cea = refusal(RELAY, builder.octets(code, 0, new byte[length]).build());

    assertThat(cea.resultCode()).hasValue(5014);
    assertThat(cea.flags()).isZero();
    assertThat(onlyFailed(cea).code()).isEqualTo(code);
    assertThat(onlyFailed(cea).octets()).hasSize(legal);
  }

  @Test
  @DisplayName("CONF-CER-24 Host-IP-Address of one byte: 5014")
  void shortAddressIsRefused() throws Exception {
    Message cea = refusal(RELAY, cer().octets(AvpCode.HOST_IP_ADDRESS, 0, new byte[1]).build());

    assertThat(cea.resultCode()).hasValue(5014);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gw.local.test", "GW.Local.TEST"})
  @DisplayName("CONF-INI-13 a peer with our own identity is refused, whatever the case")
  void ownIdentityIsRefused(String host) throws Exception {
    Message own =
        self(base(CommandCode.CAPABILITIES_EXCHANGE)
                .text(AvpCode.ORIGIN_HOST, host)
                .text(AvpCode.ORIGIN_REALM, "local.test"))
            .build();

    assertThat(refusal(RELAY, own).resultCode()).hasValue(3010);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\u0000b", "a\nb", "caf\u00e9.test"})
  @DisplayName("an identity that is no domain name: 5004 with Failed-AVP")
  void unprintableIdentityIsRefused(String host) throws Exception {
    Message strange =
        self(base(CommandCode.CAPABILITIES_EXCHANGE)
                .text(AvpCode.ORIGIN_HOST, host)
                .text(AvpCode.ORIGIN_REALM, "local.test"))
            .build();

    Message cea = refusal(RELAY, strange);

    assertThat(cea.resultCode()).hasValue(ResultCode.INVALID_AVP_VALUE.code());
    assertThat(onlyFailed(cea).text()).isEqualTo(host);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 255, 0xFFFFFF})
  @DisplayName("CONF-AVP-01 -02 in a CER: 5014, never read past the end")
  void malformedAvpIsRefused(int avpLength) throws Exception {
    byte[] bytes = cer().build().bytes();
    int last = bytes.length - 12; // Auth-Application-Id
    bytes[last + 5] = (byte) (avpLength >> 16);
    bytes[last + 6] = (byte) (avpLength >> 8);
    bytes[last + 7] = (byte) avpLength;

    Outcome outcome = new CapabilitiesExchange(RELAY).readCer(Unpooled.wrappedBuffer(bytes), 0);

    assertThat(((Rejected) outcome).code()).isEqualTo(ResultCode.INVALID_AVP_LENGTH);
    assertThat(((Rejected) outcome).failedAvp()).hasSize(8);
  }

  @Test
  @DisplayName(
      "CONF-CER-20 Supported-Vendor-Id never 0, no duplicates; each application in its own AVP")
  void applicationsAreAdvertisedInTheirForm() throws Exception {
    LocalNode node =
        Owner.node(
            Application.RELAY,
            Application.auth(4),
            Application.acct(3),
            Application.auth3gpp(S6A),
            Application.auth3gpp(16777252));
    ByteBuf out = Unpooled.buffer();

    new CapabilitiesExchange(node).writeCer(out, InetAddress.getLoopbackAddress(), 1, 2);
    Message cer = Message.of(ByteBufUtil.getBytes(out));

    assertThat(cer.findAll(AvpCode.SUPPORTED_VENDOR_ID, 0))
        .extracting(Message.Avp::unsigned32)
        .containsExactly(10415);
    assertThat(cer.findAll(AvpCode.AUTH_APPLICATION_ID, 0))
        .extracting(Message.Avp::unsigned32)
        .containsExactly(-1, 4);
    assertThat(cer.findAll(AvpCode.ACCT_APPLICATION_ID, 0))
        .extracting(Message.Avp::unsigned32)
        .containsExactly(3);
    assertThat(cer.findAll(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID, 0))
        .extracting(g -> g.find(AvpCode.AUTH_APPLICATION_ID).orElseThrow().unsigned32())
        .containsExactly(S6A, 16777252);
    assertThat(cer.avps()).allMatch(ScriptedPeer::hasLegalFlags);
    assertThat(cer.find(AvpCode.FIRMWARE_REVISION).orElseThrow().unsigned32()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  @DisplayName("CONF-AVP-19 zero padding, lengths with and without it")
  void namesOfAnyLengthArePadded(int length) throws Exception {
    LocalNode node =
        new LocalNode(
            Identity.of("h".repeat(length)),
            Identity.of("r".repeat(length)),
            "p".repeat(length),
            1,
            0,
            List.of(Application.RELAY),
            1);
    ByteBuf out = Unpooled.buffer();

    new CapabilitiesExchange(node).writeCer(out, InetAddress.getLoopbackAddress(), 1, 2);

    var avps = new AvpCursor().overMessage(out, 0);
    while (avps.next()) {
      for (int i = avps.at() + avps.length(); i < avps.at() + avps.paddedLength(); i++) {
        assertThat(out.getByte(i)).isZero();
      }
    }
    assertThat(avps.malformed()).isFalse();
    assertThat(Message.of(ByteBufUtil.getBytes(out)).text(AvpCode.ORIGIN_HOST)).hasSize(length);
  }

  // ----------------------------------------------------------------

  private static Outcome read(LocalNode node, Message cer) {
    return new CapabilitiesExchange(node).readCer(Unpooled.wrappedBuffer(cer.bytes()), 0);
  }

  /** The CEA to a CER that has to be refused. */
  private static Message refusal(LocalNode node, Message cer) throws Exception {
    var exchange = new CapabilitiesExchange(node);
    ByteBuf buf = Unpooled.wrappedBuffer(cer.bytes());
    var rejected = (Rejected) exchange.readCer(buf, 0);
    ByteBuf out = Unpooled.buffer();
    exchange.writeCea(
        out,
        InetAddress.getLoopbackAddress(),
        buf,
        0,
        rejected.code(),
        rejected.text(),
        rejected.failedAvp());
    assertThat(out.readableBytes())
        .isLessThanOrEqualTo(
            exchange.maxBytes() + 3 * rejected.text().length() + failedLength(rejected));
    return Message.of(ByteBufUtil.getBytes(out));
  }

  private static int failedLength(Rejected rejected) {
    byte[] failed = rejected.failedAvp();
    return failed == null ? 0 : failed.length;
  }

  private static List<Message.Avp> failed(Message cea) {
    assertThat(cea.findAll(AvpCode.FAILED_AVP, 0)).hasSize(1);
    return cea.find(AvpCode.FAILED_AVP).orElseThrow().avps();
  }

  private static Message.Avp onlyFailed(Message cea) {
    assertThat(failed(cea)).hasSize(1);
    return Objects.requireNonNull(failed(cea).get(0));
  }

  private static Message with(Message message, Predicate<Message.Avp> kept) {
    Message.Builder builder = base(message.commandCode());
    message.avps().stream().filter(kept).forEach(builder::copy);
    return builder.build();
  }
}
