package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diametergw.peer.CapabilitiesExchange.Agreed;
import io.diametergw.peer.CapabilitiesExchange.Rejected;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;

/** Whatever a CER holds: it is agreed to as it says, or refused with a CEA that says why. */
@Tag("fuzzed")
class CapabilitiesExchangeFuzzTest {
  private static final LocalNode NODE = Owner.node(Application.RELAY);
  private static final int HOP_BY_HOP = 0x01020304;
  private static final int END_TO_END = 0x05060708;
  private static final Set<ResultCode> WITH_FAILED_AVP =
      Set.of(
          ResultCode.INVALID_AVP_VALUE,
          ResultCode.MISSING_AVP,
          ResultCode.AVP_OCCURS_TOO_MANY_TIMES,
          ResultCode.INVALID_AVP_LENGTH);
  private static final Set<ResultCode> WITHOUT =
      Set.of(ResultCode.UNKNOWN_PEER, ResultCode.NO_COMMON_SECURITY);

  @FuzzTest(maxDuration = "60s")
  void isAgreedToOrRefused(byte[] avps) {
    ByteBuf cer = message(Header.REQUEST, Arrays.copyOf(avps, avps.length & ~3));
    var exchange = new CapabilitiesExchange(NODE);

    switch (exchange.readCer(cer, 0)) {
      case Agreed(Capabilities capabilities) -> assertSaid(cer, capabilities);
      case Rejected(ResultCode code, String text, byte[] failedAvp) ->
          assertRefusal(exchange, cer, code, text, failedAvp);
    }
    exchange.readCea(message(0, Arrays.copyOf(avps, avps.length & ~3)), 0); // throws nothing
  }

  private static ByteBuf message(int flags, byte[] avps) {
    return MessageBuilder.begin(
            Unpooled.buffer(), flags, CommandCode.CAPABILITIES_EXCHANGE, 0, HOP_BY_HOP, END_TO_END)
        .raw(avps)
        .end();
  }

  private static void assertSaid(ByteBuf cer, Capabilities capabilities) {
    var applications = new TreeSet<Integer>();
    var cursor = new AvpCursor().overMessage(cer, 0);
    int hosts = 0;
    while (cursor.next()) {
      if (cursor.is(AvpCode.ORIGIN_HOST)) {
        hosts++;
        assertThat(cursor.identityEquals(capabilities.originHost())).isTrue();
      }
      if (cursor.is(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID)) {
        addApplications(new AvpCursor().overGroup(cursor), applications, 1);
      }
    }
    addApplications(cursor.overMessage(cer, 0), applications, Integer.MAX_VALUE);
    assertThat(hosts).isEqualTo(1);
    assertThat(capabilities.originHost().name()).matches("[!-~]{1,255}");
    assertThat(capabilities.originRealm().name()).matches("[!-~]{1,255}");
    assertThat(capabilities.applicationIds()).containsExactlyInAnyOrderElementsOf(applications);
  }

  private static void addApplications(AvpCursor avps, Set<Integer> to, int most) {
    int count = 0;
    while (avps.next()) {
      if (avps.is(AvpCode.AUTH_APPLICATION_ID) || avps.is(AvpCode.ACCT_APPLICATION_ID)) {
        to.add(avps.unsigned32());
        count++;
      }
    }
    assertThat(avps.malformed()).isFalse();
    assertThat(count).isLessThanOrEqualTo(most);
  }

  private static void assertRefusal(
      CapabilitiesExchange exchange, ByteBuf cer, ResultCode code, String text, byte[] failedAvp) {
    assertThat(failedAvp == null ? WITHOUT : WITH_FAILED_AVP).contains(code);
    int room = exchange.maxBytes() + 3 * text.length();
    ByteBuf out = Unpooled.buffer(room + (failedAvp == null ? 0 : failedAvp.length));
    int capacity = out.capacity();
    exchange.writeCea(out, InetAddress.getLoopbackAddress(), cer, 0, code, text, failedAvp);

    assertThat(out.capacity()).as("fits into what is reserved for it").isEqualTo(capacity);
    assertThat(Header.messageLength(out, 0)).isEqualTo(out.readableBytes());
    assertThat(out.readableBytes() & 3).isZero();
    assertThat(Header.flags(out, 0)).isEqualTo(code.isProtocolError() ? Header.ERROR : 0);
    assertThat(Header.hopByHopId(out, 0)).isEqualTo(HOP_BY_HOP);
    assertThat(Header.endToEndId(out, 0)).isEqualTo(END_TO_END);
    var results = new ArrayList<Integer>();
    var failed = new ArrayList<List<Integer>>();
    var cea = new AvpCursor().overMessage(out, 0);
    while (cea.next()) {
      if (cea.is(AvpCode.RESULT_CODE)) {
        results.add(cea.unsigned32());
      } else if (cea.is(AvpCode.FAILED_AVP)) {
        failed.add(codes(new AvpCursor().overGroup(cea)));
      }
    }
    assertThat(cea.malformed()).isFalse();
    assertThat(results).containsExactly(code.code());
    assertThat(failed).hasSize(failedAvp == null ? 0 : 1).noneMatch(List::isEmpty);
  }

  private static List<Integer> codes(AvpCursor members) {
    var codes = new ArrayList<Integer>();
    while (members.next()) {
      codes.add(members.code());
    }
    assertThat(members.malformed()).as("Failed-AVP holds whole AVPs").isFalse();
    return codes;
  }
}
