package io.diametergw.peer;

import io.netty.channel.ChannelFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.RejectedExecutionException;

/** Looks a host up and connects to it, for the attempts of one {@link PeerClient}. */
final class TcpTransport implements PeerClient.Transport {
  private final EventLoops loops;
  private final PeerLoop loop;
  private final String host;
  private final int port;
  private final PeerSettings settings;

  TcpTransport(EventLoops loops, PeerLoop loop, String host, int port, PeerSettings settings) {
    this.loops = loops;
    this.loop = loop;
    this.host = host;
    this.port = port;
    this.settings = settings;
  }

  @Override
  public void connect(Peer dialled) {
    Thread.ofVirtual()
        .name("lookup-" + dialled.name())
        .start(() -> {
          try {
            lookUp(dialled);
          } catch (RejectedExecutionException e) {
            return; // the loops were closed meanwhile
          }
        });
  }

  /** On a thread of its own: a name server that does not answer must not hold up an event loop. */
  private void lookUp(Peer dialled) {
    try {
      var address = new InetSocketAddress(InetAddress.getByName(host), port);
      loop.execute(() -> open(dialled, address));
    } catch (UnknownHostException e) {
      loop.execute(() -> dialled.connectFailed("host " + host + " is not known"));
    }
  }

  private void open(Peer dialled, InetSocketAddress address) {
    if (dialled.state() != PeerState.CONNECTING) {
      return; // stopped meanwhile
    }
    ChannelFuture connected =
        loops.bootstrap(loop, settings).handler(dialled.channelHandler()).connect(address);
    connected.addListener(_ -> {
      Throwable fault = connected.cause();
      if (fault != null) {
        dialled.connectFailed("connect failed: " + fault.getMessage());
      }
    });
  }
}
