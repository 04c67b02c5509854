package io.diametergw.gateway.routing;

import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Hears what happens to peers and routes. Called on the conductor's thread, one call after another;
 * must not block.
 */
public interface RouteListener {
  /**
   * A peer's state is another; {@code from} is null when it is the first that is told. A DRA that
   * is told as open can get requests.
   */
  default void onPeerState(Peer peer, boolean dra, @Nullable PeerState from, PeerState to) {}

  /**
   * A connection ended, or could not be made. It gets no requests any more.
   *
   * @param inOrder whether one side had announced it with a DPR
   * @param pending requests that waited for the peer's answer
   */
  default void onPeerClosed(Peer peer, boolean dra, String why, boolean inOrder, int pending) {}

  /** A DRA failed again and again, and gets no requests for this long, unless no other is left. */
  default void onHeldBack(String dra, Duration duration) {}

  /** A DRA answers watchdogs, but left requests unanswered. */
  default void onUnresponsive(Peer peer, String why) {}

  /**
   * New requests go to DRAs of a worse priority than before; {@code to} is 0 when no DRA is usable.
   */
  default void onFailover(int fromPriority, int toPriority) {}

  /**
   * New requests go to DRAs of a better priority than before; {@code from} is 0 when none was
   * usable.
   */
  default void onFailback(int fromPriority, int toPriority) {}
}
