package io.diametergw.lab.logicapp;

import io.diametergw.lab.LabMessage;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps the {@link Ledger} of all connections of a {@link SimulatedLogicApp}. Every method is one
 * entry, made under one lock.
 */
final class AppBooks {
  private final Map<Integer, Long> byResultCode = new HashMap<>();
  private long sent;
  private long answered;
  private long madeByPeer;
  private long unanswered;
  private long duplicate;
  private long late;
  private long foreign;
  private long mismatchedEndToEnd;
  private long mismatchedSession;
  private long corrupt;
  private long pushes;
  private long misroutedPushes;

  synchronized void sent() {
    sent++;
  }

  synchronized void answered(LabMessage answer, boolean byPeer) {
    answered++;
    madeByPeer += byPeer ? 1 : 0;
    byResultCode.merge(answer.resultCode(), 1L, Long::sum);
    notifyAll();
  }

  synchronized void unanswered(int requests) {
    unanswered += requests;
    notifyAll();
  }

  synchronized void duplicate() {
    duplicate++;
  }

  synchronized void late() {
    late++;
  }

  synchronized void foreign() {
    foreign++;
  }

  synchronized void mismatchedEndToEnd() {
    mismatchedEndToEnd++;
  }

  synchronized void mismatchedSession() {
    mismatchedSession++;
  }

  synchronized void corrupt() {
    corrupt++;
  }

  synchronized void push(boolean misrouted) {
    pushes++;
    misroutedPushes += misrouted ? 1 : 0;
  }

  /** Waits until nothing is in flight; false when something still is after that long. */
  synchronized boolean awaitQuiet(long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
    while (inFlight() > 0) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  private long inFlight() {
    return sent - answered - unanswered;
  }

  synchronized Ledger ledger() {
    return new Ledger(
        sent,
        answered,
        byResultCode,
        madeByPeer,
        unanswered,
        inFlight(),
        duplicate,
        late,
        foreign,
        mismatchedEndToEnd,
        mismatchedSession,
        corrupt,
        pushes,
        misroutedPushes);
  }
}
