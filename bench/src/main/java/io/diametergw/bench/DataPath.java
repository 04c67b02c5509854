package io.diametergw.bench;

import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.metrics.Latency;
import io.diametergw.gateway.proxy.Leg;
import io.diametergw.gateway.proxy.MessageLog;
import io.diametergw.gateway.proxy.Proxy;
import io.diametergw.gateway.proxy.ProxyReport;
import io.diametergw.gateway.proxy.ProxySettings;
import io.diametergw.gateway.routing.Conductor;
import io.diametergw.gateway.routing.PoolMember;
import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.gateway.routing.SessionBindings;
import io.diametergw.peer.EmbeddedPeer;
import io.diametergw.peer.LocalNode;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerLoop;
import io.diametergw.wire.Header;
import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's data path with everything that is on by default and no sockets: a Logic App's
 * connection, a DRA's, one event loop that is run by hand.
 *
 * <p>Each {@link #run} is one turn with a read of {@value #BATCH} requests and one with a read of
 * their answers. Confined to the thread that made it.
 */
final class DataPath implements AutoCloseable {
  /** Transactions of each {@link #run}. */
  static final int BATCH = 100;

  private static final int BATCHES = 64; // so that sessions differ, as they do in the field
  private static final int SESSION_BINDINGS = 100_000;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final ManualIoEventLoop eventLoop =
      new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());
  private final PeerLoop loop = EmbeddedPeer.loop(eventLoop);
  private final List<ByteBuf> requests = new ArrayList<>();
  private final List<ByteBuf> answers = new ArrayList<>();
  private final int[] answerAt = new int[BATCH];
  private final Conductor conductor;
  private final Proxy proxy;
  private final EmbeddedPeer app;
  private final EmbeddedPeer dra;
  private int batch;

  DataPath() {
    var config =
        GatewayConfig.builder()
            .originHost("gw.example.net")
            .dra("DRA-1", "127.0.0.1", 3869, 1)
            .build();
    var self = node(config, "gw.example.net", "example.net");
    conductor =
        new Conductor(
            config.logicApps(), config.draPool(), config.originRealm(), new RouteListener() {});
    var proxies = new ArrayList<Proxy>();
    var settings =
        new ProxySettings(
            self,
            config.sessionTimeout().toNanos(),
            config.maxPending(),
            config.draPool().maxTransmissions(),
            config.draPool().retryOn(),
            config.draPool().neverResend(),
            MessageLog.SILENT,
            List.of());
    proxy =
        new Proxy(
            settings, loop, conductor, proxies, List.of(new SessionBindings(SESSION_BINDINGS)));
    proxies.add(proxy);
    PoolMember member = conductor.addDra(config.dras().getFirst());
    dra = new EmbeddedPeer(loop, "DRA-1", true, self, peer -> leg(config, peer, member));
    eventLoop.runNow(); // the CER leaves
    dra.exchangeCapabilities(node(config, "dra1.example.net", "example.net"));
    app = new EmbeddedPeer(loop, "", false, self, peer -> leg(config, peer, null));
    app.exchangeCapabilities(node(config, SampleMessage.ORIGIN_HOST, "example.com"));
    await(() -> conductor.routes().activePriority() == 1 && app.isOpen() && dra.isOpen());
    discard(app);
    discard(dra);
    for (int i = 0; i < BATCHES; i++) {
      prepare(i * BATCH);
    }
  }

  private static LocalNode node(GatewayConfig config, String host, String realm) {
    return new LocalNode(
        Identity.of(host), Identity.of(realm), "bench", 0, 0, config.applications(), 1);
  }

  private Leg leg(GatewayConfig config, Peer peer, @Nullable PoolMember member) {
    int maxPending =
        member == null ? config.logicApps().maxPending() : config.draPool().maxPending();
    var settings = new Leg.Settings(true, false, maxPending, Integer.MAX_VALUE, 0);
    return proxy.legFor(peer, member, settings, new TreeMap<Integer, Latency>());
  }

  private void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("peers did not open");
      }
      eventLoop.runNow();
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void prepare(int firstNumber) {
    ByteBuf ask = PooledByteBufAllocator.DEFAULT.directBuffer();
    ByteBuf reply = PooledByteBufAllocator.DEFAULT.directBuffer();
    for (int i = 0; i < BATCH; i++) {
      SampleMessage.writeTo(ask, firstNumber + i);
      answerAt[i] = reply.writerIndex(); // the same in each batch
      SampleMessage.writeAnswerTo(reply, firstNumber + i);
    }
    requests.add(ask);
    answers.add(reply);
  }

  /** {@value #BATCH} requests to the DRA and their answers back; how many answers came. */
  int run() {
    ByteBuf reply = answers.get(batch);
    request();
    int index = 0;
    for (ByteBuf sent = dra.sent(); sent != null; sent = dra.sent()) {
      for (int at = sent.readerIndex();
          at < sent.writerIndex();
          at += Header.messageLength(sent, at)) {
        Header.patchHopByHopId(reply, answerAt[index++], Header.hopByHopId(sent, at));
      }
      sent.release();
    }
    dra.receive(reply.setIndex(0, reply.writerIndex()).retain());
    eventLoop.runNow();
    return discard(app);
  }

  /** From now on every request is refused. */
  void drain() {
    conductor.drain();
  }

  /** {@value #BATCH} requests that are refused; how many answers came. */
  int refuse() {
    request();
    return discard(app);
  }

  private void request() {
    ByteBuf ask = requests.get(batch);
    batch = (batch + 1) % BATCHES;
    app.receive(ask.setIndex(0, ask.writerIndex()).retain());
    eventLoop.runNow();
  }

  /** Takes what was written to a peer; how many messages. */
  private static int discard(EmbeddedPeer peer) {
    int messages = 0;
    for (ByteBuf sent = peer.sent(); sent != null; sent = peer.sent()) {
      for (int at = sent.readerIndex();
          at < sent.writerIndex();
          at += Header.messageLength(sent, at)) {
        messages++;
      }
      sent.release();
    }
    return messages;
  }

  /** What the gateway has counted. */
  long counted(Counter counter) {
    var report = new ProxyReport();
    proxy.addTo(report);
    return report.counters().of(counter);
  }

  @Override
  public void close() {
    app.close();
    dra.close();
    conductor.close();
    requests.forEach(ByteBuf::release);
    answers.forEach(ByteBuf::release);
    eventLoop.shutdownGracefully();
  }
}
