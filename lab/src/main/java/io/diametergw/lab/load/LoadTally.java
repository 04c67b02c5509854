package io.diametergw.lab.load;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What one connection of a {@link Load} has counted. Guarded by its connection. */
final class LoadTally {
  private static final int SIGNIFICANT_DIGITS = 3;

  /**
   * From the moment a request should have been sent to its answer, in nanoseconds, 2xxx answers of
   * the measured time only.
   */
  final Histogram latency = new Histogram(SIGNIFICANT_DIGITS);

  final Map<Integer, Long> byResultCode = new TreeMap<>();
  long sent;
  long answered;
  long succeeded;
  long lost;
  long unsent;
  long duplicate;
  long late;
  long foreign;
  long mismatched;
  long corrupt;

  LoadTally() {
    latency.setAutoResize(true);
  }

  void add(LoadTally other) {
    latency.add(other.latency);
    other.byResultCode.forEach((code, count) -> byResultCode.merge(code, count, Long::sum));
    sent += other.sent;
    answered += other.answered;
    succeeded += other.succeeded;
    lost += other.lost;
    unsent += other.unsent;
    duplicate += other.duplicate;
    late += other.late;
    foreign += other.foreign;
    mismatched += other.mismatched;
    corrupt += other.corrupt;
  }
}
