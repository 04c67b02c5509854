package io.diametergw.gateway;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does something every so often, on a virtual thread of its own. */
final class Periodic implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Periodic.class);

  private final String what;
  private final Duration interval;
  private final Runnable task;
  private final Thread thread;

  /**
   * @param what for the log, when it fails
   * @param interval between the end of one and the beginning of the next; zero: never
   */
  Periodic(String what, Duration interval, Runnable task) {
    this.what = what;
    this.interval = interval;
    this.task = task;
    this.thread = Thread.ofVirtual().name(what).unstarted(this::run);
    if (!interval.isZero()) {
      thread.start();
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(interval);
        runOnce();
      }
    } catch (InterruptedException e) {
      LOG.debug("{} end", what);
    }
  }

  private void runOnce() {
    try {
      task.run();
    } catch (RuntimeException e) { // a loop that is too busy to answer now may not be the next time
      LOG.warn("no {} this time: {}", what, e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
