package io.diametergw.gateway.proxy;

import io.diametergw.peer.Peer;
import io.netty.buffer.ByteBuf;

/**
 * Sees every message of an application on its way, on the event loop; does nothing unless it is
 * asked to log.
 */
public interface MessageLog {
  /** Sees nothing. */
  MessageLog SILENT = new MessageLog() {};

  /** A request came from this peer. */
  default void request(Peer from, ByteBuf buf, int at) {}

  /** A request was sent to this peer. */
  default void forwarded(Peer to, ByteBuf buf, int at) {}

  /** An answer came from this peer. */
  default void answer(Peer from, ByteBuf buf, int at) {}

  /** An answer was sent to this peer. */
  default void delivered(Peer to, ByteBuf buf, int at) {}
}
