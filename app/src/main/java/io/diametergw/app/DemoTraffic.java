package io.diametergw.app;

import io.diametergw.gateway.metrics.Latency;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.Requests;
import io.diametergw.lab.Requests.CcRequestType;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.Ledger;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.ResultCode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The two Logic Apps of the demo and the traffic of both directions: S6a, S13 and Gx requests at a
 * steady rate, and now and then a CLR or RAR that a DRA starts.
 */
final class DemoTraffic implements AutoCloseable {
  static final String REALM = "example.com";
  static final String MME = "mme-1.example.com";
  static final String PGW = "pgw-1.example.com";

  private static final Duration PATIENCE =
      Duration.ofSeconds(40); // beyond session-timeout: the gateway answers first
  private static final long PUSH_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long LONGEST_LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * What the Logic Apps, and the DRAs with their own requests, have noticed.
   *
   * @param asked requests of the Logic Apps
   * @param answered of them, with success
   * @param refused of them, answered with an error
   * @param lost of them, without an answer
   * @param pushed requests of the DRAs
   * @param pushAnswered of them, with success
   * @param pushFailed of them, without an answer or with an error
   */
  record Noticed(
      long asked,
      long answered,
      long refused,
      long lost,
      long pushed,
      long pushAnswered,
      long pushFailed) {
    long inFlight() {
      return asked - answered - refused - lost;
    }

    Noticed since(Noticed before) {
      return new Noticed(
          asked - before.asked,
          answered - before.answered,
          refused - before.refused,
          lost - before.lost,
          pushed - before.pushed,
          pushAnswered - before.pushAnswered,
          pushFailed - before.pushFailed);
    }
  }

  private final SimulatedLogicApp mme =
      new SimulatedLogicApp(MME, REALM)
          .advertise(List.of(LabApplication.S6A.id(), LabApplication.S13.id()))
          .answerTimeout(PATIENCE);
  private final SimulatedLogicApp pgw =
      new SimulatedLogicApp(PGW, REALM).application(LabApplication.GX).answerTimeout(PATIENCE);
  private final List<SimulatedDra> dras;
  private final int rate;
  private final ReentrantLock pushing =
      new ReentrantLock(); // held while a request of a DRA waits for its answer
  private final ReentrantLock books = new ReentrantLock();
  private Noticed noticed = new Noticed(0, 0, 0, 0, 0, 0, 0);
  private Latency latency = new Latency();
  private @Nullable Thread asker;
  private @Nullable Thread pusher;
  private volatile boolean stopped;

  DemoTraffic(List<SimulatedDra> dras, int rate) {
    this.dras = dras;
    this.rate = rate;
  }

  void connect(InetSocketAddress gateway) {
    mme.connect(gateway);
    pgw.connect(gateway);
  }

  void start() {
    asker = Thread.ofPlatform().daemon().name("demo-ask").start(this::askLoop);
    pusher = Thread.ofVirtual().name("demo-push").start(this::pushLoop);
  }

  private void askLoop() {
    long pauseNanos = TimeUnit.SECONDS.toNanos(1) / rate;
    long due = System.nanoTime();
    for (int n = 0; !stopped; n++) {
      ask(n);
      long now = System.nanoTime();
      due =
          Math.max(
              due + pauseNanos,
              now - LONGEST_LAG_NANOS); // a machine that stood still is not made up for
      while (due - now > 0) {
        LockSupport.parkNanos(due - now);
        now = System.nanoTime();
      }
    }
  }

