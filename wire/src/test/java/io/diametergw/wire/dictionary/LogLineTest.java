package io.diametergw.wire.dictionary;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.MessageBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class LogLineTest {
  private static final int VM = 0xC0;

  private static MessageBuilder cca() {
    return MessageBuilder.begin(Unpooled.buffer(), 0x40, 272, 4, 1, 0xabcdef01);
  }

  @Test
  void anAnswerShowsItsResult() {
    ByteBuf buf =
        cca().text(AvpCode.SESSION_ID, "s;1;2").unsigned32(AvpCode.RESULT_CODE, 2001).end();

    assertThat(LogLine.of(LogLine.RECEIVED, "dra-1", buf, 0))
        .isEqualTo("<< dra-1 CCA 272/4 hbh 00000001 e2e abcdef01 48 B 2001");
  }

  @Test
  void anExperimentalResultShowsItsVendor() {
    ByteBuf buf =
        cca()
            .group(AvpCode.EXPERIMENTAL_RESULT)
            .unsigned32(AvpCode.VENDOR_ID, 10415)
            .unsigned32(298, 5001)
            .endGroup()
            .end();

    assertThat(LogLine.of(LogLine.SENT, "app", buf, 0))
        .startsWith(">> app CCA")
        .endsWith(" 10415/5001");
  }

  @Test
  void subscribersAreMaskedUnlessAsked() {
    ByteBuf buf =
        MessageBuilder.begin(Unpooled.buffer(), 0xC0, 306, 16777217, 1, 2)
            .text(AvpCode.DESTINATION_REALM, "example.com")
            .text(AvpCode.USER_NAME, "262011234567890")
            .group(443)
            .unsigned32(450, 0)
            .text(444, "491721234567")
            .endGroup()
            .group(700, VM, 10415)
            .text(601, VM, 10415, "sip:alice.smith@example.com")
            .octets(701, VM, 10415, new byte[] {(byte) 0x94, 0x71, 0x12, 0x32, 0x54, (byte) 0xF6})
            .endGroup()
            .end();

    assertThat(LogLine.of(LogLine.RECEIVED, "p", buf, 0, false))
        .endsWith(
            " Destination-Realm=\"example.com\" User-Name=\"26201*\" Subscription-Id-Data=\"49172*\""
                + " Public-Identity=\"sip:alice*\" MSISDN=49172*");
    assertThat(LogLine.of(LogLine.RECEIVED, "p", buf, 0, true))
        .contains(
            "User-Name=\"262011234567890\"",
            "Subscription-Id-Data=\"491721234567\"",
            "MSISDN=49172123456");
  }

  @Test
  void shortIdentitiesAreNotGivenAway() {
    ByteBuf buf = cca().text(AvpCode.USER_NAME, "bob").end();

    assertThat(LogLine.of(LogLine.RECEIVED, "p", buf, 0, false)).endsWith(" User-Name=\"b*\"");
  }

  @Test
  void whatAPeerSentCannotForgeALine() {
    ByteBuf buf = cca().text(AvpCode.ORIGIN_HOST, "a\r\n<< x\u001b\"" + "z".repeat(1000)).end();

    String line = LogLine.of(LogLine.RECEIVED, "p\nq", buf, 0, false);

    assertThat(line)
        .contains("p\\nq", "Origin-Host=\"a\\r\\n<< x\\u{1b}\\\"zz", "... (1009 B)")
        .doesNotContain("\n", "\r", "\u001b");
    assertThat(line.length()).isLessThan(400);
  }

  @Test
  void aMalformedMessageStillHasALine() {
    ByteBuf buf = cca().raw(Unpooled.wrappedBuffer(new byte[8]), 0, 8).end();

    assertThat(LogLine.of(LogLine.RECEIVED, "p", buf, 0, false))
        .endsWith("(malformed: expected AVP length >= 8 but was 0)");
  }
}
