package io.diametergw.app.fault;

import io.diametergw.lab.load.Load;
import io.diametergw.lab.load.LoadPlan;
import io.diametergw.lab.load.Timeline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Logic Apps that ask at a steady rate until they are told to end, whatever happens. */
final class FaultLoad implements AutoCloseable {
  private final Load load;
  private final Timeline timeline;
  private @Nullable FaultLedger ledger;

  private FaultLoad(Load load, Timeline timeline) {
    this.load = load;
    this.timeline = timeline;
  }

  /** Opens the connections and begins to ask. */
  static FaultLoad start(LoadPlan plan) {
    try {
      var timeline = new Timeline();
      return new FaultLoad(Load.start(plan, timeline), timeline);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What became of the requests so far. */
  Timeline timeline() {
    return timeline;
  }

  /** Asks no more, waits for the last answers, and says what became of every request. */
  FaultLedger end() {
    load.stop();
    try {
      ledger = new FaultLedger(load.result(), timeline);
      return ledger;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  /** What a failed test shows: the ledger, or what there is of it. */
  String report() {
    var known = ledger;
    return known == null
        ? "--- the Logic Apps were still asking: " + timeline.all().count() + " requests are over"
        : known.toString();
  }

  @Override
  public void close() {
    load.stop();
  }
}
