package io.diametergw.wire.dictionary;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.Hex;
import io.diametergw.wire.MessageBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageTreeTest {
  private static final int VM = 0xC0;
  private static final int TGPP = 10415;

  private final StringBuilder out = new StringBuilder();

  private boolean print(ByteBuf buf) {
    return MessageTree.print(buf, 0, buf.writerIndex(), out);
  }

  @Test
  void cerIsShown() {
    ByteBuf cer =
        Hex.bytes(
            """
            01000050 80000101 00000000 00000001 abcdef01 // CER, 80 bytes, R
            00000108 40000009 61 000000                  // Origin-Host "a"
            00000101 4000000e 0001 0a000107 0000         // Host-IP-Address 10.0.1.7
            0000010a 4000000c 000028af                   // Vendor-Id 10415
            00000104 40000014                            // Vendor-Specific-Application-Id
              00000102 4000000c 01000023                 //   Auth-Application-Id S6a
            """);

    assertThat(print(cer)).isTrue();

    assertThat(out.toString())
        .isEqualTo(
            """
            CER (Capabilities-Exchange, 257) application Common 0 version 1 flags R--- hbh 00000001 e2e abcdef01 80 B
                20 Origin-Host (264) -M- 9 B "a"
                32 Host-IP-Address (257) -M- 14 B 10.0.1.7
                48 Vendor-Id (266) -M- 12 B 10415 (3GPP)
                60 Vendor-Specific-Application-Id (260) -M- 20 B
                68   Auth-Application-Id (258) -M- 12 B 16777251 (S6a/S6d)
            """);
  }

  private static ByteBuf ulr() {
    return MessageBuilder.begin(Unpooled.buffer(), 0xC0, 316, 16777251, 1, 2)
        .text(AvpCode.SESSION_ID, "mme1;1;2")
        .text(AvpCode.USER_NAME, "262011234567890")
        .unsigned32(1405, VM, TGPP, 0x22)
        .unsigned32(1032, 0x80, TGPP, 1004)
        .octets(1407, VM, TGPP, new byte[] {0x62, (byte) 0xF2, 0x10})
        .octets(1489, VM, TGPP, new byte[] {(byte) 0x94, 0x71, (byte) 0xF2})
        .end();
  }

  @Test
  void ulrIsShown() {
    assertThat(print(ulr())).isTrue();

    assertThat(out.toString())
        .contains("ULR (Update-Location, 316) application S6a/S6d 16777251 version 1 flags RP--")
        .contains("User-Name (1) -M- 23 B \"262011234567890\"")
        .contains(
            "ULR-Flags (1405, 3GPP) VM- 16 B 0x22 (S6a/S6d-Indicator, Initial-Attach-Indicator)")
        .contains("RAT-Type (1032, 3GPP) V-- 16 B 1004 (EUTRAN)")
        .contains("Visited-PLMN-Id (1407, 3GPP) VM- 15 B 262-01\n")
        .contains("SGSN-Number (1489, 3GPP) VM- 15 B 49172\n");
  }

  private static ByteBuf ccr() {
    return MessageBuilder.begin(Unpooled.buffer(), 0xC0, 272, 16777238, 1, 2)
        .unsigned32(416, 1)
        .group(443)
        .unsigned32(450, 1)
        .text(444, "262011234567890")
        .endGroup()
        .group(1049, 0x80, TGPP)
        .unsigned32(1028, VM, TGPP, 9)
        .group(1034, 0x80, TGPP)
        .unsigned32(1046, 0x80, TGPP, 8)
        .endGroup()
        .endGroup()
        .octets(97, 0x40, 0, new byte[] {0, 64, 0x20, 1, 0x0D, (byte) 0xB8, 0, 1, 0, 2})
        .octets(8, 0x40, 0, new byte[] {10, 1, 2, 3})
        .group(AvpCode.EXPERIMENTAL_RESULT)
        .unsigned32(AvpCode.VENDOR_ID, TGPP)
        .unsigned32(298, 5420)
        .endGroup()
        .unsigned32(55, 0xE9B8B200)
        .end();
  }

  @Test
  void gxCcrIsShownWithItsGroups() {
    assertThat(print(ccr())).isTrue();

    assertThat(out.toString())
        .contains("CCR (Credit-Control, 272) application Gx 16777238")
        .contains("CC-Request-Type (416) -M- 12 B 1 (INITIAL_REQUEST)")
        .contains("   Subscription-Id-Type (450) -M- 12 B 1 (END_USER_IMSI)")
        .contains("     Priority-Level (1046, 3GPP) V-- 16 B 8")
        .contains("Framed-IPv6-Prefix (97) -M- 18 B 2001:db8:1:2::/64")
        .contains("Framed-IP-Address (8) -M- 12 B 10.1.2.3")
        .contains(
            "Experimental-Result-Code (298) -M- 12 B 5420 (DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION)")
        .contains("Event-Timestamp (55) -M- 12 B 2024-");
  }

  @Test
  void everythingBeforeTheBreakIsShown() {
    ByteBuf buf =
        Hex.bytes(
            "01000028 80000101 00000000 00000001 00000002"
                + "0000010a 4000000c 000028af"
                + "00000108 40000003");

    assertThat(print(buf)).isFalse();

    assertThat(out.toString())
        .contains("Vendor-Id (266)")
        .endsWith("! expected AVP length >= 8 but was 3 at byte 32\n");
  }

  @Test
  void aCutMessageSaysSo() {
    ByteBuf buf = ulr();

    assertThat(MessageTree.print(buf, 0, 60, out)).isFalse();
    assertThat(out.toString()).endsWith("bytes of message but only 60 are there at byte 60\n");
    assertThat(MessageTree.print(buf, 0, 7, out)).isFalse();
    assertThat(out.toString())
        .endsWith("! expected a header of 20 bytes but only 7 are left at byte 0\n");
  }

  @Test
  void dataThatItsTypeCannotHaveIsNamed() {
    ByteBuf buf =
        MessageBuilder.begin(Unpooled.buffer(), 0, 280, 0, 1, 2)
            .octets(AvpCode.RESULT_CODE, 0x40, 0, new byte[3])
            .end();

    assertThat(print(buf)).isFalse();
    assertThat(out.toString())
        .contains("0x000000")
        .endsWith("! expected 4 bytes of ResultCode but was 3 at byte 28\n");
  }

  @Test
  void whatAFailedAvpHoldsIsNotThisMessagesFault() {
    ByteBuf buf =
        MessageBuilder.begin(Unpooled.buffer(), 0x20, 280, 0, 1, 2)
            .octets(AvpCode.FAILED_AVP, 0x40, 0, new byte[] {0, 0, 1, 8, 0x40, 0, 0, 3})
            .end();

    assertThat(print(buf)).isTrue();
    assertThat(out.toString())
        .contains("(in the AVP that failed: expected AVP length >= 8 but was 3)");
  }

  @Test
  void textCannotForgeALine() {
    ByteBuf buf =
        MessageBuilder.begin(Unpooled.buffer(), 0x80, 280, 0, 1, 2)
            .text(AvpCode.ORIGIN_HOST, "a\r\n\u001b[31m\"\u202Eb")
            .octets(AvpCode.PROXY_STATE, 0x40, 0, new byte[100])
            .end();

    assertThat(print(buf)).isTrue();
    assertThat(out.toString())
        .contains("\"a\\r\\n\\u{1b}[31m\\\"\\u{202e}b\"")
        .contains("00... (100 B)");
  }

  @Test
  void aThousandGroupsDeepIsNoDanger() {
    var message = MessageBuilder.begin(Unpooled.buffer(), 0x80, 280, 0, 1, 2);
    for (int i = 0; i < 2000; i++) {
      message.group(AvpCode.PROXY_INFO);
    }
    for (int i = 0; i < 2000; i++) {
      message.endGroup();
    }

    assertThat(print(message.end())).isTrue();

    assertThat(out.toString())
        .contains("(groups nested deeper than 32 are not opened)")
        .hasLineCount(34);
  }

  @Test
  void mutatedMessagesNeverThrow() {
    long seed = 20261122;
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      ByteBuf buf = random.nextBoolean() ? ulr() : ccr();
      for (int n = random.nextInt(6); n >= 0; n--) {
        buf.setByte(random.nextInt(buf.writerIndex()), random.nextInt(256));
      }
      int available =
          random.nextInt(4) == 0 ? random.nextInt(buf.writerIndex() + 1) : buf.writerIndex();
      try {
        out.setLength(0);
        boolean wellFormed = MessageTree.print(buf, 0, available, out);
        assertThat(wellFormed).isEqualTo(out.indexOf("\n! ") < 0 && out.charAt(0) != '!');
        if (available >= Header.LENGTH
            && Header.messageLength(buf, 0) <= available
            && Header.messageLength(buf, 0) >= Header.LENGTH) {
          assertThat(LogLine.of(LogLine.RECEIVED, "dra-1", buf, 0, random.nextBoolean()))
              .doesNotContain("\n");
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + " case " + i, e);
      }
    }
  }
}
