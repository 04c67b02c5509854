package io.diametergw.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;

/** Whatever bytes stand where AVPs should: the cursor finds those that are there, and no others. */
@Tag("fuzzed")
class AvpCursorFuzzTest {
  private static final int BEFORE = 5;
  private static final int DEPTH = 8;
  private static final Identity IDENTITY = Identity.of("gw.local.test");

  @FuzzTest(maxDuration = "60s")
  void agreesWithAPlainWalk(byte[] input) {
    ByteBuf buf = Unpooled.wrappedBuffer(new byte[BEFORE], input); // exactly: a read beyond throws

    compare(new AvpCursor().over(buf, BEFORE, BEFORE + input.length), input, 0, DEPTH);
  }

  private static void compare(AvpCursor cursor, byte[] bytes, int base, int depth) {
    var expected = PlainAvps.of(bytes, 0, bytes.length);
    for (PlainAvps.Avp avp : expected.avps()) {
      assertThat(cursor.next()).as("an AVP at %d", base + avp.at()).isTrue();
      assertSame(cursor, avp, base, bytes.length);
      if (depth > 0) {
        compare(new AvpCursor().overGroup(cursor), avp.data(), base + avp.dataAt(), depth - 1);
      }
    }
    assertThat(cursor.next()).isFalse();
    assertThat(cursor.malformed()).isEqualTo(expected.brokenAt() >= 0);
    if (cursor.malformed()) {
      assertThat(cursor.at() - BEFORE - base).isEqualTo(expected.brokenAt());
      assertThat(cursor.fault()).startsWith("expected ").contains(" but ");
    }
    assertThat(cursor.next()).as("after the end").isFalse();
  }

  private static void assertSame(AvpCursor cursor, PlainAvps.Avp avp, int base, int total) {
    assertThat(cursor.at() - BEFORE - base).isEqualTo(avp.at());
    assertThat(cursor.code()).isEqualTo(avp.code());
    assertThat(cursor.flags()).isEqualTo(avp.flags());
    assertThat(cursor.hasVendorId()).isEqualTo(avp.vendor() >= 0);
    assertThat(cursor.vendorId()).isEqualTo(avp.vendor() < 0 ? 0 : (int) avp.vendor());
    assertThat(cursor.is(avp.code())).isEqualTo(avp.vendor() < 0);
    assertThat(cursor.dataAt() - BEFORE - base).isEqualTo(avp.dataAt());
    assertThat(cursor.dataLength()).isEqualTo(avp.data().length);
    assertThat(cursor.paddedLength())
        .isBetween(cursor.length(), cursor.length() + 3)
        .isLessThanOrEqualTo(total - avp.at());
    assertThat(cursor.text()).isEqualTo(new String(avp.data(), StandardCharsets.UTF_8));
    assertThat(cursor.identityEquals(IDENTITY)).isEqualTo(isIdentity(avp.data()));
    if (avp.data().length == 4) {
      assertThat(cursor.unsigned32()).isEqualTo(Integer.parseUnsignedInt(hex(avp.data()), 16));
    }
  }

  private static boolean isIdentity(byte[] data) {
    byte[] lower = data.clone();
    for (int i = 0; i < lower.length; i++) {
      lower[i] += lower[i] >= 'A' && lower[i] <= 'Z' ? (byte) 32 : 0;
    }
    return Arrays.equals(lower, IDENTITY.name().getBytes(StandardCharsets.US_ASCII));
  }

  private static String hex(byte[] data) {
    return ByteBufUtil.hexDump(data);
  }
}
