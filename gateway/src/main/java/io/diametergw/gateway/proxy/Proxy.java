package io.diametergw.gateway.proxy;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.metrics.Counters;
import io.diametergw.gateway.metrics.Latency;
import io.diametergw.gateway.routing.Conductor;
import io.diametergw.gateway.routing.NextHops;
import io.diametergw.gateway.routing.PoolMember;
import io.diametergw.gateway.routing.RouteTable;
import io.diametergw.gateway.routing.SessionBindings;
import io.diametergw.peer.ErrorAnswer;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerHandler.CloseReason;
import io.diametergw.peer.PeerLoop;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data path of one event loop: a request to its next hop, an answer back to where the request
 * came from (RFC 6733 §6.1, §6.2).
 *
 * <p>Every connection of the loop has a {@link Leg} here; a message for a connection of another
 * loop is handed over ({@link Handover}). It reads no AVP it does not route by. Confined to its
 * loop, but for the constructor. It is the one place where a request's way can be read from top to
 * bottom, which is why it is long; what happens when a peer is lost stands in {@link Failover}.
 */
public final class Proxy {
  private static final Logger LOG = LoggerFactory.getLogger(Proxy.class);
  private static final long TICK_MILLIS = 50;

  private final ProxySettings settings;
  private final Interceptor[] interceptors;
  private final PeerLoop loop;
  private final Conductor conductor;
  private final Failover failover = new Failover(this);
  private final List<Proxy> proxies;
  private final SessionBindings bindings;
  private final NextHops nextHops;
  private final Request request;
  private final Answer answer = new Answer();
  private final AvpCursor avps = new AvpCursor();
  private final Counters counters = new Counters();
  private final Latency forwarding = new Latency();
  private final List<Leg> ticking = new ArrayList<>();
  private final @Nullable Handover[] handovers;
  private final Runnable tick = this::onTick;
  private boolean tickScheduled;
  private boolean requesterGone; // since the last tick
  private boolean taken; // the request being handled was sent on or answered
  private int pending;
  private long roundTripNanos; // of all answers returned, added up

  /**
   * @param proxies those of all loops, by loop; this one is added by the caller
   * @param allBindings those of all loops, by loop
   */
  public Proxy(
      ProxySettings settings,
      PeerLoop loop,
      Conductor conductor,
      List<Proxy> proxies,
      List<SessionBindings> allBindings) {
    this.settings = settings;
    this.interceptors = settings.interceptors().toArray(Interceptor[]::new);
    this.loop = loop;
    this.conductor = conductor;
    this.proxies = proxies;
    this.bindings = allBindings.get(loop.index());
    this.nextHops = new NextHops(loop, allBindings, peer -> Leg.of(peer).pending());
    this.request = new Request(settings.node().originHost());
    this.handovers = new @Nullable Handover[allBindings.size()];
  }

  /**
   * The handler for a new connection of this loop.
   *
   * @param member its place in the pool of DRAs; null for a Logic App
   * @param answerTimes takes up how long the peer takes to answer, by application; touched on this
   *     loop
   */
  public Leg legFor(
      Peer peer,
      @Nullable PoolMember member,
      Leg.Settings legSettings,
      Map<Integer, Latency> answerTimes) {
    return new Leg(this, peer, member, legSettings, answerTimes);
  }

  PeerLoop loop() {
    return loop;
  }

  Conductor conductor() {
    return conductor;
  }

  ProxySettings settings() {
    return settings;
  }

  // ------------------------------------------------------------------ a request comes

  /** Forwards a request to the best next hop that will take it (RFC 6733 §6.1.9). */
  void onRequest(Leg from, ByteBuf buf, int at, int length) {
    counters.count(from.isDra() ? Counter.REQUESTS_FROM_DRAS : Counter.REQUESTS_FROM_APPS);
    from.owed();
    request.readReceived(buf, at, length, loop.nowNanos());
    taken = false;
    try {
      settings.messageLog().request(from.peer(), buf, at);
      if (isForwardable(from)) {
        route(from, request);
      }
    } catch (RuntimeException defect) { // ours: one request suffers, and it gets its one answer
      onDefect(from, defect);
      if (!taken) {
        refuse(from, request, ResultCode.UNABLE_TO_COMPLY, "internal error");
      }
    }
  }

