package io.diametergw.gateway;

import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerState;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each event of peers and routes, and passes the event on to the listeners of a
 * library user.
 */
final class LoggedEvents implements RouteListener {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  private final List<RouteListener> listeners;

  LoggedEvents(List<RouteListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void onPeerState(Peer peer, boolean dra, @Nullable PeerState from, PeerState to) {
    boolean opened = to.isOpen() && (from == null || !from.isOpen()); // not at each DWA
    if (dra && opened) {
      LOG.info("{} {} {}", peer.name(), to, peer.address());
    } else {
      LOG.debug("{} {} {}", peer.name(), to, peer.address());
    }
    tell(l -> l.onPeerState(peer, dra, from, to));
  }

  @Override
  public void onPeerClosed(Peer peer, boolean dra, String why, boolean inOrder, int pending) {
    if (dra && !inOrder) {
      LOG.warn(
          "{} {} closed: {}; {} requests were pending", peer.name(), peer.address(), why, pending);
    } else {
      LOG.info("{} {} closed: {}", peer.name(), peer.address(), why);
    }
    tell(l -> l.onPeerClosed(peer, dra, why, inOrder, pending));
  }

  @Override
  public void onHeldBack(String dra, Duration duration) {
    LOG.warn(
        "{} failed again and again: no requests for {} s unless no other DRA is left",
        dra,
        duration.toSeconds());
    tell(l -> l.onHeldBack(dra, duration));
  }

  @Override
  public void onUnresponsive(Peer peer, String why) {
    LOG.warn("{} answers watchdogs but no requests: {}", peer.name(), why);
    tell(l -> l.onUnresponsive(peer, why));
  }

  @Override
  public void onFailover(int from, int to) {
    if (to == 0) {
      LOG.warn("failover: priority {} is lost and no DRA is usable", from);
    } else {
      LOG.warn("failover: requests go to priority {} instead of {}", to, from);
    }
    tell(l -> l.onFailover(from, to));
  }

  @Override
  public void onFailback(int from, int to) {
    if (from == 0) {
      LOG.info("requests go to priority {}", to);
    } else {
      LOG.info("failback: requests go to priority {} instead of {}", to, from);
    }
    tell(l -> l.onFailback(from, to));
  }

  /** One listener's exception is not the others'. */
  private void tell(Consumer<RouteListener> what) {
    for (RouteListener listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException defect) {
        LOG.error("a listener failed", defect);
      }
    }
  }
}
