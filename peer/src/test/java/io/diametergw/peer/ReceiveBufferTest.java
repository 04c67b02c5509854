package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReceiveBufferTest {
  private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ReceiveBuffer buffer = new ReceiveBuffer(ALLOCATOR);

  @AfterEach
  void end() {
    buffer.close();
    channel.finishAndReleaseAll();
  }

  /** Reads a connection that always has more; how many bytes in one turn. */
  private int readAll(RecvByteBufAllocator side) {
    var handle = (ExtendedHandle) side.newHandle();
    handle.reset(channel.config());
    int total = 0;
    do {
      ByteBuf read = handle.allocate(ALLOCATOR);
      handle.attemptedBytesRead(read.writableBytes());
      handle.lastBytesRead(read.writableBytes());
      handle.incMessagesRead(1);
      total += read.writableBytes();
      read.release();
    } while (handle.continueReading(() -> true));
    return total;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 262144", // 4 reads of 64 KiB
    "8, 262144",
    "10, 196608",
    "32, 65536",
    "100, 20971",
    "1000, 2097",
    "10000, 1024"
  })
  void thoseWhoDialledUsShareALimit(int readers, int bytesOfEach) {
    for (int i = 0; i < readers; i++) {
      readAll(buffer.accepted());
    }
    buffer.turnEnded();

    assertThat(readAll(buffer.accepted())).isEqualTo(bytesOfEach);

    buffer.turnEnded();
    assertThat(readAll(buffer.accepted())).as("after a turn with one").isEqualTo(1 << 18);
  }

  @Test
  void whatWeDialledIsReadFurtherHoweverManyAskUs() {
    for (int i = 0; i < 1_000; i++) {
      readAll(buffer.accepted());
    }
    buffer.turnEnded();

    assertThat(readAll(buffer.dialled())).isEqualTo(8 << 20);
  }

  @Test
  void bufferThatIsStillInUseIsNotGivenOutAgain() {
    var handle = buffer.accepted().newHandle();
    ByteBuf kept = handle.allocate(ALLOCATOR);

    ByteBuf other = handle.allocate(ALLOCATOR);

    assertThat(other).isNotSameAs(kept);
    assertThat(other.writableBytes()).isEqualTo(ReceiveBuffer.BYTES);
    kept.release();
    other.release();
  }
}
