package io.diametergw.peer;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** An embedded channel that has addresses and knows whether it was closed with a reset. */
final class WireChannel extends EmbeddedChannel {
  private static final InetSocketAddress LOCAL =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 3868);
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);

  private @Nullable Config wired; // made while the superclass is, so without an initializer

  private static final class Config extends DefaultChannelConfig {
    private boolean lingers = true;

    Config(EmbeddedChannel channel) {
      super(channel);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
      if (ChannelOption.SO_LINGER.equals(option)) {
        lingers = false;
        return true;
      }
      return super.setOption(option, value);
    }
  }

  /** A channel that becomes active, with the peer at its end, when it is registered. */
  WireChannel(Ticker clock, Peer peer) {
    super(builder().register(false).ticker(clock).handlers(peer.channelHandler()));
  }

  @Override
  public ChannelConfig config() {
    Config config = wired;
    if (config == null) {
      config = new Config(this);
      wired = config;
    }
    return config;
  }

  /** Whether its end is a reset. */
  boolean isReset() {
    return !isOpen() && wired != null && !wired.lingers;
  }

  @Override
  protected SocketAddress localAddress0() {
    return LOCAL;
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return REMOTE;
  }
}
