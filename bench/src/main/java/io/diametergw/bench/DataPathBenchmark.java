package io.diametergw.bench;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A request of 300 bytes to its DRA and its answer back, sockets left out, per transaction. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--sun-misc-unsafe-memory-access=allow",
      "-Dio.netty.noUnsafe=false",
      "-Dio.netty.buffer.checkAccessible=false"
    })
public class DataPathBenchmark {
  private @Nullable DataPath path;

  @Setup(Level.Trial)
  public void open() {
    path = new DataPath();
  }

  @TearDown(Level.Trial)
  public void close() {
    if (path != null) {
      path.close();
    }
  }

  @Benchmark
  @OperationsPerInvocation(DataPath.BATCH)
  public int transaction() {
    DataPath open = path;
    if (open == null || open.run() != DataPath.BATCH) {
      throw new IllegalStateException("not every request was answered");
    }
    return DataPath.BATCH;
  }
}
