package io.diametergw.bench;

import io.diametergw.wire.Framer;
import io.diametergw.wire.FramingException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Splitting reads of 64 KiB into messages of 300 bytes, per message.
 *
 * <p>An invocation is two reads: the first ends within a message, which the second completes and
 * ends on a boundary. So every invocation begins as the one before it did.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--sun-misc-unsafe-memory-access=allow", "-Dio.netty.noUnsafe=false"})
public class FramerBenchmark {
  private static final int READ_BYTES = 64 * 1024;
  private static final int MESSAGES = 2 * READ_BYTES / SampleMessage.LENGTH_BYTES;
  private static final int MAX_MESSAGE_LENGTH = 64 * 1024;

  private final PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
  private final Framer framer = new Framer(allocator, MAX_MESSAGE_LENGTH);
  private final ByteBuf stream = allocator.directBuffer(MESSAGES * SampleMessage.LENGTH_BYTES);
  private final ByteBuf read = stream.duplicate();
  private int messages;

  @Setup
  public void fill() {
    for (int i = 0; i < MESSAGES; i++) {
      SampleMessage.writeTo(stream);
    }
  }

  @TearDown
  public void release() {
    framer.close();
    stream.release();
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public int message() throws FramingException {
    messages = 0;
    framer.read(read.setIndex(0, READ_BYTES), this::count);
    framer.read(read.setIndex(READ_BYTES, stream.writerIndex()), this::count);
    if (messages != MESSAGES) {
      throw new IllegalStateException("expected " + MESSAGES + " messages but got " + messages);
    }
    return messages;
  }

  private boolean count(ByteBuf buf, int at, int length) {
    messages++;
    return true;
  }
}
