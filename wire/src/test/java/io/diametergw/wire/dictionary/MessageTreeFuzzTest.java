package io.diametergw.wire.dictionary;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diametergw.wire.Header;
import io.diametergw.wire.PlainAvps;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;

/** Whatever bytes are decoded: each AVP has its line, and no line does anything to a terminal. */
@Tag("fuzzed")
class MessageTreeFuzzTest {
  private static final Pattern AVP = Pattern.compile(" *(\\d+) ( *)[^( ].*");
  private static final String PEER = "peer";

  @FuzzTest(maxDuration = "60s")
  void everyAvpIsPrintedOnce(byte[] input) {
    ByteBuf buf = Unpooled.wrappedBuffer(input);
    var text = new StringBuilder();

    boolean wellFormed = MessageTree.print(buf, 0, input.length, text);

    List<String> lines = text.toString().lines().toList();
    assertThat(lines).isNotEmpty().allSatisfy(line -> assertPrintable(line));
    assertThat(lines.stream().noneMatch(line -> line.startsWith("!"))).isEqualTo(wellFormed);
    if (input.length < Header.LENGTH) {
      assertThat(wellFormed).isFalse();
      return;
    }
    int length = Header.messageLength(buf, 0);
    if (length >= Header.LENGTH) {
      assertAvps(lines, PlainAvps.of(input, Header.LENGTH, Math.min(length, input.length)));
    }
    if (length >= Header.LENGTH && length <= input.length) { // what the log is given
      for (boolean subscribers : new boolean[] {true, false}) {
        String line = LogLine.of(LogLine.RECEIVED, PEER, buf, 0, subscribers);
        assertThat(line).startsWith("<< peer ");
        assertPrintable(line);
      }
    }
  }

  private static void assertAvps(List<String> lines, PlainAvps expected) {
    var all = new ArrayList<Integer>();
    var top = new ArrayList<Integer>();
    for (String line : lines) {
      var avp = AVP.matcher(line);
      if (avp.matches()) {
        int at = Integer.parseInt(avp.group(1));
        all.add(at);
        if (avp.group(2).isEmpty()) {
          top.add(at);
        }
      }
    }
    assertThat(all).isSorted().doesNotHaveDuplicates();
    assertThat(top).isEqualTo(expected.avps().stream().map(PlainAvps.Avp::at).toList());
    if (expected.brokenAt() >= 0) {
      assertThat(lines)
          .anySatisfy(
              line -> assertThat(line).startsWith("! ").endsWith("byte " + expected.brokenAt()));
    }
  }

  private static void assertPrintable(String line) {
    assertThat(line.chars())
        .as(line)
        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
  }
}
