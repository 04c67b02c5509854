package io.diametergw.peer;

import io.diametergw.peer.PeerHandler.CloseReason;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Dials one peer and, when the connection is lost or cannot be made, dials it again (RFC 6733 §2.1,
 * §5.6).
 *
 * <p>One attempt at a time, for ever, with growing pauses. Its state is confined to one {@link
 * PeerLoop}; the methods may be called from any thread.
 */
public final class PeerClient implements AutoCloseable {
  /**
   * When to dial again.
   *
   * @param interval the first pause
   * @param backoff factor from one pause to the next
   * @param maxDelay the longest pause
   */
  public record Reconnect(Duration interval, double backoff, Duration maxDelay) {
    /** 5 s, half as long again each time, up to 5 min. */
    public static final Reconnect DEFAULT =
        new Reconnect(Duration.ofSeconds(5), 1.5, Duration.ofMinutes(5));
  }

  /** Makes the TCP connection of one attempt. */
  @FunctionalInterface
  interface Transport {
    /**
     * Begins to connect: ends with the peer's channel active, or {@link Peer#connectFailed} called.
     */
    void connect(Peer dialled);
  }

  private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final PeerLoop loop;
  private final Transport transport;
  private final String name;
  private final String host;
  private final int port;
  private final LocalNode node;
  private final PeerSettings settings;
  private final PeerHandler.Factory handlers;
  private final Watchdog watchdog;
  private final Backoff backoff;
  private final Peer.Lifecycle lifecycle = new Life();

  private volatile @Nullable Peer peer;
  private volatile PeerState resting = PeerState.DISCONNECTED;
  private volatile String lastFault = "";
  private boolean stopped;
  private long receivedBefore;
  private long sentBefore;
  private @Nullable ScheduledFuture<?> nextAttempt;
  private long openSinceNanos = Long.MAX_VALUE;

  PeerClient(
      PeerLoop loop,
      Transport transport,
      String name,
      String host,
      int port,
      LocalNode node,
      PeerSettings settings,
      Reconnect reconnect,
      PeerHandler.Factory handlers,
      RandomGenerator random) {
    this.loop = loop;
    this.transport = transport;
    this.name = name;
    this.host = host;
    this.port = port;
    this.node = node;
    this.settings = settings;
    this.handlers = handlers;
    this.watchdog = new Watchdog(settings, random);
    this.backoff =
        new Backoff(reconnect.interval(), reconnect.backoff(), reconnect.maxDelay(), random);
  }

  /**
   * Begins to dial; never fails, but tries again.
   *
   * @param name what people call the peer
   * @param host name or address; looked up before each attempt, never on an event loop
   * @param handlers makes the handler of each connection
   */
  public static PeerClient dial(
      EventLoops loops,
      String name,
      String host,
      int port,
      LocalNode node,
      PeerSettings settings,
      Reconnect reconnect,
      PeerHandler.Factory handlers) {
    PeerLoop loop = loops.nextLoop();
    var client =
        new PeerClient(
            loop,
            new TcpTransport(loops, loop, host, port, settings),
            name,
            host,
            port,
            node,
            settings,
            reconnect,
            handlers,
            new SplittableRandom());
    client.begin();
    return client;
  }

  void begin() {
    loop.execute(this::connect);
  }

  /** What people call the peer. */
  public String name() {
    return name;
  }

  /** Where it is, as host:port. */
  public String address() {
    return host + ":" + port;
  }

  /** The connection there is, or is being made; null between two attempts. */
  public @Nullable Peer peer() {
    return peer;
  }

  /** The state that people see. */
  public PeerState state() {
    Peer present = peer;
    return present == null ? resting : present.state();
  }

  /** The health that RFC 3539 Appendix A gives the peer, over all its connections. */
  public String health() {
    return watchdog.health().name();
  }

  /** Why there is no connection; empty when there is. */
  public String lastFault() {
    return lastFault;
  }

  /** Messages that came over all connections so far. On {@link #loop}. */
  public long messagesReceived() {
    Peer present = peer;
    return receivedBefore + (present == null ? 0 : present.messagesReceived());
  }

  /** Messages sent over all connections so far. On {@link #loop}. */
  public long messagesSent() {
    Peer present = peer;
    return sentBefore + (present == null ? 0 : present.messagesSent());
  }

  /** The loop that all its connections belong to. */
  public PeerLoop loop() {
    return loop;
  }

  private void connect() {
    if (stopped) {
      return;
    }
    nextAttempt = null;
    loop.readClock();
    var dialled = new Peer(name, true, node, settings, loop, watchdog, handlers, lifecycle);
    peer = dialled;
    dialled.dialling(address());
    transport.connect(dialled);
  }

  private final class Life implements Peer.Lifecycle {
    @Override
    public void opened() {
      openSinceNanos = loop.clockNanos();
      lastFault = "";
    }

    @Override
    public void closed(CloseReason reason) {
      long now = loop.clockNanos();
      if (openSinceNanos != Long.MAX_VALUE && now - openSinceNanos >= SETTLED_NANOS) {
        backoff.reset();
      }
      resting = openSinceNanos == Long.MAX_VALUE ? PeerState.FAILED : PeerState.RECONNECTING;
      openSinceNanos = Long.MAX_VALUE;
      lastFault = reason.text();
      receivedBefore = messagesReceived();
      sentBefore = messagesSent();
      peer = null;
      if (stopped) {
        resting = PeerState.DISCONNECTED;
      } else {
        DisconnectCause cause = reason.cause();
        long pause = cause == null ? backoff.pauseNanos() : backoff.pauseNanos(cause);
        nextAttempt =
            loop.eventLoop().schedule(PeerClient.this::connect, pause, TimeUnit.NANOSECONDS);
      }
    }
  }

  /** Stops dialling and disconnects with DPR (RFC 6733 §5.4). */
  public void disconnect(DisconnectCause cause) {
    loop.execute(() -> {
      Peer present = stop();
      if (present != null) {
        present.disconnect(cause);
      }
    });
  }

  /** Makes this attempt to connect, or this connection, the last; returns it. */
  private @Nullable Peer stop() {
    stopped = true;
    resting = PeerState.DISCONNECTED;
    if (nextAttempt != null) {
      nextAttempt.cancel(false);
      nextAttempt = null;
    }
    return peer;
  }

  /** Stops dialling and closes the connection, without DPR. */
  @Override
  public void close() {
    loop.execute(() -> {
      Peer present = stop();
      if (present != null) {
        present.close("closed");
      }
    });
  }
}
