package io.diametergw.peer;

import io.netty.buffer.ByteBuf;

/**
 * A piece of a connection's outbound buffer, which can be kept after it was written: whoever may
 * have to send a message again pins the chunk it lies in and remembers where.
 *
 * <p>Confined to the event loop of its connection.
 */
public final class Chunk {
  private ByteBuf buf;
  private final Outbound owner;
  private int pins;
  private boolean filling = true;

  Chunk(ByteBuf buf, Outbound owner) {
    this.buf = buf;
    this.owner = owner;
  }

  /** Its bytes went elsewhere and nobody pinned them: it is as new, with these. */
  void refill(ByteBuf bytes) {
    buf = bytes;
  }

  /** The bytes; indices in it stay what they are while the chunk is pinned. */
  public ByteBuf buf() {
    return buf;
  }

  /** Keeps the bytes until {@link #unpin}. Every pin is undone exactly once. */
  public void pin() {
    pins++;
  }

  public void unpin() {
    if (--pins == 0 && !filling) {
      owner.held(-buf.capacity());
      buf.release();
    }
  }

  boolean isPinned() {
    return pins != 0;
  }

  /** Nothing more will be written into it. */
  public void seal() {
    filling = false;
    if (pins == 0) {
      buf.release();
    } else {
      owner.held(buf.capacity());
    }
  }

  /** Whether nothing more will be written into it: it only exists for those who pinned it. */
  public boolean isSealed() {
    return !filling;
  }
}
