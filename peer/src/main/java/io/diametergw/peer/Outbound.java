package io.diametergw.peer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one connection.
 *
 * <p>Messages are written straight into a {@link Chunk} and leave with one system call when the
 * event loop has handled everything it read ({@link PeerLoop}). A chunk with pinned messages is
 * filled further after it was flushed, so that what is kept lies dense; any other goes to the
 * socket whole. Confined to the connection's event loop.
 */
public final class Outbound {
  private static final int MIN_CHUNK_BYTES = 1 << 10;
  private static final int MAX_CHUNK_BYTES = 1 << 16;
  private static final int MAX_PIECES_PER_FLUSH = 16;

  private final PeerLoop loop;
  private final Peer peer;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Chunk chunk;
  private @Nullable Chunk spare; // to be filled again: one for each flush was most of all garbage
  private int handedTo; // index in the chunk up to which the socket has it
  private int chunkBytes = MIN_CHUNK_BYTES;

  private boolean touched;
  private int messages;
  private long firstNanos;

  private long handedBytes; // handed to the channel since the connection began
  private long begunBytes; // up to here bytes may be in the socket
  private int maxHandedBytes = MAX_CHUNK_BYTES; // the longest piece handed
  private int followed; // pieces handed while blocked whose end will be told
  private long handedPieces;
  private long flushedPieces;
  private long heldBytes;
  private boolean blocked; // the socket did not take all that was handed

  Outbound(PeerLoop loop, Peer peer) {
    this.loop = loop;
    this.peer = peer;
  }

