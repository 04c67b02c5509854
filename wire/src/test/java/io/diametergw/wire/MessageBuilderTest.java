package io.diametergw.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageBuilderTest {
  private final ByteBuf buf = Unpooled.buffer();

  private MessageBuilder begin() {
    return MessageBuilder.begin(buf, Header.REQUEST, CommandCode.CAPABILITIES_EXCHANGE, 0, 1, 2);
  }

  @Test
  void headerIsWritten() {
    begin().end();

    assertThat(Header.version(buf, 0)).isEqualTo(1);
    assertThat(Header.messageLength(buf, 0)).isEqualTo(20);
    assertThat(Header.flags(buf, 0)).isEqualTo(Header.REQUEST);
    assertThat(Header.isRequest(buf, 0)).isTrue();
    assertThat(Header.commandCode(buf, 0)).isEqualTo(257);
    assertThat(Header.hopByHopId(buf, 0)).isEqualTo(1);
    assertThat(Header.endToEndId(buf, 0)).isEqualTo(2);
  }

  @Test
  void headerIsPatchedInPlace() {
    buf.writeInt(0xDEADBEEF);
    MessageBuilder.begin(buf, 0xC0, 0xFFFFFF, ApplicationId.RELAY, -1, -2).end();

    Header.patchFlags(buf, 4, 0xD0);
    Header.patchHopByHopId(buf, 4, 7);

    assertThat(ByteBufUtil.hexDump(buf))
        .isEqualTo("deadbeef" + "01000014" + "d0ffffff" + "ffffffff" + "00000007" + "fffffffe");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void textIsPaddedWithZeros(int length) {
    begin().text(AvpCode.ORIGIN_HOST, "x".repeat(length)).end();

    int padded = (length + 3) / 4 * 4;
    assertThat(Header.messageLength(buf, 0)).isEqualTo(28 + padded);
    assertThat(buf.getInt(24) & 0xFFFFFF).isEqualTo(8 + length);
    for (int i = length; i < padded; i++) {
      assertThat(buf.getByte(28 + i)).isZero();
    }
  }

  @Test
  void groupsNest() {
    var message = begin();
    for (int i = 0; i < 6; i++) {
      message.group(AvpCode.FAILED_AVP);
    }
    message.text(AvpCode.USER_NAME, "abc");
    for (int i = 0; i < 6; i++) {
      message.endGroup();
    }
    message.end();

    var avp = new AvpCursor().overMessage(buf, 0);
    for (int i = 0; i < 6; i++) {
      assertThat(avp.next()).isTrue();
      assertThat(avp.length()).isEqualTo(12 + 8 * (6 - i));
      avp = new AvpCursor().overGroup(avp);
    }
    assertThat(avp.next()).isTrue();
    assertThat(avp.text()).isEqualTo("abc");
    assertThat(avp.next()).isFalse();
    assertThat(avp.malformed()).isFalse();
  }

  @Test
  void aGroupLeftOpenIsAMistake() {
    var message = begin().group(AvpCode.PROXY_INFO);

    assertThatThrownBy(message::end).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void flagsAndVendorAreTheCallers() {
    begin()
        .unsigned32(AvpCode.FIRMWARE_REVISION, 0, 99, 1)
        .octets(1407, 0xC0, 10415, new byte[] {0x62, (byte) 0xF2, 0x10})
        .end();

    assertThat(ByteBufUtil.hexDump(buf, 20, 28))
        .isEqualTo("0000010b0000000c00000001" + "0000057fc000000f000028af" + "62f21000");
  }

  @Test
  void addressesCarryTheirFamily() throws UnknownHostException {
    begin()
        .address(AvpCode.HOST_IP_ADDRESS, InetAddress.getByName("10.0.1.7"))
        .address(AvpCode.HOST_IP_ADDRESS, InetAddress.getByName("2001:db8::1"))
        .end();

    assertThat(ByteBufUtil.hexDump(buf, 20, 16))
        .isEqualTo("000001014000000e" + "00010a000107" + "0000");
    assertThat(ByteBufUtil.hexDump(buf, 36, 28))
        .isEqualTo("000001014000001a" + "000220010db8000000000000000000000001" + "0000");
  }
}
