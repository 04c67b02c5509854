package io.diametergw.lab.logicapp;

import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.MessageLog;
import io.diametergw.lab.Requests;
import io.diametergw.wire.ResultCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Logic Application to test with: it asks, checks every answer, and keeps a {@link Ledger}.
 *
 * <pre>{@code
 * try (var app = new SimulatedLogicApp("app%d.example.com", "example.com").connections(2).connect(gatewayPort)) {
 *   LabMessage answer = app.send().get(5, SECONDS);
 *   app.sendWindow(100, Duration.ofSeconds(2));
 *   assertThat(app.ledger().isClean()).as(app.report()).isTrue();
 * }
 * }</pre>
 *
 * <p>Options are set before {@link #connect}, those of the answers to pushes at any time. Any
 * thread may send. It is long because each option, and each way to send, is a method that says what
 * it does.
 */
public final class SimulatedLogicApp implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration DPA_PATIENCE = Duration.ofSeconds(2);
  private static final long RECONNECT_NANOS = 100_000_000;
  private static final long SWEEP_NANOS = 20_000_000;
  private static final long AFTER_FAILURE_NANOS = 10_000_000;

  private final String originHost;
  private final String originRealm;
  private final MessageLog log = new MessageLog();
  private final AppBooks books = new AppBooks();
  private final List<AppConnection> connections = new CopyOnWriteArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger sessions = new AtomicInteger();
  private final int endToEndMask = ThreadLocalRandom.current().nextInt(1, 0x1000) << 20;

  private int count = 1;
  private LabApplication application = LabApplication.S6A;
  private @Nullable List<Integer> advertised;
  private String destinationRealm;
  private @Nullable String destinationHost;
  private boolean reconnects;
  private Duration answerTimeout = CONNECT_TIMEOUT;
  private volatile boolean answersPushes = true;
  private volatile int pushResultCode = ResultCode.SUCCESS.code();
  private volatile Consumer<LabMessage> pushListener = _ -> {};
  private volatile boolean sending = true;
  private volatile boolean closed;
  private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /**
   * An S6a application that asks its own realm.
   *
   * @param originHost its identity; {@code %d} in it becomes the number of the connection, from 0
   */
  public SimulatedLogicApp(String originHost, String originRealm) {
    this.originHost = originHost;
    this.originRealm = originRealm;
    this.destinationRealm = originRealm;
  }

  // ---- options

  /** How many connections {@link #connect} opens: 1 unless told. */
  public SimulatedLogicApp connections(int count) {
    this.count = count;
    return this;
  }

  /** What it asks and advertises: S6a unless told. */
  public SimulatedLogicApp application(LabApplication application) {
    this.application = application;
    return this;
  }

  /** Advertises these Application-IDs instead of the one it asks. */
  public SimulatedLogicApp advertise(List<Integer> applicationIds) {
    this.advertised = List.copyOf(applicationIds);
    return this;
  }

  /** The realm it asks: its own unless told. */
  public SimulatedLogicApp destinationRealm(String destinationRealm) {
    this.destinationRealm = destinationRealm;
    return this;
  }

  /** The host it asks: none unless told. */
  public SimulatedLogicApp destinationHost(@Nullable String destinationHost) {
    this.destinationHost = destinationHost;
    return this;
  }

  /** Connects again, ten times a second, when a connection ends. */
  public SimulatedLogicApp reconnects(boolean reconnects) {
    this.reconnects = reconnects;
    return this;
  }

  /** Gives up a request after this long: 5 s unless told. */
  public SimulatedLogicApp answerTimeout(Duration answerTimeout) {
    this.answerTimeout = answerTimeout;
    return this;
  }

  /** Answers requests that a DRA starts, with 2001, unless told otherwise here. */
  public SimulatedLogicApp answersPushes(boolean answersPushes) {
    this.answersPushes = answersPushes;
    return this;
  }

  /** Answers requests that a DRA starts with this code. */
  public SimulatedLogicApp pushResultCode(int pushResultCode) {
    this.pushResultCode = pushResultCode;
    return this;
  }

  /** Gets every request that a DRA started, before it is answered. */
  public SimulatedLogicApp onPush(Consumer<LabMessage> pushListener) {
    this.pushListener = pushListener;
    return this;
  }

  // ---- its life

  /**
   * Opens its connections to a port of the loopback address, see {@link
   * #connect(InetSocketAddress)}.
   */
  public SimulatedLogicApp connect(int port) {
    return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /**
   * Opens its connections, one after the other, and returns when each has its CEA 2001. An
   * UncheckedIOException otherwise.
   */
  public SimulatedLogicApp connect(InetSocketAddress address) {
    this.address = address;
    try {
      for (int i = 0; i < count; i++) {
        connections.add(opened(i));
      }
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while connecting to " + address, e);
    }
    Thread.ofVirtual().name("logic-app-sweep").start(this::sweepLoop);
    return this;
  }

  private AppConnection opened(int index) throws IOException, InterruptedException {
    String host =
        originHost.contains("%d") ? String.format(Locale.ROOT, originHost, index) : originHost;
    var ids = advertised == null ? List.of(application.id()) : advertised;
    var connection = new AppConnection(this, books, new LabNode(host, originRealm, ids));
    connection.open(address, CONNECT_TIMEOUT);
    return connection;
  }

  private void sweepLoop() {
    while (!closed) {
      connections.forEach(connection -> connection.expire(answerTimeout));
      LockSupport.parkNanos(SWEEP_NANOS);
    }
  }

  void ended(AppConnection connection) {
    int index = connections.indexOf(connection);
    if (reconnects && !closed && index >= 0 && connection.replace()) {
      Thread.ofVirtual().name("logic-app-reconnect").start(() -> reconnectLoop(index));
    }
  }

  private void reconnectLoop(int index) {
    while (!closed) {
      LockSupport.parkNanos(RECONNECT_NANOS);
      try {
        var connection = opened(index);
        connections.set(index, connection);
        if (closed) {
          connection.reset();
        } else if (!connection.isOpen() && connection.replace()) {
          continue; // it ended before it stood in the list
        }
        return;
      } catch (IOException e) {
        log.event("== reconnect: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Sends DPR on every connection and closes it when the DPA has come, or after 2 s. */
  public void disconnect() {
    closed = true;
    stopSending();
    var ending = new ArrayList<Thread>();
    for (var connection : connections) {
      ending.add(Thread.ofVirtual().start(() -> disconnect(connection)));
    }
    try {
      for (var thread : ending) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void disconnect(AppConnection connection) {
    try {
      connection.disconnect(DPA_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Resets its {@code index}th connection, as a process that is killed. */
  public void reset(int index) {
    connections.get(index).reset();
  }

  /** Stops reading on its {@code index}th connection, so that what the peer sends piles up. */
  public void stopReading(int index) {
    var connection = connections.get(index).connection();
    if (connection != null) {
      connection.stopReading();
    }
  }

  /** Reads again. */
  public void resumeReading(int index) {
    var connection = connections.get(index).connection();
    if (connection != null) {
      connection.resumeReading();
    }
  }

  @Override
  public void close() {
    disconnect();
  }

  // ---- asking

  /** Sends the application's first request in a new session, on the open connections in turn. */
  public CompletableFuture<LabMessage> send() {
    for (int i = 0; i < connections.size(); i++) {
      var connection = connections.get(Math.floorMod(turn.getAndIncrement(), connections.size()));
      if (connection.isOpen()) {
        return connection.send(request(connection));
      }
    }
    return CompletableFuture.failedFuture(new IOException("no open connection"));
  }

  /**
   * Sends {@code request} on the {@code index}th connection, with Hop-by-Hop and End-to-End
   * Identifiers of its own.
   */
  public CompletableFuture<LabMessage> send(int index, LabMessage request) {
    return connections.get(index).send(request);
  }

  /**
   * Sends {@code request} on the {@code index}th connection as it is but for its Hop-by-Hop
   * Identifier: a request that is sent again keeps its End-to-End Identifier (RFC 6733 §3).
   */
  public CompletableFuture<LabMessage> sendAsIs(int index, LabMessage request) {
    return connections.get(index).sendAsIs(request);
  }

  /** The messages that its {@code index}th connection can send. */
  public Requests requests(int index) {
    return requests(connections.get(index));
  }

  private Requests requests(AppConnection connection) {
    return new Requests(
        connection.node().originHost(), originRealm, destinationHost, destinationRealm);
  }

  private LabMessage request(AppConnection connection) {
    int number = sessions.incrementAndGet();
    var requests = requests(connection);
    return requests.first(
        application,
        requests.sessionId(number),
        "00101%010d".formatted(number & Integer.MAX_VALUE));
  }

  /**
   * Keeps {@code window} requests in flight for that long, waits for the last answers, and returns
   * the books.
   */
  public Ledger sendWindow(int window, Duration duration) {
    sending = true;
    long end = System.nanoTime() + duration.toNanos();
    var senders = new ArrayList<Thread>();
    for (int i = 0; i < window; i++) {
      senders.add(Thread.ofVirtual().name("logic-app-window").start(() -> sendUntil(end)));
    }
    try {
      for (var sender : senders) {
        sender.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ledger();
  }

  private void sendUntil(long end) {
    while (System.nanoTime() - end < 0 && sending) {
      try {
        send().join();
      } catch (CompletionException e) {
        LockSupport.parkNanos(AFTER_FAILURE_NANOS); // counted already
      }
    }
  }

  /**
   * Sends that many requests a second for that long, waits for the last answers, and returns the
   * books.
   */
  public Ledger sendAtRate(double perSecond, Duration duration) {
    sending = true;
    long start = System.nanoTime();
    long requests = (long) (perSecond * duration.toNanos() / 1e9);
    for (long n = 0; n < requests && sending; n++) {
      long due = start + (long) (n * 1e9 / perSecond);
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      var _ = send();
    }
    awaitQuiet(answerTimeout.plusSeconds(1));
    return ledger();
  }

  /**
   * Ends {@link #sendWindow} and {@link #sendAtRate} before their time; what is in flight is still
   * waited for.
   */
  public void stopSending() {
    sending = false;
  }

  /** Waits until nothing is in flight; false when something still is after that long. */
  public boolean awaitQuiet(Duration timeout) {
    try {
      return books.awaitQuiet(timeout.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  // ---- what it saw

  /** The books so far. */
  public Ledger ledger() {
    return books.ledger();
  }

  /** How many of its connections are open. */
  public int openConnections() {
    return (int) connections.stream().filter(AppConnection::isOpen).count();
  }

  /** The last messages in both directions, one line each. */
  public String log() {
    return log.toString();
  }

  /** The books and the {@link #log}, for the description of an assertion. */
  public String report() {
    return ledger() + "\n" + log();
  }

  @Override
  public String toString() {
    return "SimulatedLogicApp["
        + originHost
        + " "
        + openConnections()
        + "/"
        + count
        + " open, "
        + ledger()
        + "]";
  }

  // ---- for its connections

  MessageLog messageLog() {
    return log;
  }

  int endToEndMask() {
    return endToEndMask;
  }

  boolean answersPushes() {
    return answersPushes;
  }

  int pushResultCode() {
    return pushResultCode;
  }

  void pushReceived(LabMessage request) {
    pushListener.accept(request);
  }
}
