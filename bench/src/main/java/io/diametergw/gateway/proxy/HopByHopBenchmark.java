package io.diametergw.gateway.proxy;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The table of Hop-by-Hop Identifiers: a new transaction, and the answer to the oldest of those in
 * flight.
 *
 * <p>It stands in this package because the table is the data path's own.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HopByHopBenchmark {
  private static final int CAPACITY = 1 << 20;
  private static final int FIRST = 0x7fff_ff00; // the identifiers pass through the largest int

  /** Transactions that wait meanwhile. */
  @Param({"1", "1000", "100000"})
  public int inFlight;

  private @Nullable TransactionTable table;
  private int oldest;

  @Setup
  public void fill() {
    var filled = new TransactionTable(CAPACITY, FIRST);
    for (int i = 0; i < inFlight; i++) {
      filled.begin().endToEndId = FIRST + i;
    }
    table = filled;
    oldest = FIRST;
  }

  /** How many wait afterwards: as many as before. */
  @Benchmark
  public int transaction() {
    TransactionTable filled = Objects.requireNonNull(table);
    Transaction begun = filled.begin();
    begun.endToEndId = begun.hopByHopId;
    Transaction answered = filled.find(oldest, oldest);
    if (answered == null) {
      throw new IllegalStateException(String.format("no transaction %08x", oldest));
    }
    oldest++;
    filled.remove(answered);
    return filled.pending();
  }
}
