package io.diametergw.gateway.proxy;

import io.diametergw.peer.Peer;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A library user's say in what passes. Called on the event loop of the connection a message came
 * on, for every message: it must not block, and it reads messages in place with {@link
 * io.diametergw.wire.Header} and {@link io.diametergw.wire.AvpCursor}; it must not change or keep
 * them.
 */
public interface Interceptor {
  /**
   * A well-formed request came that is about to be sent on.
   *
   * @return null to let it pass, or the Result-Code that the gateway answers it with
   */
  default @Nullable ResultCode onRequest(Peer from, ByteBuf buf, int at) {
    return null;
  }

  /** An answer that belongs to a request is about to be returned. */
  default void onAnswer(Peer from, ByteBuf buf, int at) {}

  /**
   * A request was not answered within the session timeout and gets 3002; {@code to} is who owed the
   * answer.
   */
  default void onExpired(Peer to, ByteBuf buf, int at) {}
}
