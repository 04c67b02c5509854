package io.diametergw.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramerTest {
  private static final int LIMIT = 65_532;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final Framer framer = new Framer(allocator, LIMIT);
  private final List<String> seen = new ArrayList<>();

  private boolean record(ByteBuf buf, int at, int length) {
    seen.add(ByteBufUtil.hexDump(buf, at, length));
    return true;
  }

  @AfterEach
  void nothingIsLeaked() {
    framer.close();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void messagesAreSplitAtEveryPoint() throws FramingException {
    ByteBuf stream = messages(20, 200, 24);
    List<String> expected =
        List.of(dump(stream, 0, 20), dump(stream, 20, 200), dump(stream, 220, 24));

    for (int split = 0; split <= stream.readableBytes(); split++) {
      seen.clear();
      framer.read(stream.slice(0, split), this::record);
      framer.read(stream.slice(split, stream.readableBytes() - split), this::record);

      assertThat(seen).as("split at %d", split).isEqualTo(expected);
      assertThat(framer.inMessage()).isFalse();
    }
  }

  @Test
  void oneByteAReadIsEnough() throws FramingException {
    ByteBuf stream = messages(20, 52, 1000);

    for (int i = 0; i < stream.writerIndex(); i++) {
      framer.read(stream.slice(i, 1), this::record);
    }

    assertThat(seen)
        .containsExactly(dump(stream, 0, 20), dump(stream, 20, 52), dump(stream, 72, 1000));
  }

  @Test
  void oneReadMayBringManyMessages() throws FramingException {
    ByteBuf stream = Unpooled.buffer();
    for (int i = 0; i < 1000; i++) {
      write(stream, 20 + 4 * (i % 7), i);
    }

    framer.read(stream, this::record);

    assertThat(seen).hasSize(1000);
    assertThat(stream.isReadable()).isFalse();
    assertThat(framer.carriedBytes()).isZero();
  }

  @Test
  void theReadersBufferStaysItsOwn() throws FramingException {
    ByteBuf in = messages(20, 200).slice(0, 120);

    framer.read(in, this::record);

    assertThat(in.refCnt()).isEqualTo(1);
    assertThat(framer.inMessage()).isTrue();
    assertThat(framer.carriedBytes()).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 16, 19, 21, 22, 23, LIMIT + 4, 0xFFFFFF})
  void badLengthIsRefusedAtItsFourthByte(int length) throws FramingException {
    ByteBuf whole = Unpooled.buffer().writeInt(1 << 24 | length);

    assertThatThrownBy(() -> framer.read(whole, this::record))
        .isInstanceOf(FramingException.class)
        .hasMessageContaining("was " + length);

    assertThat(seen).isEmpty();
    assertThat(framer.inMessage()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 19, 21, LIMIT + 4, 0xFFFFFF})
  void badLengthInPiecesIsRefusedToo(int length) throws FramingException {
    ByteBuf word = Unpooled.buffer().writeInt(1 << 24 | length);
    framer.read(word.slice(0, 3), this::record);

    assertThatThrownBy(() -> framer.read(word.slice(3, 1), this::record))
        .isInstanceOf(FramingException.class);
  }

  @Test
  void memoryGrowsWithWhatArrivedNotWithWhatWasAnnounced() throws FramingException {
    ByteBuf begun = Unpooled.buffer().writeInt(1 << 24 | LIMIT).writeInt(0);

    framer.read(begun, this::record);

    assertThat(framer.carriedBytes()).isEqualTo(8);
    assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
        .isLessThan(4096);
  }

  @Test
  void aSinkThatHasEnoughIsAskedNoMore() throws FramingException {
    ByteBuf stream = messages(20, 20, 20);

    framer.read(
        stream,
        (buf, at, length) -> {
          record(buf, at, length);
          return seen.size() < 2;
        });

    assertThat(seen).hasSize(2);
    assertThat(stream.isReadable()).isFalse();
  }

  @Test
  void aForeignProtocolIsNamed() {
    assertThatThrownBy(() -> framer.read(Hex.bytes("47455420 2f20"), this::record))
        .hasMessageContaining("HTTP");
    assertThatThrownBy(() -> framer.read(Hex.bytes("16030102 00"), this::record))
        .hasMessageContaining("TLS");
    assertThatThrownBy(() -> framer.read(Hex.bytes("5353482d 32"), this::record))
        .hasMessageContaining("SSH");
  }

  private static ByteBuf messages(int... lengths) {
    ByteBuf stream = Unpooled.buffer();
    for (int i = 0; i < lengths.length; i++) {
      write(stream, lengths[i], i);
    }
    return stream;
  }

  private static void write(ByteBuf stream, int length, int seed) {
    stream.writeInt(1 << 24 | length);
    for (int i = 4; i < length; i++) {
      stream.writeByte(seed + i);
    }
  }

  private static String dump(ByteBuf buf, int at, int length) {
    return ByteBufUtil.hexDump(buf, at, length);
  }
}
