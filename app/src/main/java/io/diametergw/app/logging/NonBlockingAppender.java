package io.diametergw.app.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Hands log lines to a thread that writes them. When that falls behind by more than the queue
 * holds, lines are dropped and counted.
 */
final class NonBlockingAppender extends AsyncAppender {
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong dropped = new AtomicLong();

  NonBlockingAppender(int queueLines) {
    setName("log");
    setQueueSize(queueLines);
    setNeverBlock(true);
    setDiscardingThreshold(0); // drop no line while there is room
  }

  @Override
  protected void append(ILoggingEvent event) {
    event.prepareForDeferredProcessing(); // formats the message, outside the lock
    lock.lock(); // makes "is there room" and "put" one step, so that the count is exact; nobody
    // waits inside
    try {
      if (getRemainingCapacity() == 0) {
        dropped.incrementAndGet();
      } else {
        super.append(event);
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    return getNumberOfElementsInQueue() == 0;
  }

  /**
   * How many lines were dropped since this was last asked, once the queue has room again; zero
   * before.
   */
  long takeDropped() {
    return dropped.get() > 0 && getRemainingCapacity() >= getQueueSize() / 2
        ? dropped.getAndSet(0)
        : 0;
  }
}
