package io.diametergw.bench;

import io.diametergw.wire.AvpCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Walking the AVPs of one Credit-Control-Request of 300 bytes, as the gateway does with every
 * request.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--sun-misc-unsafe-memory-access=allow", "-Dio.netty.noUnsafe=false"})
public class AvpWalkBenchmark {
  private final ByteBuf buf = PooledByteBufAllocator.DEFAULT.directBuffer();
  private final AvpCursor cursor = new AvpCursor();

  @Setup
  public void fill() {
    SampleMessage.writeTo(buf);
    int avps = 0;
    cursor.overMessage(buf, 0);
    while (cursor.next()) {
      avps++;
    }
    if (avps != SampleMessage.AVPS) {
      throw new IllegalStateException("expected " + SampleMessage.AVPS + " AVPs but got " + avps);
    }
  }

  @TearDown
  public void release() {
    buf.release();
  }

  /** The sum of the codes and places of all AVPs. */
  @Benchmark
  public int message() {
    int sum = 0;
    cursor.overMessage(buf, 0);
    while (cursor.next()) {
      sum += cursor.code() + cursor.dataAt() + cursor.dataLength();
    }
    return sum;
  }
}
