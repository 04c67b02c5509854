package io.diametergw.gateway.proxy;

import io.diametergw.gateway.routing.NextHops;
import io.diametergw.gateway.routing.RouteTable;
import io.diametergw.peer.Peer;
import io.diametergw.wire.ResultCode;

/**
 * What happens to the requests that wait for a peer which is lost, suspect, leaving or too busy
 * (RFC 6733 §5.5.4): each goes to another that can take it, or is answered by the gateway.
 *
 * <p>Confined to its {@link Proxy}'s loop.
 */
final class Failover {
  /** How long a DRA that sent DPR may still answer before its requests move. */
  static final long LEAVING_GRACE_MILLIS = 2_000;

  private static final int MOVES_PER_TURN = 4096;
  private static final int SUCCESS = ResultCode.SUCCESS.code();

  private final Proxy proxy;

  Failover(Proxy proxy) {
    this.proxy = proxy;
  }

  /**
   * The connection is gone, or will bring no more answers: every request moves, or is refused.
   * Called again while some cannot move yet.
   */
  void onLost(Leg lost) {
    move(lost, lost.table().pendingIds(), 0, true);
  }

  /**
   * The DRA is silent: its requests move, but where there is nobody else they stay and hope (RFC
   * 3539 §3.4.1).
   */
  void onSuspect(Leg suspect) {
    move(suspect, suspect.table().pendingIds(), 0, false);
  }

  /** The DRA said good-bye a while ago and still owes answers. */
  void onLeaving(Leg leaving) {
    if (leaving.peer().isClosing()) {
      move(leaving, leaving.table().pendingIds(), 0, false);
    }
  }

  /** What a DRA on trial has not answered moves. True when something did. */
  boolean onOverdue(Leg doubted, long sentBeforeNanos) {
    boolean moved = false;
    for (int id : doubted.table().pendingIds()) {
      Transaction transaction = doubted.table().find(id);
      if (transaction != null && transaction.sentNanos - sentBeforeNanos < 0) {
        moved |= move(doubted, transaction, false);
      }
    }
    return moved;
  }

  /** Moves so many a turn that new requests are not held up by them. */
  private void move(Leg from, int[] ids, int begin, boolean orRefuse) {
    int end = Math.min(ids.length, begin + MOVES_PER_TURN);
    for (int i = begin; i < end; i++) {
      Transaction transaction = from.table().find(ids[i]);
      if (transaction != null) {
        move(from, transaction, orRefuse);
      }
    }
    if (end < ids.length) {
      proxy.later(
          from,
          0,
          () -> {
            if (orRefuse || !from.peer().isUsable()) { // else it is heard again meanwhile
              move(from, ids, end, orRefuse);
            }
          });
    }
  }

  /** Moves one; true when it is with another peer now. */
  private boolean move(Leg lost, Transaction transaction, boolean orRefuse) {
    Leg requester = transaction.requester();
    if (requester.isGone() && requester.proxy() == proxy) {
      refuse(transaction, ResultCode.UNABLE_TO_DELIVER, ""); // counts it; nothing is sent
      lost.end(transaction);
      return false;
    }
    Request request = proxy.request();
    request.readLost(transaction, lost.outbound().mayHaveBegun(transaction.position));
    Leg.Outcome outcome =
        mayBeSentAgain(request) ? offerElsewhere(lost, requester, request) : Leg.Outcome.CLOSED;
    if (outcome == Leg.Outcome.ACCEPTED) {
      lost.end(transaction);
      return true;
    }
    if (outcome == Leg.Outcome.CONGESTED && lost.mayWaitToMove()) {
      lost.moveLater();
    } else if (orRefuse) {
      boolean busy = outcome != Leg.Outcome.CLOSED;
      ResultCode refusal = busy ? ResultCode.TOO_BUSY : ResultCode.UNABLE_TO_DELIVER;
      proxy.refuseUnrouted(requester, request, refusal);
      lost.end(transaction);
    }
    return false;
  }

  private boolean mayBeSentAgain(Request request) {
    return request.transmissions() == 0
        || (request.transmissions() < proxy.settings().maxTransmissions()
            && proxy.settings().isResendable(request));
  }

  /**
   * A DRA answered with a Result-Code that another may not give (RFC 6733 §7.1.3): tries one
   * alternate, T clear (§3: an answer was received).
   *
   * @return whether the request went to another; if so the answer is not passed on
   */
  boolean retryElsewhere(Leg busy, Transaction transaction, int resultCode) {
    if (resultCode == SUCCESS // nearly always: no look-up
        || !busy.isDra()
        || !proxy.settings().retryOn().contains(resultCode)
        || transaction.transmissions >= proxy.settings().maxTransmissions()) {
      return false;
    }
    Request request = proxy.request();
    request.readKept(transaction);
    return offerElsewhere(busy, transaction.requester(), request) == Leg.Outcome.ACCEPTED;
  }

  private Leg.Outcome offerElsewhere(Leg not, Leg requester, Request request) {
    RouteTable routes = proxy.conductor().routes();
    NextHops nextHops = proxy.nextHops();
    if (not.isDra()) {
      nextHops.toAlternates(routes, requester.peer(), request);
    } else {
      nextHops.toReplicas(routes, not.peer(), requester.peer(), request);
    }
    var outcome = Leg.Outcome.CLOSED;
    for (Peer to = nextHops.next(); to != null; to = nextHops.next()) {
      if (to == not.peer()) {
        continue;
      }
      if (nextHops.isLastResort() && outcome != Leg.Outcome.CLOSED) {
        break;
      }
      switch (proxy.offer(Leg.of(to), requester, request)) {
        case ACCEPTED -> {
          return Leg.Outcome.ACCEPTED;
        }
        case FULL -> outcome = outcome == Leg.Outcome.CLOSED ? Leg.Outcome.FULL : outcome;
        case CONGESTED -> outcome = Leg.Outcome.CONGESTED;
        case CLOSED -> {}
      }
    }
    return outcome;
  }

  /**
   * Answers a request that was sent on with an error of our own. The caller ends the transaction.
   */
  void refuse(Transaction transaction, ResultCode code, String text) {
    Request request = proxy.request();
    request.readKept(transaction);
    proxy.refuse(transaction.requester(), request, code, text);
  }
}
