package io.diametergw.gateway;

import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the statistics every so often. Runs on a virtual thread of its own. */
final class StatsLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatsLog.class);

  private final Supplier<GatewayStats> stats;
  private final Duration interval;
  private final Thread thread;

  /**
   * @param interval how often; zero: only at the end
   */
  StatsLog(Supplier<GatewayStats> stats, Duration interval) {
    this.stats = stats;
    this.interval = interval;
    this.thread = Thread.ofVirtual().name("stats").unstarted(this::run);
    if (!interval.isZero()) {
      thread.start();
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(interval);
        logNow();
      }
    } catch (InterruptedException e) {
      LOG.debug("statistics end");
    }
  }

  private void logNow() {
    try {
      log(stats.get());
    } catch (RuntimeException e) { // a loop that is too busy to answer now may not be the next time
      LOG.warn("no statistics this time: {}", e.getMessage());
    }
  }

  static void log(GatewayStats now) {
    now.lines().forEach(LOG::info);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