  /** Refuses what must not be forwarded; false when it did. */
  private boolean isForwardable(Leg from) {
    ResultCode fault = request.fault();
    if (fault != null) {
      counters.count(Counter.MALFORMED_REQUESTS);
      LOG.error("{} sent a bad request: {}", from.peer().name(), request.faultText());
      refuse(from, request, fault, request.faultText(), request.failedAvp());
    } else if (!request.isProxiable() && !from.settings().forwardNonProxiable()) { // §3: P clear
      counters.count(Counter.NOT_PROXIABLE);
      refuse(
          from, request, ResultCode.APPLICATION_UNSUPPORTED, "not proxiable, and not served here");
    } else if (request.isLoop()) { // §6.1.3
      counters.count(Counter.LOOPS);
      refuse(from, request, ResultCode.LOOP_DETECTED, "has been here before");
    } else if (request.isLocal()) { // §6.1.4
      counters.count(Counter.NOT_ROUTABLE);
      refuse(from, request, ResultCode.APPLICATION_UNSUPPORTED, "no application is served here");
    } else if (!request.hasDestinationRealm()) { // §6.1.6
      counters.count(Counter.NOT_ROUTABLE);
      refuse(from, request, ResultCode.UNABLE_TO_DELIVER, "Destination-Realm is missing");
    } else if (from.peer().isClosing()) { // we or it sent DPR: let it go elsewhere
      counters.count(Counter.NOT_ROUTABLE);
      refuse(from, request, ResultCode.UNABLE_TO_DELIVER, "this connection is closing");
    } else if (conductor.isDraining()) {
      counters.count(Counter.TOO_BUSY);
      refuse(from, request, ResultCode.TOO_BUSY, "shutting down");
    } else {
      if (!request.isProxiable()) {
        counters.count(Counter.FORWARDED_NON_PROXIABLE);
      }
      return interceptors.length == 0 || isWanted(from);
    }
    return false;
  }

  /** Asks the interceptors; refuses the request as the first says that does not want it. */
  private boolean isWanted(Leg from) {
    for (Interceptor interceptor : interceptors) {
      ResultCode unwanted;
      try {
        unwanted = interceptor.onRequest(from.peer(), request.buf(), request.at());
      } catch (RuntimeException defect) { // a library user's
        onDefect(from, defect);
        refuse(from, request, ResultCode.UNABLE_TO_COMPLY, "internal error");
        return false;
      }
      if (unwanted != null) {
        counters.count(Counter.INTERCEPTED);
        refuse(from, request, unwanted, "refused by policy");
        return false;
      }
    }
    return true;
  }

  /** Tells all interceptors; the exception of one costs no message its way. */
  private void tellInterceptors(Leg from, Consumer<Interceptor> what) {
    for (Interceptor interceptor : interceptors) {
      try {
        what.accept(interceptor);
      } catch (RuntimeException defect) {
        onDefect(from, defect);
      }
    }
  }

  /** Gives the request to the first next hop that takes it, or refuses it. */
  private void route(Leg from, Request request) {
    RouteTable routes = conductor.routes();
    if (from.isDra()) {
      nextHops.toLogicApps(routes, from.peer(), request, loop.nowNanos());
    } else {
      nextHops.toDras(routes, from.peer(), request, loop.nowNanos());
    }
    var refusal = request.hasMetFull() ? ResultCode.TOO_BUSY : ResultCode.UNABLE_TO_DELIVER;
    for (Peer to = nextHops.next(); to != null; to = nextHops.next()) {
      if (nextHops.isLastResort() && refusal == ResultCode.TOO_BUSY) {
        break; // others are there, and only have too much to do
      }
      if (request.isRefusedBy(Leg.of(to))) {
        continue;
      }
      switch (offer(Leg.of(to), from, request)) {
        case ACCEPTED -> {
          return;
        }
        case FULL, CONGESTED -> refusal = ResultCode.TOO_BUSY;
        case CLOSED -> {} // lost since these routes were made; try the next
      }
    }
    refuseUnrouted(from, request, refusal);
  }

  void refuseUnrouted(Leg from, Request request, ResultCode refusal) {
    boolean busy = refusal == ResultCode.TOO_BUSY;
    counters.count(busy ? Counter.TOO_BUSY : Counter.NOT_ROUTABLE);
    refuse(
        from, request, refusal, busy ? "every next hop is at its limit" : "no peer to deliver to");
  }

