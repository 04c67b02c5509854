package io.diametergw.bench;

import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Comparing a host name in a message with one of ours: the same, in other letters, another one of
 * the same length.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--sun-misc-unsafe-memory-access=allow", "-Dio.netty.noUnsafe=false"})
public class IdentityBenchmark {
  private final Identity identity = Identity.of(SampleMessage.ORIGIN_HOST);
  private final ByteBuf buf = PooledByteBufAllocator.DEFAULT.directBuffer();

  @Param({"app1.example.com", "APP1.Example.COM", "app2.example.com"})
  public String name = SampleMessage.ORIGIN_HOST;

  @Setup
  public void fill() {
    buf.writeCharSequence(name, StandardCharsets.US_ASCII);
  }

  @TearDown
  public void release() {
    buf.release();
  }

  @Benchmark
  public boolean matches() {
    return identity.matches(buf, 0, buf.readableBytes());
  }
}
