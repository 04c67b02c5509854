package io.diametergw.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Whatever bytes come, and in whatever segments: the messages and the end are the same. */
@Tag("fuzzed")
class FramerFuzzTest {
  private static final int LIMIT = 1024;

  /**
   * What a framer made of a stream.
   *
   * @param messages in hex
   * @param whole bytes of them
   * @param fault what ended it, or empty
   * @param carried bytes that wait for the rest of their message
   */
  private record Read(List<String> messages, int whole, String fault, int carried) {}

  @FuzzTest(maxDuration = "60s")
  void segmentsMakeNoDifference(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int seed = input[0];
    ByteBuf stream = Unpooled.wrappedBuffer(input, 1, input.length - 1);

    Read inOne = read(stream, stream.readableBytes(), seed);
    Read inPieces = read(stream, 1 + (seed & 0x1F), seed);
    Read byBytes = read(stream, 1, 0);

    assertThat(inOne).isEqualTo(expected(stream));
    assertThat(inPieces).isEqualTo(inOne);
    assertThat(byBytes).isEqualTo(inOne);
    assertThat(String.join("", inOne.messages()))
        .isEqualTo(ByteBufUtil.hexDump(stream, 0, inOne.whole()));
  }

  /** Reads the stream in pieces of 1 to {@code most} bytes. */
  private static Read read(ByteBuf stream, int most, int seed) {
    var allocator = new UnpooledByteBufAllocator(false);
    var messages = new ArrayList<String>();
    int[] whole = {0};
    String fault = "";
    int carried;
    try (var framer = new Framer(allocator, LIMIT)) {
      int size = Math.max(1, most);
      for (int at = 0; at < stream.writerIndex() && fault.isEmpty(); ) {
        int length = Math.min(size, stream.writerIndex() - at);
        size = most == stream.writerIndex() ? size : 1 + Math.floorMod(size * 31 + seed, most);
        try {
          framer.read(
              stream.slice(at, length),
              (buf, from, bytes) -> {
                messages.add(ByteBufUtil.hexDump(buf, from, bytes));
                whole[0] += bytes;
                return true;
              });
        } catch (FramingException e) {
          fault = String.valueOf(e.getMessage());
        }
        at += length;
      }
      carried = fault.isEmpty() ? framer.carriedBytes() : 0;
    }
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    return new Read(messages, whole[0], fault.replaceAll(".* was (\\d+).*", "$1"), carried);
  }

  /** The same by counting alone. */
  private static Read expected(ByteBuf stream) {
    var messages = new ArrayList<String>();
    int at = 0;
    while (stream.writerIndex() - at >= 4) {
      int length = stream.getUnsignedMedium(at + 1);
      if (length < 20 || length > LIMIT || length % 4 != 0) {
        return new Read(messages, at, Integer.toString(length), 0);
      }
      if (length > stream.writerIndex() - at) {
        break;
      }
      messages.add(ByteBufUtil.hexDump(stream, at, length));
      at += length;
    }
    return new Read(messages, at, "", stream.writerIndex() - at);
  }
}
