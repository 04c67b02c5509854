package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.load.LoadResult;
import io.diametergw.lab.load.Timeline;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Where every request went that the Logic Apps sent, and when. */
record FaultLedger(LoadResult result, Timeline timeline) {
  private static final int SUCCESS = 2001;
  private static final int MOST_FAILURES_SHOWN = 2_000;
  private static final double NANOS_PER_MILLI = 1e6;

  long sent() {
    return result.sent();
  }

  /** Requests answered with 2001. */
  long good() {
    return result.byResultCode().getOrDefault(SUCCESS, 0L);
  }

  /** Answers with another code, by code: made by the gateway, where the DRAs make no errors. */
  Map<Integer, Long> errors() {
    var errors = new TreeMap<>(result.byResultCode());
    errors.remove(SUCCESS);
    return errors;
  }

  /** How many answers had another code than 2001. */
  long errorCount() {
    return result.answered() - good();
  }

  /** Requests that got no answer at all. */
  long unanswered() {
    return result.lost();
  }

  /** Every request got exactly one answer, its own, whatever its code. */
  FaultLedger assertNothingLost() {
    assertThat(unanswered()).as("unanswered\n%s", this).isZero();
    assertThat(result.duplicate()).as("duplicate\n%s", this).isZero();
    assertThat(result.late()).as("late\n%s", this).isZero();
    assertThat(result.foreign()).as("foreign\n%s", this).isZero();
    assertThat(result.mismatched()).as("mismatched\n%s", this).isZero();
    assertThat(result.corrupt()).as("corrupt\n%s", this).isZero();
    assertThat(result.answered()).as("answered\n%s", this).isEqualTo(sent());
    return this;
  }

  /** Every request got exactly one answer, and that was 2001. */
  FaultLedger assertAllGood() {
    assertNothingLost();
    assertThat(errors()).as("answers other than 2001\n%s", this).isEmpty();
    return this;
  }

  /** Nanoseconds as milliseconds. */
  static double millis(long nanos) {
    return nanos / NANOS_PER_MILLI;
  }

  /** The 99th percentile of the latency of requests due in a stretch of time. */
  static double p99Millis(Timeline.Stretch stretch) {
    return millis(stretch.latency().getValueAtPercentile(99));
  }

  /** The longest time in which not one 2001 came. */
  double longestOutageMillis() {
    return millis(timeline.all().longestGapNanos());
  }

  /** One line: the counts that every scenario has to state. */
  String counts() {
    return String.format(
        Locale.ROOT,
        "sent %,d, unanswered %d, duplicate %d, foreign %d, corrupt %d, other than 2001 %d",
        sent(),
        unanswered(),
        result.duplicate() + result.late(),
        result.foreign() + result.mismatched(),
        result.corrupt(),
        errorCount());
  }

  @Override
  public String toString() {
    String failures = timeline.all().failures(timeline.all().firstDueNanos());
    return String.format(
        Locale.ROOT,
        "--- Logic Apps%n%s%nlongest time without a 2001: %.0f ms%nother than 2001, by when they"
            + " came after the first request: %s%n",
        result,
        longestOutageMillis(),
        failures.substring(0, Math.min(failures.length(), MOST_FAILURES_SHOWN)));
  }
}