  /**
   * One subscriber after another: attaches (AIR, ULR), has the phone checked (ECR), opens, changes
   * and ends a bearer (CCR).
   */
  private void ask(int n) {
    int subscriber = n / 6;
    String imsi = "00101%010d".formatted(subscriber);
    Requests s6a = mme.requests(0);
    Requests gx = pgw.requests(0);
    String bearer = gx.sessionId(subscriber);
    switch (n % 6) {
      case 0 -> ask(mme, s6a.air(s6a.sessionId(n), imsi));
      case 1 -> ask(mme, s6a.ulr(s6a.sessionId(n), imsi));
      case 2 -> ask(mme, s6a.ecr(s6a.sessionId(n), imsi));
      case 3 -> ask(pgw, gx.gx(bearer, imsi, CcRequestType.INITIAL, 0));
      case 4 -> ask(pgw, gx.gx(bearer, imsi, CcRequestType.UPDATE, 1));
      default -> ask(pgw, gx.gx(bearer, imsi, CcRequestType.TERMINATION, 2));
    }
  }

  private void ask(SimulatedLogicApp app, LabMessage request) {
    book(1, 0, 0, 0, 0, 0, 0);
    long begun = System.nanoTime();
    var _ =
        app.send(0, request)
            .whenComplete((answer, failure) -> answered(answer, System.nanoTime() - begun));
  }

  private void answered(@Nullable LabMessage answer, long nanos) {
    if (answer == null) {
      book(0, 0, 0, 1, 0, 0, 0);
      return;
    }
    boolean good = ResultCode.isSuccess(answer.resultCode());
    book(0, good ? 1 : 0, good ? 0 : 1, 0, 0, 0, 0);
    books.lock();
    try {
      latency.record(nanos, 1);
    } finally {
      books.unlock();
    }
  }

  private void book(
      int asked,
      int answered,
      int refused,
      int lost,
      int pushed,
      int pushAnswered,
      int pushFailed) {
    books.lock();
    try {
      noticed =
          new Noticed(
              noticed.asked + asked,
              noticed.answered + answered,
              noticed.refused + refused,
              noticed.lost + lost,
              noticed.pushed + pushed,
              noticed.pushAnswered + pushAnswered,
              noticed.pushFailed + pushFailed);
    } finally {
      books.unlock();
    }
  }

  private void pushLoop() {
    for (int n = 0; !stopped; n++) {
      pushing.lock();
      try {
        push(n);
      } finally {
        pushing.unlock();
      }
      LockSupport.parkNanos(PUSH_PAUSE_NANOS);
    }
  }

  private void push(int n) {
    var open = dras.stream().filter(dra -> dra.openConnections() > 0).toList();
    if (open.isEmpty()) {
      return;
    }
    SimulatedDra dra = open.get(n / 2 % open.size());
    CompletableFuture<LabMessage> answer =
        n % 2 == 0 ? dra.push(PushCommand.CLR, MME, REALM) : dra.push(PushCommand.RAR, PGW, REALM);
    boolean good =
        ResultCode.isSuccess(
            answer.handle((message, failure) -> message == null ? 0 : message.resultCode()).join());
    book(0, 0, 0, 0, 1, good ? 1 : 0, good ? 0 : 1);
  }

  /**
   * Does something to a DRA at a moment when none waits for an answer to its own request, which
   * would go down with it.
   */
  void betweenPushes(Runnable action) {
    pushing.lock();
    try {
      action.run();
    } finally {
      pushing.unlock();
    }
  }

  /** Sends no more. What is in flight stays in flight. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : new @Nullable Thread[] {asker, pusher}) {
      if (thread != null) {
        thread.join();
      }
    }
  }

  /** What was noticed so far. */
  Noticed noticed() {
    books.lock();
    try {
      return noticed;
    } finally {
      books.unlock();
    }
  }

  /** How long answers took since the last call. */
  Latency takeLatency() {
    books.lock();
    try {
      Latency taken = latency;
      latency = new Latency();
      return taken;
    } finally {
      books.unlock();
    }
  }

  /** The Logic Apps' own books, which tell of answers that should not have come. */
  List<Ledger> ledgers() {
    return List.of(mme.ledger(), pgw.ledger());
  }

  /** Waits until nothing is in flight. */
  void awaitQuiet() {
    mme.awaitQuiet(PATIENCE);
    pgw.awaitQuiet(PATIENCE);
  }

  @Override
  public void close() {
    stopped = true;
    mme.close();
    pgw.close();
  }
}
