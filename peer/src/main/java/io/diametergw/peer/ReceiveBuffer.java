package io.diametergw.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The one buffer that all connections of an event loop read into, so that it stays in the
 * processor's cache: a pool would give out the one that was not touched for longest.
 *
 * <p>Whoever reads has handled or copied everything before the next read. Confined to the loop.
 */
final class ReceiveBuffer extends DefaultMaxMessagesRecvByteBufAllocator implements AutoCloseable {
  /** One read takes at most this much; enough for some hundred requests. */
  private static final int BYTES = 1 << 16;

  /** Of one connection in one turn: more in a turn means fewer and longer writes to all others. */
  private static final int MAX_READS = 4;

  private final ByteBufAllocator allocator;
  private @Nullable ByteBuf buf;

  ReceiveBuffer(ByteBufAllocator allocator) {
    super(MAX_READS);
    this.allocator = allocator;
  }

  @Override
  @SuppressWarnings("deprecation") // as netty declares it
  public Handle newHandle() {
    return new Reading();
  }

  private final class Reading extends MaxMessageHandle {
    @Override
    public int guess() {
      return BYTES;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator other) {
      ByteBuf shared = buf;
      if (shared == null) {
        shared = allocator.directBuffer(BYTES, BYTES);
        buf = shared;
      }
      return shared.refCnt() == 1 ? shared.clear().retain() : other.ioBuffer(BYTES);
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