  /** Offers the request to one next hop, wherever it lives. */
  Leg.Outcome offer(Leg to, Leg from, Request request) {
    if (to.proxy() == this) {
      return to.forward(from, request);
    }
    handover(to.proxy()).forward(from, to, request);
    taken = true;
    return Leg.Outcome.ACCEPTED;
  }

  /** Another loop has read a request for a connection of this one. */
  void takeOver(Leg from, Leg to, ByteBuf buf, int at, int length, Handover.Kept known) {
    request.readHandedOver(buf, at, length, known);
    taken = false;
    try {
      takeOver(from, to);
    } catch (RuntimeException defect) {
      onDefect(from, defect);
      if (!taken) {
        refuse(from, request, ResultCode.UNABLE_TO_COMPLY, "internal error");
      }
    }
  }

  private void takeOver(Leg from, Leg to) {
    Leg.Outcome outcome = to.forward(from, request);
    if (outcome == Leg.Outcome.ACCEPTED) {
      return;
    }
    boolean full = outcome != Leg.Outcome.CLOSED;
    if (request.movedAs() != null) { // who else may have it, only the loop it came from could say
      refuseUnrouted(from, request, full ? ResultCode.TOO_BUSY : ResultCode.UNABLE_TO_DELIVER);
    } else {
      request.wasRefusedBy(to, full);
      route(from, request);
    }
  }

  /** The request has been written to {@code to}. */
  void begun(Leg to, Transaction transaction, ByteBuf sent, int at) {
    taken = true;
    pending++;
    counters.count(to.isDra() ? Counter.REQUESTS_TO_DRAS : Counter.REQUESTS_TO_APPS);
    Counter moved = request.movedAs();
    if (moved == null) {
      counters.count(Counter.TRANSACTIONS);
    } else {
      counters.count(moved);
    }
    settings.messageLog().forwarded(to.peer(), sent, at);
    Leg from = transaction.requester();
    if (to.isDra()) {
      if (transaction.sessionHash != 0) {
        bindings.remember(transaction.sessionHash, from.connectionId(), loop.nowNanos());
      }
    }
  }

  void ended() {
    pending--;
  }

  /** Whether as many requests wait for answers as may, in all. */
  boolean isFull() {
    return pending >= settings.maxPending();
  }

  // ------------------------------------------------------------------ an answer comes

  /** Returns an answer to where its request came from (RFC 6733 §6.2.1, §6.2.2). */
  void onAnswer(Leg from, ByteBuf buf, int at, int length) {
    answer.read(buf, at, length);
    settings.messageLog().answer(from.peer(), buf, at);
    Transaction transaction = from.table().find(answer.hopByHopId(), answer.endToEndId());
    if (transaction == null || !isSameCommand(transaction, buf, at)) {
      counters.count(Counter.UNMATCHED_ANSWERS); // late, duplicate or foreign
      return;
    }
    long now = loop.nowNanos();
    counters.count(from.isDra() ? Counter.ANSWERS_FROM_DRAS : Counter.ANSWERS_FROM_APPS);
    from.answered(transaction, now);
    if (answer.isMalformed() || isForeignSession(transaction)) {
      counters.count(Counter.MALFORMED_ANSWERS);
      String why = answer.isMalformed() ? answer.fault() : "answer with another Session-Id";
      LOG.error("{} sent a bad answer: {}", from.peer().name(), why);
      failover.refuse(transaction, ResultCode.UNABLE_TO_COMPLY, "the answer was malformed");
    } else if (!failover.retryElsewhere(from, transaction, answer.resultCode())) {
      if (answer.isWithoutResult()) {
        counters.count(Counter.ANSWERS_WITHOUT_RESULT);
      }
      roundTripNanos += now - transaction.receivedNanos;
      if (interceptors.length != 0) {
        tellInterceptors(from, interceptor -> interceptor.onAnswer(from.peer(), buf, at));
      }
      deliver(transaction.requester(), transaction.originalHopByHopId);
    }
    from.end(transaction);
  }

  /**
   * All that is compared was noted when the request was sent: its bytes, by now cold, stay
   * untouched.
   */
  private static boolean isSameCommand(Transaction transaction, ByteBuf buf, int at) {
    return transaction.commandCode == Header.commandCode(buf, at)
        && transaction.applicationId == Header.applicationId(buf, at);
  }

  /** Whether the answer speaks of another session than the request (RFC 6733 §8.8). */
  private boolean isForeignSession(Transaction transaction) {
    return transaction.sessionHash != 0
        && answer.hasSessionId()
        && answer.sessionHash() != transaction.sessionHash;
  }

