package io.diametergw.peer;

import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Peer} without a socket, to measure what its messages cost on their way through this
 * process.
 *
 * <p>It stands in this package because peers are made by servers and clients alone. Confined to one
 * thread, which runs the event loop by hand.
 */
public final class EmbeddedPeer {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 3868);

  /** Takes what comes and does nothing with it. */
  public static final PeerHandler SILENT =
      new PeerHandler() {
        @Override
        public void onRequest(ByteBuf buf, int at, int length) {}

        @Override
        public void onAnswer(ByteBuf buf, int at, int length) {}
      };

  private final EmbeddedChannel channel =
      new EmbeddedChannel() {
        @Override
        protected SocketAddress localAddress0() {
          return ADDRESS;
        }

        @Override
        protected SocketAddress remoteAddress0() {
          return ADDRESS;
        }
      };
  private final Peer peer;

  /**
   * @param name what logs call it
   * @param dialled whether we dialled it: a DRA
   * @param self who we are
   */
  public EmbeddedPeer(
      PeerLoop loop, String name, boolean dialled, LocalNode self, PeerHandler.Factory handlers) {
    var settings = PeerSettings.DEFAULTS;
    var watchdog = new Watchdog(settings, ThreadLocalRandom.current());
    peer =
        new Peer(
            name, dialled, self, settings, loop, watchdog, handlers, Peer.Lifecycle.UNOBSERVED);
    if (dialled) {
      peer.dialling(ADDRESS.toString());
    }
    channel.pipeline().addLast(peer.channelHandler());
    channel.pipeline().fireChannelActive();
  }

  /** What peers on an event loop share, for one that is run by hand. */
  public static PeerLoop loop(IoEventLoop eventLoop) {
    return new PeerLoop(eventLoop, PooledByteBufAllocator.DEFAULT, 0);
  }

  /** Plays the other side's part of the capabilities exchange: its CER, or its CEA to ours. */
  public void exchangeCapabilities(LocalNode other) {
    var exchange = new CapabilitiesExchange(other);
    ByteBuf message = PooledByteBufAllocator.DEFAULT.directBuffer();
    if (peer.isDialled()) {
      ByteBuf cer = Objects.requireNonNull(sent(), "no CER");
      exchange.writeCea(
          message, ADDRESS.getAddress(), cer, cer.readerIndex(), ResultCode.SUCCESS, "", null);
      cer.release();
    } else {
      exchange.writeCer(message, ADDRESS.getAddress(), 1, 1);
    }
    receive(message);
  }

  /** What the gateway sees of it. */
  public Peer peer() {
    return peer;
  }

  public boolean isOpen() {
    return peer.state().isOpen();
  }

  /** Has it read these bytes, and releases them. */
  public void receive(ByteBuf bytes) {
    channel.pipeline().fireChannelRead(bytes);
  }

  /** The next piece that was written to it, or null; the caller releases it. */
  public @Nullable ByteBuf sent() {
    return channel.readOutbound();
  }

  /** Closes it and releases what it held. */
  public void close() {
    peer.close("closed");
    channel.finishAndReleaseAll();
  }
}
