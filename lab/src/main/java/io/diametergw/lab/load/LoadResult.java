package io.diametergw.lab.load;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What a {@link Load} found. Counts are over the whole run, warm-up too; latencies and {@code
 * perSecond} over the measured time.
 *
 * @param requestBytes size of a request
 * @param seconds the measured time
 * @param sent requests sent
 * @param answered requests answered in time, with any code
 * @param byResultCode how many of {@code answered} carried which Result-Code, 0 standing for none
 * @param lost requests without an answer in time, or that could not be sent when they were due
 * @param duplicate second answers
 * @param late answers to requests that were lost
 * @param foreign answers that belong to no request
 * @param mismatched answers with another End-to-End Identifier or Session-Id than their request
 * @param corrupt answers with wrong header bits or malformed AVPs
 * @param perSecond 2xxx answers to requests of the measured time, a second
 * @param latency of those answers, in nanoseconds from the moment the request was due
 */
public record LoadResult(
    int requestBytes,
    double seconds,
    long sent,
    long answered,
    Map<Integer, Long> byResultCode,
    long lost,
    long duplicate,
    long late,
    long foreign,
    long mismatched,
    long corrupt,
    double perSecond,
    Histogram latency) {
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};

  public LoadResult {
    byResultCode = Map.copyOf(byResultCode);
  }

  static LoadResult of(double seconds, int requestBytes, LoadTally tally) {
    return new LoadResult(
        requestBytes,
        seconds,
        tally.sent,
        tally.answered,
        tally.byResultCode,
        tally.lost + tally.unsent,
        tally.duplicate,
        tally.late,
        tally.foreign,
        tally.mismatched,
        tally.corrupt,
        seconds > 0 ? tally.succeeded / seconds : 0,
        tally.latency);
  }

  /** Whether every request got exactly one answer, its own. */
  public boolean isClean() {
    return lost + duplicate + late + foreign + mismatched + corrupt == 0;
  }

  /** The latency that this percentage of the answers did not exceed, in microseconds. */
  public double percentileMicros(double percentile) {
    return latency.getValueAtPercentile(percentile) / 1e3;
  }

  /** One JSON object, on one line. Latencies in microseconds. */
  public String toJson() {
    var codes = new StringBuilder();
    new TreeMap<>(byResultCode)
        .forEach((code, count) ->
            codes
                .append(codes.isEmpty() ? "" : ", ")
                .append('"')
                .append(code)
                .append("\": ")
                .append(count));
    var micros = new StringBuilder();
    for (double percentile : PERCENTILES) {
      micros.append(
          String.format(
              Locale.ROOT, "\"%s\": %.1f, ", name(percentile), percentileMicros(percentile)));
    }
    return String.format(
        Locale.ROOT,
        "{\"request_bytes\": %d, \"seconds\": %.3f, \"per_second\": %.1f, \"sent\": %d, \"answered\": %d, \"result_codes\": {%s}, "
            + "\"lost\": %d, \"duplicates\": %d, \"late\": %d, \"foreign\": %d, \"mismatched\": %d, \"corrupt\": %d, "
            + "\"latency_us\": {%s\"mean\": %.1f}}",
        requestBytes,
        seconds,
        perSecond,
        sent,
        answered,
        codes,
        lost,
        duplicate,
        late,
        foreign,
        mismatched,
        corrupt,
        micros,
        latency.getTotalCount() == 0 ? 0.0 : latency.getMean() / 1e3);
  }

  private static String name(double percentile) {
    return percentile == 100
        ? "max"
        : "p"
            + (percentile == Math.rint(percentile) ? (int) percentile : String.valueOf(percentile));
  }

  /** Counts, percentiles and a plot of the latencies, for people. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%,.0f transactions/s over %.1f s, requests of %d bytes%n",
            perSecond,
            seconds,
            requestBytes));
    text.append(
        String.format(
            Locale.ROOT,
            "sent %,d, answered %,d %s, lost %,d",
            sent,
            answered,
            new TreeMap<>(byResultCode),
            lost));
    if (duplicate + late + foreign + mismatched + corrupt > 0) {
      text.append(
          String.format(
              Locale.ROOT,
              ", duplicate %,d, late %,d, foreign %,d, mismatched %,d, corrupt %,d",
              duplicate,
              late,
              foreign,
              mismatched,
              corrupt));
    }
    text.append(System.lineSeparator()).append("latency");
    for (double percentile : PERCENTILES) {
      text.append(' ')
          .append(name(percentile))
          .append(' ')
          .append(LatencyPlot.duration(latency.getValueAtPercentile(percentile)));
    }
    return text.append(System.lineSeparator()).append(LatencyPlot.of(latency)).toString();
  }
}
