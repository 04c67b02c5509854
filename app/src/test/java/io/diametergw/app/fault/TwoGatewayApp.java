package io.diametergw.app.fault;

import io.diametergw.lab.LabMessage;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A Logic App with a connection to each of two gateways: what one refuses or leaves without an
 * answer it asks the other once, with T where nobody answered (RFC 6733 §3).
 */
final class TwoGatewayApp implements AutoCloseable {
  private final List<SimulatedLogicApp> connections;
  private final AtomicInteger number = new AtomicInteger();
  private final LongAdder good = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder unanswered = new LongAdder();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final Semaphore settled = new Semaphore(0);
  private final Thread asking;
  private volatile boolean ended;

  private TwoGatewayApp(List<SimulatedLogicApp> connections, int rate) {
    this.connections = connections;
    this.asking = Thread.ofPlatform().name("two gateways").start(() -> askLoop(rate));
  }

  /** Connects and asks so many times a second, one gateway after the other. */
  static TwoGatewayApp start(InetSocketAddress first, InetSocketAddress second, int rate) {
    return new TwoGatewayApp(List.of(connect(first), connect(second)), rate);
  }

  private static SimulatedLogicApp connect(InetSocketAddress gateway) {
    return new SimulatedLogicApp("app0.example.com", "example.com")
        .reconnects(true)
        .connect(gateway);
  }

  private void askLoop(int rate) {
    long begun = System.nanoTime();
    while (!ended) {
      long due = begun + number.get() * 1_000_000_000L / rate;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      int turn = number.getAndIncrement();
      int gateway = isConnected(turn % 2) ? turn % 2 : 1 - turn % 2;
      var requests = connections.get(gateway).requests(0);
      ask(gateway, requests.air(requests.sessionId(turn), "001010000000001"), false);
    }
  }

  private void ask(int gateway, LabMessage request, boolean again) {
    var _ =
        connections
            .get(gateway)
            .sendAsIs(0, request)
            .whenComplete((answer, failure) -> settle(gateway, request, again, answer, failure));
  }

  private void settle(
      int gateway,
      LabMessage request,
      boolean again,
      @Nullable LabMessage answer,
      @Nullable Throwable failure) {
    if (answer != null && answer.resultCode() == ResultCode.SUCCESS.code()) {
      good.increment();
      settled.release();
    } else if (again) {
      failures.add(answer == null ? String.valueOf(failure) : answer.summary());
      settled.release();
    } else if (answer != null) {
      refused.increment();
      ask(1 - gateway, request, true);
    } else {
      unanswered.increment();
      ask(1 - gateway, request.withFlags(request.flags() | Header.RETRANSMITTED), true);
    }
  }

  /** Whether its connection to that gateway, 0 or 1, is open. */
  boolean isConnected(int gateway) {
    return connections.get(gateway).openConnections() == 1;
  }

  /** Asks no more and waits for the last answers. */
  void end() {
    ended = true;
    try {
      asking.join();
      settled.acquire(number.get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  int asked() {
    return number.get();
  }

  /** Requests that got 2001, at the first gateway or at the second. */
  long good() {
    return good.sum();
  }

  /** Requests that the first gateway refused, and that went to the other. */
  long refused() {
    return refused.sum();
  }

  /** Requests that the first gateway left without an answer, and that went to the other with T. */
  long unanswered() {
    return unanswered.sum();
  }

  /** Why requests got no good answer from either. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    ended = true;
    connections.forEach(SimulatedLogicApp::close);
  }
}
