package io.diametergw.gateway.routing;

import io.diametergw.gateway.config.DraConfig;
import io.diametergw.gateway.config.DraPoolConfig;
import io.diametergw.gateway.routing.RouteTable.Dra;
import io.diametergw.gateway.routing.RouteTable.Standing;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerState;
import io.diametergw.peer.Readiness;
import io.diametergw.wire.Identity;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a DRA through all its lives: who is at its end now, how that stands, and what
 * is remembered from one life to the next.
 *
 * <p>Confined to the conductor's thread, but for {@link #config}.
 */
public final class PoolMember {
  private final DraConfig config;
  private final Comeback comeback;
  private @Nullable Peer peer;
  private Readiness seen = Readiness.NONE;
  private boolean alive; // has not failed since

  PoolMember(DraConfig config, DraPoolConfig pool) {
    this.config = config;
    this.comeback = new Comeback(pool);
  }

  /** What the configuration says of the DRA. Any thread. */
  public DraConfig config() {
    return config;
  }

  void opened(Peer peer) {
    this.peer = peer;
    alive = true;
  }

  /** Whether it is this peer that is at its end now. */
  boolean endsAt(Peer other) {
    return other == peer;
  }

  /** Who is at its end, if that is this identity and the connection is open. */
  @Nullable Peer openAs(Identity identity) {
    Peer present = peer;
    return present != null
            && present.state().isOpen()
            && Objects.requireNonNull(present.capabilities()).originHost().equals(identity)
        ? present
        : null;
  }

  /** The connection is gone. True when the DRA is held back from now on. */
  boolean closed(Peer gone, boolean inOrder, long nowNanos) {
    if (gone != peer) {
      return false; // was never open
    }
    peer = null;
    seen = Readiness.NONE;
    return inOrder ? left() : failed(nowNanos);
  }

  /** Looks how the peer is. True when the DRA is held back from now on. */
  boolean look(long nowNanos) {
    Peer present = peer;
    if (present == null) {
      return false;
    }
    seen = present.readiness();
    return switch (seen) {
      case READY, ON_TRIAL -> {
        alive = true;
        comeback.onOkay(nowNanos, seen == Readiness.READY);
        yield false;
      }
      case REOPENING -> {
        alive = true;
        yield false;
      }
      case SUSPECT, UNRESPONSIVE -> failed(nowNanos);
      case NONE -> present.state() == PeerState.CLOSING && left(); // else closed() will tell
    };
  }

  private boolean failed(long nowNanos) {
    boolean first = alive;
    alive = false;
    return first && comeback.onFailed(nowNanos);
  }

  private boolean left() {
    alive = false;
    comeback.onLeft();
    return false;
  }

  /** What routes have to know of it, after {@link #look}; null when nothing may be sent to it. */
  @Nullable Dra route(long nowNanos) {
    Peer present = peer;
    if (present == null) {
      return null;
    }
    return switch (seen) {
      case NONE, SUSPECT -> null;
      case UNRESPONSIVE -> dra(present, Standing.UNRESPONSIVE, Comeback.FULL_SHARE);
      case REOPENING -> dra(present, Standing.REOPENING, Comeback.FULL_SHARE);
      case READY, ON_TRIAL -> {
        if (comeback.isHeld(nowNanos)) {
          yield dra(present, Standing.HELD, Comeback.FULL_SHARE);
        }
        yield seen == Readiness.READY
            ? dra(present, Standing.IN_SERVICE, comeback.share(nowNanos))
            : dra(present, Standing.ON_TRIAL, Comeback.FULL_SHARE);
      }
    };
  }

  private Dra dra(Peer present, Standing standing, int share) {
    return new Dra(present, config.priority(), config.weight(), standing, share);
  }

  /** When {@link #route} will say something else by itself, or {@link Comeback#NEVER}. */
  long nextChangeNanos(long nowNanos) {
    return peer == null ? Comeback.NEVER : comeback.nextChangeNanos(nowNanos);
  }
}