  private void deliver(Leg requester, int originalHopByHopId) {
    ByteBuf out = answerRoom(requester, answer.length());
    if (out == null) {
      return;
    }
    int start = out.writerIndex();
    out.writeBytes(answer.buf(), answer.at(), answer.length());
    int dropped = Header.RESERVED_FLAGS | Header.RETRANSMITTED; // §3: T MUST NOT be set in answers
    Header.patchFlags(out, start, Header.flags(out, start) & ~dropped);
    Header.patchHopByHopId(out, start, originalHopByHopId);
    answerWritten(requester, out, start, false);
  }

  // ------------------------------------------------------------------ answers on their way

  /** Answers a request with an error of our own (RFC 6733 §7.2). */
  void refuse(Leg requester, Request refused, ResultCode code, String text) {
    refuse(requester, refused, code, text, null);
  }

  private void refuse(
      Leg requester, Request refused, ResultCode code, String text, byte @Nullable [] failedAvp) {
    ByteBuf out = answerRoom(requester, refused.length() + ErrorAnswer.MAX_ADDED_BYTES);
    if (out == null) {
      return;
    }
    int start = out.writerIndex();
    ErrorAnswer.write(
        out, settings.node(), avps, refused.buf(), refused.at(), code, text, failedAvp);
    Header.patchHopByHopId(out, start, refused.originalHopByHopId());
    answerWritten(requester, out, start, true);
  }

  /** Where to write an answer for {@code requester}; null when it is gone. */
  private @Nullable ByteBuf answerRoom(Leg requester, int lengthBytes) {
    if (requester.proxy() != this) {
      return handover(requester.proxy()).bytes().ensureWritable(lengthBytes);
    }
    if (requester.isGone()) {
      taken = true;
      counters.count(Counter.REQUESTER_GONE);
      requester.settled();
      return null;
    }
    return requester.outbound().reserve(lengthBytes);
  }

  private void answerWritten(Leg requester, ByteBuf out, int start, boolean byGateway) {
    taken = true;
    if (requester.proxy() != this) {
      handover(requester.proxy()).deliver(requester, start, byGateway);
      return;
    }
    counters.count(byGateway ? Counter.ANSWERED_BY_GATEWAY : Counter.ANSWERED);
    requester.settled();
    settings.messageLog().delivered(requester.peer(), out, start);
  }

  /** Another loop has an answer for a connection of this one. */
  void deliverHandedOver(Leg requester, ByteBuf buf, int at, boolean byGateway) {
    int length = Header.messageLength(buf, at);
    ByteBuf out = answerRoom(requester, length);
    if (out != null) {
      int start = out.writerIndex();
      out.writeBytes(buf, at, length);
      answerWritten(requester, out, start, byGateway);
    }
  }

  /** The batch that leaves for another loop when this one has handled what it read. */
  private Handover handover(Proxy target) {
    int index = target.loop.index();
    Handover batch = handovers[index];
    if (batch == null) {
      batch = new Handover(target);
      handovers[index] = batch;
      loop.execute(() -> send(index));
    }
    return batch;
  }

  private void send(int index) {
    Handover batch = Objects.requireNonNull(handovers[index]);
    handovers[index] = null;
    proxies.get(index).loop.execute(batch);
  }

  // ------------------------------------------------------------------ time, and the end of peers

