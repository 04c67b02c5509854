package io.diametergw.peer;

import io.diametergw.peer.PeerModel.Due;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A node with one peer that it dials and two that dial it, on one event loop whose clock the steps
 * move, each beside its model. After each step everything has done what it had to, and is compared.
 */
final class ModelWorld implements AutoCloseable {
  static final LocalNode NODE = Owner.node(Application.auth(4));

  /** Dialled is the first, accepted the others. */
  static final int PEERS = 3;

  private static final long START_NANOS = 1_000_000_000_000L;

  /** A step: something that happens to one of the peers, or time that passes for all. */
  record Step(int peer, ModelEvent event, long nanos) {
    @Override
    public String toString() {
      return event == ModelEvent.TIME ? "pass(" + nanos + "L)" : event + "(" + peer + ")";
    }
  }

  private final MockTicker clock = Ticker.newMockTicker();
  private final EmbeddedChannel home = EmbeddedChannel.builder().ticker(clock).build();
  private final PeerLoop loop;
  private final SplittableRandom jitter;
  private final List<ModelledPeer> peers = new ArrayList<>();

  ModelWorld(
      long seed,
      ModelRows rows,
      Map<String, Long> covered,
      Map<WatchdogModel.Row, Long> watchdogCovered) {
    clock.advance(START_NANOS, TimeUnit.NANOSECONDS);
    jitter = new SplittableRandom(seed);
    loop = new PeerLoop(home.eventLoop(), PooledByteBufAllocator.DEFAULT, 0);
    for (int i = 0; i < PEERS; i++) {
      var model = new PeerModel(i == 0, rows, covered, watchdogCovered);
      peers.add(new ModelledPeer(this, model, i == 0, jitter));
    }
    turn();
    peers.get(0).model().apply(ModelEvent.DIAL, now());
    peers.get(0).takeSent();
  }

  PeerLoop loop() {
    return loop;
  }

  Ticker clock() {
    return clock;
  }

  SplittableRandom jitter() {
    return jitter;
  }

  long now() {
    return clock.nanoTime();
  }

  PeerModel model(int peer) {
    return peers.get(peer).model();
  }

  /** Makes a step and compares; false when it cannot happen now. */
  boolean make(Step step) {
    if (step.event() == ModelEvent.TIME) {
      pass(step.nanos());
      return true;
    }
    ModelledPeer peer = peers.get(step.peer());
    if (!peer.model().allows(step.event())) {
      return false;
    }
    List<String> expected = peer.model().apply(step.event(), now());
    peer.inject(step.event());
    turn();
    List<String> sent = peer.takeSent();
    if (!sent.equals(expected)) {
      throw new AssertionError(
          "sent " + sent + " where the model says " + expected + ", then " + peer.expected());
    }
    look();
    return true;
  }

  private void pass(long nanos) {
    long end = now() + nanos;
    while (true) {
      turn();
      peers.forEach(this::lookAtTime);
      look();
      long left = end - now();
      if (left == 0) {
        return;
      }
      long next = home.runScheduledPendingTasks();
      clock.advance(next < 0 ? left : Math.min(next, left), TimeUnit.NANOSECONDS);
    }
  }

  /** The loop runs until nothing is left to do at this moment. */
  void turn() {
    boolean again = true;
    while (again) {
      home.runPendingTasks();
      again = home.runScheduledPendingTasks() == 0;
      for (ModelledPeer peer : peers) {
        again |= peer.pump();
      }
    }
    home.runPendingTasks();
  }

  /** What was sent by itself must be due, and what is overdue must have been sent. */
  private void lookAtTime(ModelledPeer peer) {
    List<String> sent = new ArrayList<>(peer.takeSent());
    while (!sent.isEmpty()) {
      Due due = due(peer.model(), sent);
      List<String> expected = peer.model().apply(due.event(), now());
      if (expected.size() > sent.size() || !sent.subList(0, expected.size()).equals(expected)) {
        throw new AssertionError(
            "sent " + sent + " where the model says " + expected + " for " + due.event());
      }
      sent.subList(0, Math.max(1, expected.size())).clear();
    }
    for (Due due : peer.model().due()) {
      if (due.event() == ModelEvent.TIMEOUT
          && peer.model().state() == ModelState.WAIT_CONN_ACK
          && now() == due.window().to()) {
        peer.gaveUp();
        peer.model().apply(ModelEvent.TIMEOUT, now());
      } else if (now() > due.window().to()) {
        throw new AssertionError(
            due.event() + " is overdue by " + (now() - due.window().to()) + " ns");
      }
    }
  }

  private Due due(PeerModel model, List<String> sent) {
    long now = now();
    return model.due().stream()
        .filter(due -> due.window().from() <= now && now <= due.window().to())
        .filter(due -> sent.get(0).equals(model.announces(due.event())))
        .findFirst()
        .orElseThrow(() ->
            new AssertionError(
                "sent "
                    + sent
                    + " at "
                    + now
                    + " where nothing of the sort is due: "
                    + model.due()));
  }

  /** Nobody has sent more than was expected, and all look as their models do. */
  private void look() {
    for (int i = 0; i < peers.size(); i++) {
      ModelledPeer peer = peers.get(i);
      List<String> more = peer.takeSent();
      if (!more.isEmpty() || !peer.seen().equals(peer.expected())) {
        throw new AssertionError(
            "peer "
                + i
                + " is "
                + peer.seen()
                + " where the model says "
                + peer.expected()
                + "; sent besides: "
                + more);
      }
    }
  }

  @Override
  public void close() {
    peers.forEach(ModelledPeer::close);
    turn();
    peers.forEach(ModelledPeer::takeSent);
    home.close();
  }
}
