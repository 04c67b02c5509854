package io.diametergw.gateway.routing;

import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerState;

/**
 * Hears what happens to peers and routes. Called on the conductor's thread, one call after another;
 * must not block.
 */
public interface RouteListener {
  /** A peer's state is another. */
  default void onPeerState(Peer peer, boolean dra, PeerState state) {}

  /**
   * A connection ended, or could not be made.
   *
   * @param inOrder whether one side had announced it with a DPR
   * @param pending requests that waited for the peer's answer
   */
  default void onPeerClosed(Peer peer, boolean dra, String why, boolean inOrder, int pending) {}

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
