package io.diametergw.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one buffer that all connections of an event loop read into, so that it stays in the
 * processor's cache: a pool would give out the one that was not touched for longest.
 *
 * <p>It also says how much of a connection is read in one turn of the loop. What a peer that we
 * dialled sends is mostly answers, which end work, and is read until nothing is left; those who
 * dialled us send requests, which begin it, and share a limit. Else the requests of many who offer
 * more than can be carried would keep one peer's answers waiting for ever.
 *
 * <p>Whoever reads has handled or copied everything before the next read. Confined to the loop.
 */
final class ReceiveBuffer implements AutoCloseable {
  /** One read takes at most this much; enough for some hundred requests. */
  static final int BYTES = 1 << 16;

  /** One read takes at least this much, however many share the limit. */
  private static final int MIN_BYTES = 1 << 10;

  /** Read in one turn from all those who dialled us, unless each gets hardly anything then. */
  private static final int BYTES_PER_TURN = 1 << 21;

  /** Of one who dialled us in one turn: more in a turn means fewer and longer writes to others. */
  private static final int MAX_READS = 4;

  /** Of one that we dialled: bounded, as it may send requests as well. */
  private static final int MAX_READS_OF_DIALLED = 128;

  private final ByteBufAllocator allocator;
  private final RecvByteBufAllocator dialled = new Side(true);
  private final RecvByteBufAllocator accepted = new Side(false);
  private @Nullable ByteBuf buf;
  private int readers; // who dialled us and was read from in this turn
  private int bytes = BYTES;
  private int reads = MAX_READS;

  ReceiveBuffer(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /** How connections that we made are read. */
  RecvByteBufAllocator dialled() {
    return dialled;
  }

  /** How connections that others made are read. */
  RecvByteBufAllocator accepted() {
    return accepted;
  }

  /** The loop has handled what it read; as many will probably be readable next time. */
  void turnEnded() {
    bytes = Math.clamp(BYTES_PER_TURN / Math.max(1, readers), MIN_BYTES, BYTES);
    reads = Math.clamp(BYTES_PER_TURN / ((long) Math.max(1, readers) * bytes), 1, MAX_READS);
    readers = 0;
  }

  private final class Side extends DefaultMaxMessagesRecvByteBufAllocator {
    private final boolean ofDialled;

    Side(boolean ofDialled) {
      super(ofDialled ? MAX_READS_OF_DIALLED : MAX_READS);
      this.ofDialled = ofDialled;
    }

    @Override
    @SuppressWarnings("deprecation") // as netty declares it
    public Handle newHandle() {
      return new Reading();
    }

    private final class Reading extends MaxMessageHandle {
      private int readsDone;

      @Override
      public void reset(ChannelConfig config) {
        super.reset(config);
        readsDone = 0;
        if (!ofDialled) {
          readers++;
        }
      }

      @Override
      public int guess() {
        return ofDialled ? BYTES : bytes;
      }

      @Override
      public ByteBuf allocate(ByteBufAllocator other) {
        ByteBuf shared = buf;
        if (shared == null) {
          shared = allocator.directBuffer(BYTES, BYTES);
          buf = shared;
        }
        if (shared.refCnt() != 1) {
          return other.ioBuffer(guess());
        }
        int from = BYTES - guess(); // its end is what can be written
        return shared.setIndex(from, from).retain();
      }

      @Override
      public void lastBytesRead(int count) {
        super.lastBytesRead(count);
        readsDone++;
      }

      @Override
      public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
        return (ofDialled || readsDone < reads) && super.continueReading(maybeMore);
      }
    }
  }

  /** Gives it back; after the last read. */
  @Override
  public void close() {
    if (buf != null) {
      buf.release();
      buf = null;
    }
  }
}
