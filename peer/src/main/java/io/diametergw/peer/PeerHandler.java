package io.diametergw.peer;

import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What a node's owner does with one connection. All methods run on the connection's event loop and
 * must not block it.
 *
 * <p>Messages are handed over where they lie in the read buffer and are valid during the call.
 */
public interface PeerHandler {
  /** Says whether a peer that sent a valid CER is wanted. Any thread may call it, once. */
  interface Admission {
    void accept();

    /**
     * Refuses with a CEA: 3010 DIAMETER_UNKNOWN_PEER, 5012 DIAMETER_UNABLE_TO_COMPLY, 4003
     * DIAMETER_ELECTION_LOST.
     */
    void refuse(ResultCode code, String text);
  }

  /** Makes the handler of each new connection. */
  @FunctionalInterface
  interface Factory {
    PeerHandler handlerOf(Peer peer);
  }

  /** A peer that dialled us has sent a valid CER; its CEA waits for the admission. */
  default void onCapabilities(Capabilities capabilities, Admission admission) {
    admission.accept();
  }

  /** The capabilities exchange is done; {@link Peer#capabilities} tells who it is. */
  default void onOpen() {}

  /**
   * A request that is not of the base protocol (CER, DWR, DPR). Its header has version 1 and E
   * clear.
   */
  void onRequest(ByteBuf buf, int at, int length);

  /** An answer that is not of the base protocol. */
  void onAnswer(ByteBuf buf, int at, int length);

  /**
   * The messages that were appended to this connection's {@link Outbound} have been handed to the
   * socket.
   */
  default void onFlushed(int messages, long firstNanos, long nowNanos) {}

  /**
   * The connection's state or health, as {@link Peer#state} and {@link Peer#isUsable} tell, is
   * another.
   */
  default void onStateChange() {}

  /**
   * The peer wants to disconnect: it takes no new requests, its answers still count (RFC 6733
   * §5.4).
   */
  default void onDisconnectRequested(DisconnectCause cause) {}

  /**
   * The peer will send no more, so it answers nothing that waits; it may still take its own
   * answers.
   */
  default void onInputClosed() {}

  /** Whether requests of this peer wait for their answers. */
  default boolean owesAnswers() {
    return false;
  }

  /**
   * What the peer sends cannot be split into messages; its connection is about to be reset (RFC
   * 6733 §2.1).
   */
  default void onBrokenStream(String fault) {}

  /** The connection is gone, or could not be made. Called once. */
  default void onClosed(CloseReason reason) {}

  /**
   * Since when, in {@link System#nanoTime}, requests wait for this peer's answer without a break;
   * {@link Long#MIN_VALUE}: none.
   */
  default long pendingSinceNanos() {
    return Long.MIN_VALUE;
  }

  /**
   * One of this handler's methods, or something beneath, threw what it should not; it is logged
   * unless this is overridden.
   */
  default void onDefect(Throwable defect) {
    LoggerFactory.getLogger(PeerHandler.class).error("exception in the handling of a peer", defect);
  }

  /**
   * Why a connection ended.
   *
   * @param text for people
   * @param cause the cause of the DPR that announced it, or null when none did
   */
  record CloseReason(String text, @Nullable DisconnectCause cause) {
    /** Whether a DPR announced it. */
    public boolean isInOrder() {
      return cause != null;
    }
  }
}
