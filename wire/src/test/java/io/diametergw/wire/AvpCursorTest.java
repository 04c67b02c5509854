package io.diametergw.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AvpCursorTest {
  private final AvpCursor avp = new AvpCursor();

  private AvpCursor over(ByteBuf buf) {
    return avp.over(buf, 0, buf.writerIndex());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void lengthBelowTheHeaderIsMalformed(int length) {
    over(Unpooled.buffer().writeInt(264).writeInt(0x40 << 24 | length).writeInt(0));

    assertThat(avp.next()).isFalse();
    assertThat(avp.malformed()).isTrue();
    assertThat(avp.fault()).isEqualTo("expected AVP length >= 8 but was " + length);
    assertThat(avp.next()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 9, 10, 11})
  void vendorFlagNeedsTwelveBytes(int length) {
    over(Unpooled.buffer().writeInt(1400).writeInt(0xC0 << 24 | length).writeInt(10415));

    assertThat(avp.next()).isFalse();
    assertThat(avp.malformed()).isTrue();
    assertThat(avp.fault()).isEqualTo("expected AVP length >= 12 but was " + length);
  }

  @ParameterizedTest
  @ValueSource(ints = {13, 16, 0xFFFFFF})
  void lengthBeyondTheEndIsMalformed(int length) {
    over(Unpooled.buffer().writeInt(264).writeInt(0x40 << 24 | length).writeInt(0));

    assertThat(avp.next()).isFalse();
    assertThat(avp.fault()).contains("<= 12").contains("was " + length);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void strayBytesAreMalformed(int stray) {
    over(Unpooled.buffer().writeInt(268).writeInt(0x4000000C).writeInt(2001).writeZero(stray));

    assertThat(avp.next()).isTrue();
    assertThat(avp.next()).isFalse();
    assertThat(avp.malformed()).isTrue();
    assertThat(avp.at()).isEqualTo(12);
    assertThat(avp.fault()).contains("only " + stray);
  }

  @Test
  void theEndIsNotMalformed() {
    over(Unpooled.EMPTY_BUFFER);

    assertThat(avp.next()).isFalse();
    assertThat(avp.malformed()).isFalse();
  }

  @Test
  void lastMemberOfAGroupMayLackItsPadding() {
    var bytes =
        Hex.bytes(
            """
            00000117 40000011  // Failed-AVP, 17 bytes
            00000108 40000009 61 // Origin-Host, 9 bytes, not padded
            """);
    over(bytes).next();

    var member = new AvpCursor().overGroup(avp);

    assertThat(member.next()).isTrue();
    assertThat(member.text()).isEqualTo("a");
    assertThat(member.paddedLength()).isEqualTo(9);
    assertThat(member.next()).isFalse();
    assertThat(member.malformed()).isFalse();
  }

  @Test
  void dataMayBeEmpty() {
    over(Hex.bytes("00000001 40000008 00000108 40000008"));

    assertThat(avp.next()).isTrue();
    assertThat(avp.is(AvpCode.USER_NAME)).isTrue();
    assertThat(avp.dataLength()).isZero();
    assertThat(avp.text()).isEmpty();
    assertThat(avp.next()).isTrue();
    assertThat(avp.is(AvpCode.ORIGIN_HOST)).isTrue();
    assertThat(avp.next()).isFalse();
    assertThat(avp.malformed()).isFalse();
  }

  @Test
  void aVendorsAvpIsNotTheBaseProtocols() {
    over(Hex.bytes("0000011b C000000d 000028af 61 000000"));

    assertThat(avp.next()).isTrue();
    assertThat(avp.is(AvpCode.DESTINATION_REALM)).isFalse();
    assertThat(avp.vendorId()).isEqualTo(10415);
    assertThat(avp.dataAt()).isEqualTo(12);
    assertThat(avp.dataLength()).isEqualTo(1);
  }

  @Test
  void tenThousandAvpsAreWalked() {
    ByteBuf buf = Unpooled.buffer();
    for (int i = 0; i < 10_000; i++) {
      buf.writeInt(i).writeInt(8);
    }
    over(buf);

    int count = 0;
    while (avp.next()) {
      assertThat(avp.code()).isEqualTo(count++);
    }

    assertThat(count).isEqualTo(10_000);
    assertThat(avp.malformed()).isFalse();
  }
}
