package io.diametergw.peer;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One event loop and what its connections share: the time of the read being handled, and who has to
 * be flushed when the loop has handled all that it read.
 *
 * <p>Everything but {@link #execute} and {@link #inLoop} belongs to the loop's thread.
 */
public final class PeerLoop {
  private final EventLoop eventLoop;
  private final Ticker clock;
  private final ByteBufAllocator allocator;
  private final int index;
  private final ReceiveBuffer receiveBuffer;
  private final Runnable flush = this::flushTouched;
  private @Nullable Outbound[] touched = new @Nullable Outbound[64];
  private int touchedCount;
  private long nowNanos;

  PeerLoop(EventLoop eventLoop, ByteBufAllocator allocator, int index) {
    this.eventLoop = eventLoop;
    this.clock = eventLoop.ticker();
    this.allocator = allocator;
    this.index = index;
    this.receiveBuffer = new ReceiveBuffer(allocator);
  }

  /** Position among the loops of {@link EventLoops}, from 0. */
  public int index() {
    return index;
  }

  /** The Netty event loop. */
  public EventLoop eventLoop() {
    return eventLoop;
  }

  /** Where the loop's buffers come from. */
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /** What its connections read into. */
  ReceiveBuffer receiveBuffer() {
    return receiveBuffer;
  }

  /** Runs a task on the loop, after what it is doing now. Any thread. */
  public void execute(Runnable task) {
    eventLoop.execute(task);
  }

  /** Whether the calling thread is the loop's. */
  public boolean inLoop() {
    return eventLoop.inEventLoop();
  }

  /** When the read or timer that is being handled began, in {@link System#nanoTime}. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Takes the time; called where a read or a timer begins. */
  public long readClock() {
    nowNanos = clockNanos();
    return nowNanos;
  }

  /**
   * The time at this moment: that of the loop's own timers, {@link System#nanoTime} but in tests.
   */
  long clockNanos() {
    return clock.initialNanoTime() + clock.nanoTime(); // the second counts from the first
  }

  /** Has {@code outbound} flushed once all sockets that are readable now have been read. */
  void touched(Outbound outbound) {
    if (touchedCount == touched.length) {
      touched = Arrays.copyOf(touched, touchedCount * 2);
    }
    touched[touchedCount++] = outbound;
    if (touchedCount == 1) {
      eventLoop.execute(flush);
    }
  }

  private void flushTouched() {
    for (int i = 0; i < touchedCount; i++) { // the count may grow meanwhile
      Objects.requireNonNull(touched[i]).flushSafely();
    }
    Arrays.fill(touched, 0, touchedCount, null);
    touchedCount = 0;
    receiveBuffer.turnEnded();
  }
}