  /** Has {@link Leg#onTick} called while requests wait for it. */
  void tick(Leg leg) {
    ticking.add(leg);
    if (!tickScheduled) {
      tickScheduled = true;
      loop.eventLoop().schedule(tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void onTick() {
    long now = loop.readClock();
    tickScheduled = false;
    List<Leg> due = List.copyOf(ticking);
    ticking.clear();
    for (Leg leg : due) {
      boolean more = true;
      try {
        more = leg.onTick(now, settings.sessionTimeoutNanos());
      } catch (RuntimeException defect) { // the other legs' requests have to expire all the same
        onDefect(leg, defect);
      }
      if (more) {
        ticking.add(leg);
      }
    }
    if (requesterGone) {
      forgetGone();
    }
    if (!ticking.isEmpty() && !tickScheduled) {
      tickScheduled = true;
      loop.eventLoop().schedule(tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** No answer came within the session timeout. */
  void expired(Leg from, Transaction transaction) {
    counters.count(Counter.EXPIRED);
    tellInterceptors(
        from,
        interceptor -> interceptor.onExpired(from.peer(), transaction.buf(), transaction.at()));
    failover.refuse(transaction, ResultCode.UNABLE_TO_DELIVER, "no answer in time");
    from.end(transaction);
  }

  /** Tells of all that expired at one tick in one line. */
  void logExpired(Leg from, int count, String first) {
    LOG.warn(
        "no answer from {} in {} ms: {}{}",
        from.peer().name(),
        TimeUnit.NANOSECONDS.toMillis(settings.sessionTimeoutNanos()),
        first,
        count == 1 ? "" : " and " + (count - 1) + " more");
  }

  void onStateChange(Leg leg) {
    conductor.stateChanged(leg.peer(), leg.member());
  }

  void onSuspect(Leg leg) {
    failover.onSuspect(leg);
  }

  /** Some of the leg's requests wait for other peers to take them. */
  void moveLost(Leg leg) {
    failover.onLost(leg);
  }

  /** What was sent before this time goes to another peer. True when something did. */
  boolean moveOverdue(Leg leg, long sentBeforeNanos) {
    return failover.onOverdue(leg, sentBeforeNanos);
  }

  /** Goes on with something of a leg's in that time, or in the loop's next turn. */
  void later(Leg leg, long millis, Runnable task) {
    loop.eventLoop()
        .schedule(
            () -> {
              loop.readClock();
              try {
                task.run();
              } catch (RuntimeException defect) {
                onDefect(leg, defect);
              }
            },
            millis,
            TimeUnit.MILLISECONDS);
  }

  void onDisconnectRequested(Leg leg) {
    later(leg, Failover.LEAVING_GRACE_MILLIS, () -> failover.onLeaving(leg));
  }

  void onBrokenStream(Leg leg, String fault) {
    LOG.error("{} {} sent no Diameter: {}", leg.peer().name(), leg.peer().address(), fault);
  }

  void onClosed(Leg leg, int owed, CloseReason reason) {
    conductor.closed(leg.peer(), leg.member(), reason, leg.pending());
    failover.onLost(leg);
    if (owed > 0) {
      for (Proxy proxy : proxies) {
        proxy.loop.execute(() -> proxy.requesterGone = true);
      }
    }
  }

  /**
   * Peers are gone: what they asked for need not be answered any more. One pass, however many have
   * gone since the last.
   */
  private void forgetGone() {
    requesterGone = false;
    for (Leg leg : List.copyOf(ticking)) {
      leg.table()
          .forEach(t -> {
            if (t.requester().isGone()) {
              counters.count(Counter.REQUESTER_GONE);
              leg.end(t);
            }
          });
    }
  }

  /**
   * Answers every request that still waits: the gateway is about to end, and its peers will not say
   * any more. On the loop.
   */
  public void giveUp() {
    for (Leg leg : List.copyOf(ticking)) {
      leg.table()
          .forEach(t -> {
            failover.refuse(t, ResultCode.UNABLE_TO_DELIVER, "shutting down");
            leg.end(t);
          });
    }
  }

  void onDefect(Leg leg, Throwable defect) {
    counters.count(Counter.DEFECTS);
    LOG.error("defect while handling a message of {}", leg.peer().name(), defect);
  }

  // ------------------------------------------------------------------ what is counted

  void onFlushed(int messages, long firstNanos, long nowNanos) {
    forwarding.record(nowNanos - firstNanos, messages);
  }

  NextHops nextHops() {
    return nextHops;
  }

  Request request() {
    return request;
  }

  /** Whether this is the proxy of that loop. Any thread. */
  public boolean isOf(PeerLoop other) {
    return loop == other;
  }

  /** Runs a task on the loop. Any thread. */
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /** This loop's part of the requests that are unaccounted for; only the sum over all tells. */
  public long unaccounted() {
    return counters.of(Counter.REQUESTS_FROM_APPS)
        + counters.of(Counter.REQUESTS_FROM_DRAS)
        - counters.of(Counter.ANSWERED)
        - counters.of(Counter.ANSWERED_BY_GATEWAY)
        - counters.of(Counter.REQUESTER_GONE)
        - pending;
  }

  /** Adds what this loop counted to a report. On the loop. */
  public void addTo(ProxyReport report) {
    report.counters().addAll(counters);
    report.forwarding().add(forwarding);
    report.add(pending, roundTripNanos);
  }
}
