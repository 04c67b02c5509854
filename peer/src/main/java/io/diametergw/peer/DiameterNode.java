package io.diametergw.peer;

import io.diametergw.wire.Identity;
import io.diametergw.wire.ResultCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A Diameter client, server or both, in a few lines: made by {@link #named}, it listens and dials,
 * answers requests with a handler and sends its own.
 *
 * <p>Capabilities exchange, watchdog, reconnecting and disconnecting are done here (RFC 6733 §5).
 * Its methods may be called from any thread; handlers and futures run on virtual threads and may
 * block.
 */
public final class DiameterNode implements AutoCloseable {
  /**
   * Answers requests. Runs on a virtual thread for each request, so that several may run at once.
   */
  @FunctionalInterface
  public interface RequestHandler {
    /**
     * Answers one request, with a message that {@link Message#answer} has made. An exception, now
     * or in the stage, answers 5012 DIAMETER_UNABLE_TO_COMPLY.
     */
    CompletionStage<Message> onRequest(Connection from, Message request) throws Exception;
  }

  private final LocalNode self;
  private final PeerSettings settings;
  private final PeerClient.Reconnect reconnect;
  private final Duration requestTimeout;
  private final int maxPending;
  private final int maxConnections;
  private final RequestHandler handler;
  private final EventLoops loops;
  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<PeerServer> servers = new CopyOnWriteArrayList<>();
  private final List<Link> links = new CopyOnWriteArrayList<>();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Object connectionsChanged = new Object();

  private DiameterNode(Builder builder) {
    self =
        new LocalNode(
            Identity.of(builder.originHost),
            Identity.of(builder.originRealm),
            builder.productName,
            builder.vendorId,
            0,
            builder.applications.isEmpty() ? List.of(Application.RELAY) : builder.applications,
            LocalNode.originStateIdOfNow());
    settings = builder.settings;
    reconnect = builder.reconnect;
    requestTimeout = builder.requestTimeout;
    maxPending = builder.maxPending;
    maxConnections = builder.maxConnections;
    handler = builder.handler;
    loops = new EventLoops(1, EventLoops.Transport.best(), builder.originHost);
  }

  /** Begins a node with this Origin-Host and Origin-Realm. */
  public static Builder named(String originHost, String originRealm) {
    return new Builder(originHost, originRealm);
  }

  /**
   * Accepts connections.
   *
   * @param address where; port 0 lets the system choose
   * @return where it listens
   * @throws IOException when the address is not to be had
   */
  public InetSocketAddress listen(InetSocketAddress address) throws IOException {
    PeerServer server =
        PeerServer.listen(
            loops,
            address,
            self,
            settings,
            maxConnections,
            peer -> new Connection(this, peer, null).events());
    servers.add(server);
    return server.address();
  }

  /** Connects, and again whenever the connection is lost; never fails, but tries again. */
  public Link dial(String host, int port) {
    var link = new Link(host, port);
    links.add(link);
    return link;
  }

  /** The connections that are open now. */
  public Set<Connection> connections() {
    return Set.copyOf(connections);
  }

  /**
   * Stops accepting and dialling, disconnects every peer with DPR (cause REBOOTING, RFC 6733 §5.4)
   * and waits for it.
   */
  @Override
  public void close() {
    servers.forEach(PeerServer::stopAccepting);
    links.forEach(Link::close);
    connections.forEach(connection -> connection.disconnect(DisconnectCause.REBOOTING));
    awaitNoConnections(System.nanoTime() + settings.disconnectTimeout().plusSeconds(1).toNanos());
    servers.forEach(PeerServer::close);
    loops.close();
    virtualThreads.shutdown();
  }

  private void awaitNoConnections(long deadlineNanos) {
    synchronized (connectionsChanged) {
      long left = deadlineNanos - System.nanoTime();
      while (!connections.isEmpty() && left > 0) {
        try {
          connectionsChanged.wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        left = deadlineNanos - System.nanoTime();
      }
    }
  }

  LocalNode self() {
    return self;
  }

  Duration requestTimeout() {
    return requestTimeout;
  }

  int maxPending() {
    return maxPending;
  }

  RequestHandler handler() {
    return handler;
  }

  void run(Runnable task) {
    try {
      virtualThreads.execute(task);
    } catch (RejectedExecutionException e) {
      task.run(); // closing: only futures that fail come here, and nobody serves their dependents
      // any more
    }
  }

  void opened(Connection connection, @Nullable Link link) {
    connections.add(connection);
    if (link != null) {
      link.opened(connection);
    }
  }

  void closed(Connection connection, @Nullable Link link) {
    if (link != null) {
      link.closed();
    }
    connections.remove(connection);
    synchronized (connectionsChanged) {
      connectionsChanged.notifyAll();
    }
  }

  /**
   * A peer that the node dials, over all connections to it. Its methods may be called from any
   * thread.
   */
  public final class Link implements AutoCloseable {
    private final PeerClient client;
    private volatile CompletableFuture<Connection> open = new CompletableFuture<>();

    private Link(String host, int port) {
      String name = host + ":" + port;
      client =
          PeerClient.dial(
              loops,
              name,
              host,
              port,
              self,
              settings,
              reconnect,
              peer -> new Connection(DiameterNode.this, peer, this).events());
    }

    private void opened(Connection connection) {
      CompletableFuture<Connection> awaited = open;
      run(() -> awaited.complete(connection));
    }

    private void closed() {
      if (open.isDone()) {
        open = new CompletableFuture<>();
      }
    }

    /** The open connection: completed now, or when the next one is open. */
    public CompletableFuture<Connection> connection() {
      return open.copy();
    }

    /**
     * As {@link Connection#send(Message)} on the open connection; waits for one as long as the
     * node's request timeout.
     */
    public CompletableFuture<Message> send(Message request) {
      return connection()
          .orTimeout(requestTimeout.toNanos(), TimeUnit.NANOSECONDS)
          .thenCompose(connection -> connection.send(request));
    }

    /** Why there is no connection; empty when there is, or none was tried yet. */
    public String lastFault() {
      return client.lastFault();
    }

    /** Stops dialling and disconnects with DPR. */
    @Override
    public void close() {
      client.disconnect(DisconnectCause.REBOOTING);
    }
  }

  /** What a node is; everything has a default. */
  public static final class Builder {
    private final String originHost;
    private final String originRealm;
    private final List<Application> applications = new ArrayList<>();
    private String productName = "Diameter Gateway";
    private int vendorId;
    private PeerSettings settings = PeerSettings.DEFAULTS;
    private PeerClient.Reconnect reconnect = PeerClient.Reconnect.DEFAULT;
    private Duration requestTimeout = Duration.ofSeconds(10);
    private int maxPending = 4096;
    private int maxConnections = 1000;
    private RequestHandler handler =
        (_, request) ->
            CompletableFuture.completedStage(
                request.answer(ResultCode.COMMAND_UNSUPPORTED).build());

    private Builder(String originHost, String originRealm) {
      this.originHost = originHost;
      this.originRealm = originRealm;
    }

    /** Product-Name (RFC 6733 §5.3.7). */
    public Builder productName(String productName) {
      this.productName = productName;
      return this;
    }

    /** Vendor-Id, an IANA enterprise number; 0 by default. */
    public Builder vendorId(int vendorId) {
      this.vendorId = vendorId;
      return this;
    }

    /** The applications it advertises; by default Relay, which is every application. */
    public Builder applications(Application... applications) {
      return applications(List.of(applications));
    }

    /** As above. */
    public Builder applications(Collection<Application> applications) {
      this.applications.clear();
      this.applications.addAll(applications);
      return this;
    }

    /** Timers and limits of each connection. */
    public Builder settings(PeerSettings settings) {
      this.settings = settings;
      return this;
    }

    /** When to dial again. */
    public Builder reconnect(PeerClient.Reconnect reconnect) {
      this.reconnect = reconnect;
      return this;
    }

    /** How long an answer may take; 10 s by default. */
    public Builder requestTimeout(Duration requestTimeout) {
      this.requestTimeout = requestTimeout;
      return this;
    }

    /**
     * How many requests may be pending on a connection, in each direction; 4096 by default. More
     * are refused.
     */
    public Builder maxPending(int maxPending) {
      this.maxPending = maxPending;
      return this;
    }

    /** How many connections are accepted at once, per address; 1000 by default. */
    public Builder maxConnections(int maxConnections) {
      this.maxConnections = maxConnections;
      return this;
    }

    /**
     * Answers requests; without a handler they get 3001 DIAMETER_COMMAND_UNSUPPORTED. May block.
     */
    public Builder onRequest(BiFunction<Connection, Message, Message> handler) {
      return onRequestLater(
          (from, request) -> CompletableFuture.completedStage(handler.apply(from, request)));
    }

    /** As {@link #onRequest}, for answers that come later. */
    public Builder onRequestLater(RequestHandler handler) {
      this.handler = handler;
      return this;
    }

    /** Starts the node, which neither listens nor dials yet. */
    public DiameterNode start() {
      return new DiameterNode(this);
    }
  }
}
