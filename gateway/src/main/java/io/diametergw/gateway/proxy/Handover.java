package io.diametergw.gateway.proxy;

import io.diametergw.gateway.metrics.Counter;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages for connections of another event loop: what one turn of this loop brought for them,
 * given over as one batch.
 *
 * <p>Filled by one loop, then run once by the other.
 */
final class Handover implements Runnable {
  private static final int FIRST_BYTES = 1 << 12;

  /**
   * One message in the batch: an answer for {@code requester}, or its request on the way to {@code
   * to}.
   */
  private sealed interface Entry {}

  private record Forward(Leg requester, Leg to, int at, int length, Kept kept) implements Entry {}

  private record Deliver(Leg requester, int at, boolean byGateway) implements Entry {}

  /** What the first loop knows of a request beside its bytes. */
  record Kept(
      int originalHopByHopId,
      int originalFlags,
      int flags,
      long receivedNanos,
      int transmissions,
      @Nullable Counter movedAs,
      List<Leg> refusedBy,
      boolean metFull) {}

  private final Proxy target;
  private final ByteBuf bytes;
  private final List<Entry> entries = new ArrayList<>();

  Handover(Proxy target) {
    this.target = target;
    this.bytes = target.loop().allocator().directBuffer(FIRST_BYTES);
  }

  /** Where the next message is written. */
  ByteBuf bytes() {
    return bytes;
  }

  /** A request for {@code to}, a connection of the other loop. */
  void forward(Leg requester, Leg to, Request request) {
    int at = bytes.writerIndex();
    bytes.writeBytes(request.buf(), request.at(), request.length());
    entries.add(new Forward(requester, to, at, request.length(), request.kept()));
  }

  /**
   * An answer for {@code requester}, a connection of the other loop, was written at {@code at} of
   * {@link #bytes}.
   */
  void deliver(Leg requester, int at, boolean byGateway) {
    entries.add(new Deliver(requester, at, byGateway));
  }

  /** On the other loop: what each message came for. */
  @Override
  public void run() {
    target.loop().readClock();
    try {
      for (int i = 0; i < entries.size(); i++) {
        run(entries.get(i));
      }
    } finally {
      bytes.release();
    }
  }

  private void run(Entry entry) {
    switch (entry) {
      case Forward f -> target.takeOver(f.requester(), f.to(), bytes, f.at(), f.length(), f.kept());
      case Deliver d -> target.deliverHandedOver(d.requester(), bytes, d.at(), d.byGateway());
    }
  }
}
