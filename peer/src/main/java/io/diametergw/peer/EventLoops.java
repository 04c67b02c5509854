package io.diametergw.peer;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that carry traffic: Netty event loops, epoll where there is one. Close it after its
 * servers and clients.
 */
public final class EventLoops implements AutoCloseable {
  /** How sockets are driven. */
  public enum Transport {
    EPOLL,
    NIO;

    /** Epoll on Linux, else NIO. */
    public static Transport best() {
      return Epoll.isAvailable() ? EPOLL : NIO;
    }
  }

  private static final int CLOSE_SECONDS = 5;

  private final Transport transport;
  private final MultiThreadIoEventLoopGroup group;
  private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
  private final List<PeerLoop> loops = new ArrayList<>();
  private final IdentityHashMap<EventLoop, PeerLoop> loopOf = new IdentityHashMap<>();
  private final AtomicInteger next = new AtomicInteger();

  /**
   * @param count how many threads, at least 1
   * @param name what the threads are called
   * @throws IllegalStateException when epoll is asked for and not there
   */
  public EventLoops(int count, Transport transport, String name) {
    this.transport = transport;
    if (transport == Transport.EPOLL && !Epoll.isAvailable()) {
      throw new IllegalStateException(
          "epoll is not available: " + Epoll.unavailabilityCause().getMessage());
    }
    IoHandlerFactory factory =
        transport == Transport.EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    group = new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory(name), factory);
    for (int i = 0; i < count; i++) {
      EventLoop loop = group.next();
      var peerLoop = new PeerLoop(loop, allocator, i);
      loops.add(peerLoop);
      loopOf.put(loop, peerLoop);
    }
  }

  /** All loops, by {@link PeerLoop#index}. */
  public List<PeerLoop> loops() {
    return List.copyOf(loops);
  }

  /** The loop for a new client; they take turns. */
  PeerLoop nextLoop() {
    return loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
  }

  PeerLoop loopOf(Channel channel) {
    return Objects.requireNonNull(loopOf.get(channel.eventLoop()), "foreign event loop");
  }

  ServerBootstrap serverBootstrap(PeerSettings settings) {
    return new ServerBootstrap()
        .group(group)
        .channel(
            transport == Transport.EPOLL
                ? EpollServerSocketChannel.class
                : NioServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, 4096)
        .childOption(ChannelOption.ALLOCATOR, allocator)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark(settings));
  }

  Bootstrap bootstrap(PeerLoop loop, PeerSettings settings) {
    return new Bootstrap()
        .group(loop.eventLoop())
        .channel(transport == Transport.EPOLL ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
        .option(ChannelOption.ALLOCATOR, allocator)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark(settings))
        .option(ChannelOption.RECVBUF_ALLOCATOR, loop.receiveBuffer().dialled());
  }

  private static WriteBufferWaterMark waterMark(PeerSettings settings) {
    return new WriteBufferWaterMark(settings.maxOutboundBytes() / 2, settings.maxOutboundBytes());
  }

  /** Ends the threads; waits up to five seconds for what they are doing. */
  @Override
  public void close() {
    group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    loops.forEach(loop -> loop.receiveBuffer().close());
  }
}