  void connected(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /**
   * Room for one message of at most {@code lengthBytes}: the caller writes it at the writer index
   * of what is returned, at once. It leaves at the end of the loop's turn.
   */
  public ByteBuf reserve(int lengthBytes) {
    Chunk filling = chunk;
    if (filling == null || filling.buf().writableBytes() < lengthBytes) {
      filling = nextChunk(lengthBytes);
    }
    if (!touched) {
      touched = true;
      firstNanos = loop.nowNanos();
      loop.touched(this);
    }
    messages++;
    return filling.buf();
  }

  /** The chunk that the message written last lies in. */
  public Chunk chunk() {
    return java.util.Objects.requireNonNull(chunk, "nothing reserved");
  }

  /**
   * The stream position of the next message: bytes written before it since the connection began.
   */
  public long position() {
    return handedBytes + waitingInChunk();
  }

  /**
   * Whether a message that began at this {@link #position} may have reached the socket, in part or
   * whole.
   */
  public boolean mayHaveBegun(long position) {
    return position < begunBytes;
  }

  /**
   * Whether so much waits to be written that no more should be added (RFC 6733 §7.1.3,
   * DIAMETER_TOO_BUSY). What was only not offered to the socket yet, because the turn is a long
   * one, goes out first.
   */
  public boolean isFull() {
    if (ctx == null) {
      return true;
    }
    if (!ctx.channel().isWritable() && handedPieces != flushedPieces) {
      flush();
    }
    return ctx == null || !ctx.channel().isWritable();
  }

  /**
   * Whether anything written can still leave. A connection that was reset closes its channel a
   * moment before its owner hears of that, and looks full until then.
   */
  public boolean isOpen() {
    return ctx != null && ctx.channel().isOpen();
  }

  /** Whether half of what may wait to be written does. */
  public boolean isHalfFull() {
    return !isOpen() || backlogBytes() + waitingInChunk() > peer.maxOutboundBytes() / 2;
  }

  private int waitingInChunk() {
    return chunk == null ? 0 : chunk.buf().writerIndex() - handedTo;
  }

  /** A chunk that is never sent, for denser copies of what others pinned. Its maker seals it. */
  public Chunk newChunk(int capacityBytes) {
    return new Chunk(buffer(capacityBytes), this);
  }

  private ByteBuf buffer(int capacityBytes) {
    return loop.allocator().directBuffer(capacityBytes, capacityBytes);
  }

  /** Bytes of memory held by chunks that only exist because a message in them is pinned. */
  public long heldBytes() {
    return heldBytes;
  }

  void held(int changeBytes) {
    heldBytes += changeBytes;
  }

  private Chunk nextChunk(int lengthBytes) {
    if (chunk != null) {
      hand();
      if (chunk != null) {
        chunk.seal();
        chunk = null;
      }
      if (handedPieces - flushedPieces >= MAX_PIECES_PER_FLUSH) { // the turn is a long one
        flush();
      }
      chunkBytes = Math.min(chunkBytes * 2, MAX_CHUNK_BYTES);
    }
    int capacity = Math.max(chunkBytes, lengthBytes);
    Chunk next = spare;
    if (next == null) {
      next = newChunk(capacity);
    } else {
      next.refill(buffer(capacity));
      spare = null;
    }
    chunk = next;
    handedTo = 0;
    return next;
  }

  /** Gives what was written since the last time to the channel. */
  private void hand() {
    Chunk filled = chunk;
    ChannelHandlerContext to = ctx;
    if (filled == null || to == null) {
      return;
    }
    ByteBuf buf = filled.buf();
    int length = buf.writerIndex() - handedTo;
    if (length == 0) {
      return;
    }
    handedBytes += length;
    ByteBuf out;
    if (filled.isPinned()) {
      out = buf.retainedSlice(handedTo, length);
      handedTo = buf.writerIndex();
    } else {
      if (length < buf.capacity() / 4) {
        chunkBytes = Math.max(chunkBytes / 2, MIN_CHUNK_BYTES);
      }
      out = buf.readerIndex(handedTo);
      spare = filled;
      chunk = null;
    }
    handedPieces++;
    maxHandedBytes = Math.max(maxHandedBytes, length);
    if (!blocked || followed == 0) { // nobody tells when the piece before this one has left
      begunBytes = handedBytes;
    }
    if (blocked) { // rare: follow the progress, so that what never left is known
      followed++;
      long end = handedBytes;
      to.write(out).addListener(written -> onWritten(end, written.isSuccess()));
    } else {
      to.write(out, to.voidPromise());
    }
  }

  /**
   * The piece that ends at {@code end} has left, and the next one may have begun to; or neither
   * ever will.
   */
  private void onWritten(long end, boolean left) {
    followed--;
    if (left) {
      begunBytes = Math.max(begunBytes, Math.min(handedBytes, end + maxHandedBytes));
    }
  }

  /**
   * {@link #flush}, whatever the owner's handler throws: one connection's defect is not the loop's.
   */
  void flushSafely() {
    try {
      flush();
    } catch (RuntimeException defect) {
      peer.onDefect(defect);
    }
  }

  /**
   * Writes everything to the socket; the loop calls it at the end of its turn, an owner who has
   * more for one turn than the limit on the way.
   */
  public void flush() {
    touched = false;
    int count = messages;
    messages = 0;
    ChannelHandlerContext to = ctx;
    if (to == null) {
      close(); // what was written after the connection's end goes nowhere
      return;
    }
    hand();
    to.flush();
    flushedPieces = handedPieces;
    blocked = backlogBytes(to.channel()) > 0;
    peer.onFlushed(count, firstNanos, blocked);
  }

  /** Bytes, with some overhead, that the socket has not taken yet. */
  long backlogBytes() {
    return ctx == null ? 0 : backlogBytes(ctx.channel());
  }

  private static long backlogBytes(Channel channel) {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return waiting == null ? 0 : waiting.totalPendingWriteBytes();
  }

  /** A number that changes whenever the socket takes bytes. */
  long progress() {
    ChannelHandlerContext to = ctx;
    ChannelOutboundBuffer waiting = to == null ? null : to.channel().unsafe().outboundBuffer();
    if (waiting == null) {
      return 0;
    }
    long piecesLeft = flushedPieces - waiting.size();
    return piecesLeft << 32 | waiting.currentProgress();
  }

  /** The connection is gone. */
  void close() {
    ctx = null;
    if (chunk != null) {
      chunk.seal();
      chunk = null;
    }
  }
}
