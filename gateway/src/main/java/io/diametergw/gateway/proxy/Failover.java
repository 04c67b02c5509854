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

  private static final int SUCCESS = ResultCode.SUCCESS.code();

  private final Proxy proxy;

  Failover(Proxy proxy) {
    this.proxy = proxy;
  }

  /** The connection is gone: every request moves, or is refused. */
  void onLost(Leg lost) {
    lost.table().forEach(t -> move(lost, t, true));
  }

  /**
   * The DRA is silent: its requests move, but where there is nobody else they stay and hope (RFC
   * 3539 §3.4.1).
   */
  void onSuspect(Leg suspect) {
    suspect.table().forEach(t -> move(suspect, t, false));
  }

  /** The DRA said good-bye a while ago and still owes answers. */
  void onLeaving(Leg leaving) {
    if (leaving.peer().isClosing()) {
      leaving.table().forEach(t -> move(leaving, t, false));
    }
  }

  private void move(Leg lost, Transaction transaction, boolean orRefuse) {
    Leg requester = transaction.requester();
    boolean begun = lost.outbound().mayHaveBegun(transaction.position);
    var refusal = ResultCode.UNABLE_TO_DELIVER;
    if (requester.isGone() && requester.proxy() == proxy) {
      refuse(transaction, refusal, ""); // counts it; nothing is sent
      lost.end(transaction);
      return;
    }
    Request request = proxy.request();
    request.readLost(transaction, begun);
    boolean again = request.transmissions() < proxy.settings().maxTransmissions();
    Leg.Outcome outcome = again ? offerElsewhere(lost, requester, request) : Leg.Outcome.CLOSED;
    if (outcome != Leg.Outcome.ACCEPTED) {
      if (!orRefuse) {
        return;
      }
      boolean full = outcome == Leg.Outcome.FULL;
      proxy.refuseUnrouted(requester, request, full ? ResultCode.TOO_BUSY : refusal);
    }
    lost.end(transaction);
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
      nextHops.toDras(routes, requester.peer(), request);
    } else {
      nextHops.toReplicas(routes, not.peer(), requester.peer(), request);
    }
    var outcome = Leg.Outcome.CLOSED;
    for (Peer to = nextHops.next(); to != null; to = nextHops.next()) {
      if (to == not.peer()) {
        continue;
      }
      switch (proxy.offer(Leg.of(to), requester, request)) {
        case ACCEPTED -> {
          return Leg.Outcome.ACCEPTED;
        }
        case FULL -> outcome = Leg.Outcome.FULL;
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
