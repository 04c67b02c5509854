package io.diametergw.lab.dra;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabConnection;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.MessageLog;
import io.diametergw.lab.PushCommand;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Identity;
import io.diametergw.wire.ResultCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Diameter Routing Agent to test against: it answers every request with a success of real
 * content, until told otherwise.
 *
 * <pre>{@code
 * try (var dra = new SimulatedDra("dra1.example.com", "example.com").start()) {
 *   ... dra.port() ...
 *   dra.errorEvery(3, 3004);
 *   ... dra.count(DraCounter.REQUESTS), dra.requests() ...
 *   dra.kill();
 *   dra.restart();
 * }
 * }</pre>
 *
 * <p>How it behaves can be changed at any time and by any thread, and holds for what arrives from
 * then on. Counters and kept requests survive {@link #stop}, {@link #kill} and {@link #restart}. It
 * is long because each way to misbehave is a method that says what it does.
 */
public final class SimulatedDra implements AutoCloseable {
  static final int NO_ANSWER = 0;

  /** What can be wrong with an answer. */
  enum Flaw {
    NONE,
    TWICE,
    LATE,
    FOREIGN
  }

  private static final int BACKLOG = 1024;
  private static final int KEPT_REQUESTS = 1_000;
  private static final Duration DPA_PATIENCE = Duration.ofSeconds(2);

  private final LabNode node;
  private final Identity host;
  private final Identity realm;
  private final MessageLog log = new MessageLog();
  private final DraBooks books = new DraBooks();
  private final AtomicLong pushNumber = new AtomicLong();
  private final List<DraConnection> connections = new CopyOnWriteArrayList<>();
  private final ScheduledThreadPoolExecutor delayed =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("dra-delay").factory());

  private volatile InetSocketAddress address =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private volatile Identity serverHost;
  private volatile Identity serverRealm;
  private volatile long delayNanos;
  private volatile long jitterNanos;
  private volatile int resultCode = ResultCode.SUCCESS.code();
  private volatile int errorEvery;
  private volatile int errorCode = ResultCode.TOO_BUSY.code();
  private volatile int dropEvery;
  private volatile int twiceEvery;
  private volatile int lateEvery;
  private volatile long lateNanos;
  private volatile int foreignEvery;
  private volatile long muteAfter = Long.MAX_VALUE;
  private volatile boolean muted;
  private volatile boolean notReading;
  private volatile int ceaCode = ResultCode.SUCCESS.code();
  private volatile boolean answersCer = true;
  private volatile int keptRequests = KEPT_REQUESTS;
  private volatile Consumer<String> reporter = _ -> {};
  private @Nullable ServerSocket listener;
  private volatile @Nullable Thread pusher;

  /** A DRA of this identity that advertises Relay. */
  public SimulatedDra(String originHost, String originRealm) {
    this(LabNode.relay(originHost, originRealm));
  }

  /** A DRA that advertises what {@code node} does. */
  public SimulatedDra(LabNode node) {
    this.node = node;
    this.host = Identity.of(node.originHost());
    this.realm = Identity.of(node.originRealm());
    this.serverHost = host;
    this.serverRealm = realm;
    delayed.setRemoveOnCancelPolicy(true);
  }

  // ---- what it does

  /**
   * Listens there instead of on a port of the loopback address that the system chooses. Call before
   * {@link #start}.
   */
  public SimulatedDra listen(InetSocketAddress address) {
    this.address = address;
    return this;
  }

  /** Every answer waits this long, plus a random part of {@code jitter}. */
  public SimulatedDra delay(Duration delay, Duration jitter) {
    this.delayNanos = delay.toNanos();
    this.jitterNanos = jitter.toNanos();
    return this;
  }

  /** Every answer has this Result-Code; 3xxx codes also the E bit. */
  public SimulatedDra resultCode(int resultCode) {
    this.resultCode = resultCode;
    return this;
  }

  /** Every {@code n}th request gets this code instead; 0 ends it. */
  public SimulatedDra errorEvery(int n, int code) {
    this.errorCode = code;
    this.errorEvery = n;
    return this;
  }

  /**
   * Every {@code n}th request gets no answer, while DWR still does; 1 makes a DRA that is alive and
   * useless, 0 ends it.
   */
  public SimulatedDra dropEvery(int n) {
    this.dropEvery = n;
    return this;
  }

  /**
   * Sends every {@code n}th answer twice; 0 ends it. With the same {@code n} of 3 or more, this,
   * {@link #lateEvery} and {@link #foreignEvery} spoil different answers.
   */
  public SimulatedDra twiceEvery(int n) {
    this.twiceEvery = n;
    return this;
  }

  /** Sends every {@code n}th answer this much later than the others; 0 ends it. */
  public SimulatedDra lateEvery(int n, Duration late) {
    this.lateNanos = late.toNanos();
    this.lateEvery = n;
    return this;
  }

  /**
   * Sends every {@code n}th answer with a wrong Hop-by-Hop Identifier, the one after its own: a
   * peer that counts its requests has another request there. 0 ends it.
   */
  public SimulatedDra foreignEvery(int n) {
    this.foreignEvery = n;
    return this;
  }

  /** Falls silent, as by {@link #mute}, once it has received {@code n} requests in all. */
  public SimulatedDra muteAfter(long n) {
    this.muteAfter = n;
    return this;
  }

  /** Answers CER with this Result-Code; the connection is open only after 2xxx. */
  public SimulatedDra ceaCode(int ceaCode) {
    this.ceaCode = ceaCode;
    return this;
  }

  /** False leaves every CER unanswered. */
  public SimulatedDra answersCer(boolean answersCer) {
    this.answersCer = answersCer;
    return this;
  }

  /**
   * Answers requests as a relay for that server: its Origin-Host and Origin-Realm stand in the
   * answers, the DRA's own in CEA and DWA.
   */
  public SimulatedDra relaysFor(String serverHost, String serverRealm) {
    this.serverRealm = Identity.of(serverRealm);
    this.serverHost = Identity.of(serverHost);
    return this;
  }

  /**
   * How many requests {@link #requests} keeps: 1,000 unless told; 0 when only the counters matter.
   */
  public SimulatedDra keepRequests(int n) {
    this.keptRequests = n;
    return this;
  }

  /** Gets a line whenever a peer connects, sends CER or goes. */
  public SimulatedDra reportTo(Consumer<String> reporter) {
    this.reporter = reporter;
    return this;
  }

  /**
   * Stops answering anything, DWR too, while connections stay up and are read: a process that
   * hangs.
   */
  public void mute() {
    muted = true;
  }

  /** Stops answering and reading, so that the peer's writes come to a halt too. */
  public void stopReading() {
    muted = true;
    notReading = true;
    connections().forEach(LabConnection::stopReading);
  }

  /** Answers and reads again; what came while mute stays without an answer. */
  public void unmute() {
    muteAfter = Long.MAX_VALUE;
    muted = false;
    notReading = false;
    connections().forEach(LabConnection::resumeReading);
  }

  // ---- its life

  /** Listens. The port is then known, and stays the same over {@link #restart}. */
  public synchronized SimulatedDra start() {
    if (listener != null) {
      throw new IllegalStateException("started already on port " + port());
    }
    try {
      var socket = new ServerSocket();
      socket.setReuseAddress(true);
      try {
        socket.bind(address, BACKLOG);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
      address = (InetSocketAddress) socket.getLocalSocketAddress();
      listener = socket;
      Thread.ofVirtual().name("dra-accept").start(() -> acceptLoop(socket));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + address + ": " + e.getMessage(), e);
    }
  }

  /** The port it listens on; 0 before the first {@link #start}. */
  public int port() {
    return address.getPort();
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /**
   * Ends in good order: stops listening, DPR (REBOOTING) on every connection, closes them when the
   * DPA has come, or after 2 s.
   */
  public void stop() {
    stop(BaseMessages.REBOOTING);
  }

  /** Ends in good order with this Disconnect-Cause. */
  public void stop(int cause) {
    stopListening();
    var ending = new ArrayList<Thread>();
    for (var connection : connections) {
      ending.add(Thread.ofVirtual().start(() -> disconnect(connection, cause)));
    }
    try {
      for (var thread : ending) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void disconnect(DraConnection connection, int cause) {
    try {
      connection.disconnect(cause, DPA_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends as a process that is killed: no DPR, every connection reset, nobody listens. */
  public void kill() {
    stopListening();
    connections().forEach(LabConnection::reset);
  }

  /** Listens again on the same port, not mute. */
  public void restart() {
    unmute();
    start();
  }

  /** Resets every connection and still listens. */
  public void resetConnections() {
    connections().forEach(LabConnection::reset);
  }

  private synchronized void stopListening() {
    if (listener == null) {
      return;
    }
    try {
      listener.close();
    } catch (IOException e) {
      log.event("== close of the listener: " + e.getMessage());
    }
    listener = null;
  }

  @Override
  public void close() {
    var thread = pusher;
    if (thread != null) {
      thread.interrupt();
    }
    kill();
    delayed.shutdownNow();
  }

  private void acceptLoop(ServerSocket socket) {
    try {
      while (true) {
        var accepted = socket.accept();
        books.add(DraCounter.CONNECTIONS);
        var handler = new DraConnection(this, books);
        String name = node.originHost() + "#" + count(DraCounter.CONNECTIONS);
        connections.add(handler);
        reporter.accept("connected " + name + " from " + accepted.getRemoteSocketAddress());
        var connection = LabConnection.over(accepted, name, log, handler);
        handler.attach(connection);
        if (notReading) {
          connection.stopReading();
        }
        if (socket.isClosed()) {
          connection.reset();
        }
      }
    } catch (IOException e) {
      log.event("== listener ended: " + e.getMessage());
    }
  }

  private List<LabConnection> connections() {
    var open = new ArrayList<LabConnection>();
    for (var handler : connections) {
      var connection = handler.connection();
      if (connection != null) {
        open.add(connection);
      }
    }
    return open;
  }

  // ---- requests of its own

  /**
   * Starts {@code request}: towards the peer that is its Destination-Host, else on the first open
   * connection. The future is exceptional without a connection, at its end, and after 10 s.
   */
  public CompletableFuture<LabMessage> push(LabMessage request) {
    return push(0, request);
  }

  /**
   * Starts {@code request}: towards the peer that is its Destination-Host, else on the {@code
   * index}th open connection, counted round.
   */
  public CompletableFuture<LabMessage> push(int index, LabMessage request) {
    var host = request.text(AvpCode.DESTINATION_HOST);
    var open = connections.stream().filter(DraConnection::isOpen).toList();
    var direct = open.stream().filter(connection -> connection.isTo(host)).toList();
    var usable = direct.isEmpty() ? open : direct;
    return usable.isEmpty()
        ? CompletableFuture.failedFuture(new IllegalStateException("no open connection"))
        : usable.get(index % usable.size()).push(request);
  }

  /** Starts a request of this command towards a Logic Application, with a Session-Id of its own. */
  public CompletableFuture<LabMessage> push(
      PushCommand command, @Nullable String destinationHost, String destinationRealm) {
    return push(request(command, destinationHost, destinationRealm, pushNumber.getAndIncrement()));
  }

  private LabMessage request(
      PushCommand command, @Nullable String destinationHost, String destinationRealm, long number) {
    String sessionId =
        "%s;%d;%d;push".formatted(node.originHost(), System.currentTimeMillis() / 1000, number);
    return command.request(node, destinationHost, destinationRealm, sessionId, "001010000000001");
  }

  /**
   * Starts requests at a steady rate, round its open connections, until {@link #close} or {@link
   * #stopPushing}.
   */
  public void push(Pushes pushes) {
    stopPushing();
    pusher = Thread.ofVirtual().name("dra-push").start(() -> pushLoop(pushes));
  }

  /** Ends {@link #push(Pushes)}. */
  public void stopPushing() {
    var thread = pusher;
    if (thread != null) {
      thread.interrupt();
      pusher = null;
    }
  }

  private void pushLoop(Pushes pushes) {
    long start = System.nanoTime();
    for (long n = 0; !Thread.interrupted(); n++) {
      long due = start + (long) (n * 1e9 / pushes.ratePerSecond());
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
      }
      var request =
          request(
              pushes.command(),
              pushes.host(n),
              pushes.destinationRealm(),
              pushNumber.getAndIncrement());
      var _ = push((int) (n & Integer.MAX_VALUE), request);
    }
  }

  // ---- what it saw

  /** The value of this counter. */
  public long count(DraCounter counter) {
    return books.count(counter);
  }

  /** All counters. */
  public Map<DraCounter, Long> counts() {
    return books.counts();
  }

  /** Requests of applications received, by Command Code. */
  public Map<Integer, Long> requestsByCommand() {
    return books.requestsByCommand();
  }

  /** Answers received to requests of its own, by Result-Code. */
  public Map<Integer, Long> pushResults() {
    return books.pushResults();
  }

  /** Requests received on each connection that is up, the oldest first. */
  public List<Long> requestsPerConnection() {
    return connections.stream().map(DraConnection::requests).toList();
  }

  /** Connections that are up and have exchanged capabilities. */
  public int openConnections() {
    return (int) connections.stream().filter(DraConnection::isOpen).count();
  }

  /** The last requests received, the oldest first, see {@link #keepRequests}. */
  public List<LabMessage> requests() {
    return books.requests();
  }

  /** The Route-Record that stood last in the last request that had any; null when none had. */
  public @Nullable String lastRouteRecord() {
    return books.lastRouteRecord();
  }

  /** The last messages in both directions, one line each. */
  public String log() {
    return log.toString();
  }

  /** Who it says it is. */
  public LabNode node() {
    return node;
  }

  // ---- for its connections

  boolean isMuted() {
    return muted;
  }

  boolean answersCer() {
    return answersCer;
  }

  int ceaCode() {
    return ceaCode;
  }

  int keptRequests() {
    return keptRequests;
  }

  String serverHost() {
    return serverHost.name();
  }

  String serverRealm() {
    return serverRealm.name();
  }

  boolean isOwnHost(AvpCursor destinationHost) {
    return destinationHost.identityEquals(serverHost) || destinationHost.identityEquals(host);
  }

  boolean isOwnRealm(AvpCursor destinationRealm) {
    return destinationRealm.identityEquals(serverRealm) || destinationRealm.identityEquals(realm);
  }

  /** The Result-Code for the {@code number}th request, or {@link #NO_ANSWER}. */
  int verdict(long number) {
    if (number > muteAfter) {
      muted = true;
    }
    int drop = dropEvery;
    if (muted || (drop > 0 && number % drop == 0)) {
      return NO_ANSWER;
    }
    int error = errorEvery;
    return error > 0 && number % error == 0 ? errorCode : resultCode;
  }

  /** What is to be wrong with the answer to the {@code number}th request. */
  Flaw flaw(long number) {
    if (hits(twiceEvery, number)) {
      return Flaw.TWICE;
    }
    if (hits(lateEvery, number + 1)) {
      return Flaw.LATE;
    }
    return hits(foreignEvery, number + 2) ? Flaw.FOREIGN : Flaw.NONE;
  }

  private static boolean hits(int every, long number) {
    return every > 0 && number % every == 0;
  }

  /** How long an answer waits. */
  long delayNanos(Flaw flaw) {
    long jitter = jitterNanos;
    return delayNanos
        + (jitter == 0 ? 0 : ThreadLocalRandom.current().nextLong(jitter))
        + (flaw == Flaw.LATE ? lateNanos : 0);
  }

  void later(long nanos, Runnable answer) {
    var _ = delayed.schedule(answer, nanos, TimeUnit.NANOSECONDS);
  }

  void cerReceived(LabMessage cer) {
    reporter.accept(
        "CER of "
            + cer.text(AvpCode.ORIGIN_HOST)
            + ", answered with "
            + (answersCer && !muted ? ceaCode : "nothing"));
  }

  void ended(DraConnection connection, String name, Ending ending) {
    connections.remove(connection);
    reporter.accept("disconnected " + name + ": " + ending);
  }

  @Override
  public String toString() {
    return "SimulatedDra[" + node.originHost() + " port " + port() + " " + counts() + "]";
  }
}
