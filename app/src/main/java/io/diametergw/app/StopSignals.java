package io.diametergw.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;

/**
 * SIGTERM and SIGINT: the first asks for a drain, the second ends the program at once. A shutdown
 * hook could not see the second.
 */
final class StopSignals {
  private final AtomicInteger received = new AtomicInteger();
  private final CountDownLatch first = new CountDownLatch(1);
  private final Runnable atOnce;

  /** The action ends the program; it runs at the second signal. */
  StopSignals(Runnable atOnce) {
    this.atOnce = atOnce;
  }

  /** Takes the signals from the JVM, which would otherwise end at the first one. */
  void listen() {
    for (var name : new String[] {"TERM", "INT"}) {
      Signal.handle(new Signal(name), signal -> onSignal());
    }
  }

  void onSignal() {
    if (received.incrementAndGet() == 1) {
      first.countDown();
    } else {
      atOnce.run();
    }
  }

  /** Returns when the first signal has come. */
  void await() throws InterruptedException {
    first.await();
  }

  /** Waits that long; true when the first signal has come. */
  boolean await(Duration timeout) throws InterruptedException {
    return first.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }
}
