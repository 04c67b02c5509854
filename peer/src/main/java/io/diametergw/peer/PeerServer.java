package io.diametergw.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts peers (RFC 6733 §2.1). Its methods may be called from any thread. */
public final class PeerServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);
  private static final long REFUSED_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final EventLoops loops;
  private final LocalNode node;
  private final PeerSettings settings;
  private final int maxConnections;
  private final PeerHandler.Factory handlers;
  private final Set<Peer> peers = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong refusedToldNanos =
      new AtomicLong(System.nanoTime() - REFUSED_PAUSE_NANOS);
  private @Nullable Channel listener;

  private PeerServer(
      EventLoops loops,
      LocalNode node,
      PeerSettings settings,
      int maxConnections,
      PeerHandler.Factory handlers) {
    this.loops = loops;
    this.node = node;
    this.settings = settings;
    this.maxConnections = maxConnections;
    this.handlers = handlers;
  }

  /**
   * Listens.
   *
   * @param address where; port 0 lets the system choose
   * @param maxConnections connections beyond it are reset at once
   * @throws IOException when the address is not to be had
   */
  public static PeerServer listen(
      EventLoops loops,
      InetSocketAddress address,
      LocalNode node,
      PeerSettings settings,
      int maxConnections,
      PeerHandler.Factory handlers)
      throws IOException {
    var server = new PeerServer(loops, node, settings, maxConnections, handlers);
    ChannelFuture bound =
        loops
            .serverBootstrap(settings)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    server.accept(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    Throwable fault = bound.cause();
    if (fault != null) {
      throw new IOException("cannot listen on " + address + ": " + fault.getMessage(), fault);
    }
    server.listener = bound.channel();
    return server;
  }

  private void accept(Channel channel) {
    if (connections.incrementAndGet() > maxConnections) {
      connections.decrementAndGet();
      tellRefused(refused.incrementAndGet());
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      channel.close();
      return;
    }
    channel.closeFuture().addListener(_ -> connections.decrementAndGet());
    PeerLoop loop = loops.loopOf(channel);
    channel.config().setRecvByteBufAllocator(loop.receiveBuffer().accepted());
    var watchdog = new Watchdog(settings, ThreadLocalRandom.current());
    var peer =
        new Peer("", false, node, settings, loop, watchdog, handlers, Peer.Lifecycle.UNOBSERVED);
    peers.add(peer);
    channel
        .closeFuture()
        .addListener(_ -> {
          peers.remove(peer);
          peer.channelClosed();
        });
    channel.pipeline().addLast(peer.channelHandler());
  }

  /** One line now and then, however many are refused. */
  private void tellRefused(long soFar) {
    long now = System.nanoTime();
    long before = refusedToldNanos.get();
    if (now - before >= REFUSED_PAUSE_NANOS && refusedToldNanos.compareAndSet(before, now)) {
      LOG.warn(
          "connections are refused, as there are {} already; {} so far", maxConnections, soFar);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) Objects.requireNonNull(listener).localAddress();
  }

  /** The connections, open or not yet. */
  public Set<Peer> peers() {
    return Set.copyOf(peers);
  }

  /** Connections there are. */
  public int connections() {
    return connections.get();
  }

  /** Connections that were reset because there were too many. */
  public long refusedConnections() {
    return refused.get();
  }

  /** Takes no more connections; those there are live on. */
  public void stopAccepting() {
    Objects.requireNonNull(listener).close().awaitUninterruptibly();
  }

  /** Takes no more connections and closes those there are, without DPR. */
  @Override
  public void close() {
    stopAccepting();
    for (Peer peer : peers) {
      peer.loop().execute(() -> peer.close("closed"));
    }
  }
}
