package io.diametergw.lab.load;

import io.diametergw.wire.ResultCode;
import java.util.Arrays;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.HdrHistogram.Histogram;

/**
 * When each request of a {@link Load} was due, when it was answered, and how: what tells an outage
 * from a slow answer.
 *
 * <p>Times are those of {@link System#nanoTime}. It takes 20 bytes a request, for ever: for runs of
 * minutes, not of days. Safe for use by many threads.
 */
public final class Timeline implements LoadListener {
  private static final int LOST = -1;
  private static final int SIGNIFICANT_DIGITS = 3;
  private static final long TENTH_NANOS = 100_000_000;

  private long[] due = new long[1 << 14];
  private long[] ended = new long[1 << 14];
  private int[] codes = new int[1 << 14];
  private int count;

  @Override
  public void answered(long dueNanos, long nowNanos, int resultCode) {
    add(dueNanos, nowNanos, resultCode);
  }

  @Override
  public void lost(long dueNanos, long nowNanos) {
    add(dueNanos, nowNanos, LOST);
  }

  private synchronized void add(long dueNanos, long nowNanos, int code) {
    if (count == due.length) {
      due = Arrays.copyOf(due, count * 2);
      ended = Arrays.copyOf(ended, count * 2);
      codes = Arrays.copyOf(codes, count * 2);
    }
    due[count] = dueNanos;
    ended[count] = nowNanos;
    codes[count] = code;
    count++;
  }

  /** Requests due in a stretch of time, and what became of them so far. */
  public Stretch due(long fromNanos, long toNanos) {
    return stretch(i -> within(due[i], fromNanos, toNanos));
  }

  /** Requests answered or given up in a stretch of time, whenever they were due. */
  public Stretch ended(long fromNanos, long toNanos) {
    return stretch(i -> within(ended[i], fromNanos, toNanos));
  }

  /** Requests that were on their way at that moment: due before it and not yet answered. */
  public Stretch pendingAt(long nanos) {
    return stretch(i -> due[i] - nanos < 0 && ended[i] - nanos >= 0);
  }

  /** All requests that were answered or given up. */
  public Stretch all() {
    return stretch(_ -> true);
  }

  private static boolean within(long nanos, long from, long to) {
    return nanos - from >= 0 && nanos - to < 0;
  }

  private synchronized Stretch stretch(IntPredicate chosen) {
    int[] at = IntStream.range(0, count).filter(chosen).toArray();
    return new Stretch(
        pick(due, at), pick(ended, at), Arrays.stream(at).map(i -> codes[i]).toArray());
  }

  private static long[] pick(long[] from, int[] at) {
    return Arrays.stream(at).mapToLong(i -> from[i]).toArray();
  }

  /** Some of the requests. */
  public static final class Stretch {
    private final long[] due;
    private final long[] ended;
    private final int[] codes;

    private Stretch(long[] due, long[] ended, int[] codes) {
      this.due = due;
      this.ended = ended;
      this.codes = codes;
    }

    /** How many there are. */
    public int count() {
      return due.length;
    }

    /** How many got a 2xxx answer. */
    public int good() {
      return (int) indices().filter(this::isGood).count();
    }

    /** How many got an answer with that code. */
    public int answered(int resultCode) {
      return (int) Arrays.stream(codes).filter(code -> code == resultCode).count();
    }

    /** How many were given up. */
    public int lost() {
      return answered(LOST);
    }

    /** How long after they were due the 2xxx answers came, in nanoseconds. */
    public Histogram latency() {
      var latency = new Histogram(SIGNIFICANT_DIGITS);
      latency.setAutoResize(true);
      indices()
          .filter(this::isGood)
          .forEach(i -> latency.recordValue(Math.max(0, ended[i] - due[i])));
      return latency;
    }

    /** How long any answer, or giving up, took at most after the request was due. */
    public long longestNanos() {
      return indices().mapToLong(i -> ended[i] - due[i]).max().orElse(0);
    }

    /** When the first 2xxx answer came; {@link Long#MAX_VALUE} when none did. */
    public long firstGoodNanos() {
      return goodEnds().findFirst().orElse(Long.MAX_VALUE);
    }

    /** When the last answer came, whatever its code; {@link Long#MIN_VALUE} when none did. */
    public long lastAnswerNanos() {
      return indices()
          .filter(i -> codes[i] != LOST)
          .mapToLong(i -> ended[i])
          .max()
          .orElse(Long.MIN_VALUE);
    }

    /** The longest time in which not one 2xxx answer came, between the first and the last. */
    public long longestGapNanos() {
      long[] ends = goodEnds().toArray();
      return IntStream.range(1, ends.length).mapToLong(i -> ends[i] - ends[i - 1]).max().orElse(0);
    }

    /** Those that took longer than that, answered or given up. */
    public Stretch slowerThan(long nanos) {
      int[] at = indices().filter(i -> ended[i] - due[i] > nanos).toArray();
      return new Stretch(
          pick(due, at), pick(ended, at), Arrays.stream(at).map(i -> codes[i]).toArray());
    }

    /** When the first request was due; {@link Long#MAX_VALUE} when there is none. */
    public long firstDueNanos() {
      return Arrays.stream(due).min().orElse(Long.MAX_VALUE);
    }

    /** When the last request was due; {@link Long#MIN_VALUE} when there is none. */
    public long lastDueNanos() {
      return Arrays.stream(due).max().orElse(Long.MIN_VALUE);
    }

    /**
     * When the last request was due that got no 2xxx answer; {@link Long#MIN_VALUE} when all did.
     */
    public long lastFailedDueNanos() {
      return indices().filter(i -> !isGood(i)).mapToLong(i -> due[i]).max().orElse(Long.MIN_VALUE);
    }

    /**
     * Those that got no 2xxx answer, by tenths of a second after {@code originNanos} in which they
     * ended, and code: {@code 4.2 s: 81 x 3002}, {@code lost} for those given up. Empty when there
     * are none.
     */
    public String failures(long originNanos) {
      var counts = new TreeMap<Long, Map<String, Integer>>();
      indices()
          .filter(i -> !isGood(i))
          .forEach(i ->
              counts
                  .computeIfAbsent((ended[i] - originNanos) / TENTH_NANOS, _ -> new TreeMap<>())
                  .merge(codes[i] == LOST ? "lost" : String.valueOf(codes[i]), 1, Integer::sum));
      var text = new StringJoiner(", ");
      counts.forEach((tenth, byCode) ->
          byCode.forEach(
              (code, count) -> text.add("%.1f s: %d x %s".formatted(tenth / 10.0, count, code))));
      return text.toString();
    }

    private LongStream goodEnds() {
      return indices().filter(this::isGood).mapToLong(i -> ended[i]).sorted();
    }

    private IntStream indices() {
      return IntStream.range(0, due.length);
    }

    private boolean isGood(int i) {
      return ResultCode.isSuccess(codes[i]);
    }
  }
}
