package io.diametergw.bench;

import io.diametergw.gateway.config.DraPoolConfig.Balance;
import io.diametergw.gateway.routing.Destination;
import io.diametergw.gateway.routing.LogicApps;
import io.diametergw.gateway.routing.NextHops;
import io.diametergw.gateway.routing.RouteTable;
import io.diametergw.gateway.routing.RouteTable.Standing;
import io.diametergw.gateway.routing.SessionBindings;
import io.diametergw.peer.Application;
import io.diametergw.peer.EmbeddedPeer;
import io.diametergw.peer.LocalNode;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerLoop;
import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Choosing the DRA for one request, among DRAs of one priority. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--sun-misc-unsafe-memory-access=allow", "-Dio.netty.noUnsafe=false"})
public class RouteChoiceBenchmark {
  private static final int CREDIT_CONTROL_APPLICATION = 4;

  /** How many DRAs share the requests. */
  @Param({"1", "2", "16"})
  public int dras = 2;

  /** Whether the request names the last of them in Destination-Host. */
  @Param({"false", "true"})
  public boolean byHost;

  private final List<EmbeddedPeer> peers = new ArrayList<>();
  private final ByteBuf host = PooledByteBufAllocator.DEFAULT.directBuffer();
  private @Nullable NextHops nextHops;
  private RouteTable routes = RouteTable.EMPTY;
  private @Nullable ManualIoEventLoop eventLoop;
  private @Nullable Peer app;
  private @Nullable Destination destination;

  @Setup
  public void open() {
    var driven = new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());
    eventLoop = driven;
    PeerLoop loop = EmbeddedPeer.loop(driven);
    nextHops = new NextHops(loop, List.of(new SessionBindings(1)), _ -> 0);
    LocalNode self = node("gw.example.net");
    var connected = new ArrayList<RouteTable.Dra>();
    for (int i = 1; i <= dras; i++) {
      var dra = peer(loop, "DRA-" + i, true, self);
      driven.runNow(); // the CER leaves
      dra.exchangeCapabilities(node(draHost(i)));
      connected.add(new RouteTable.Dra(dra.peer(), 1, 1, Standing.IN_SERVICE, 10));
    }
    var sender = peer(loop, "", false, self);
    sender.exchangeCapabilities(node(SampleMessage.ORIGIN_HOST));
    app = sender.peer();
    routes = new RouteTable(connected, LogicApps.NONE, Balance.WEIGHTED, false);
    int length = host.writeCharSequence(draHost(dras), StandardCharsets.US_ASCII);
    destination = new Named(host, byHost ? length : 0);
  }

  private EmbeddedPeer peer(PeerLoop loop, String name, boolean dialled, LocalNode self) {
    var peer = new EmbeddedPeer(loop, name, dialled, self, _ -> EmbeddedPeer.SILENT);
    peers.add(peer);
    return peer;
  }

  private static String draHost(int number) {
    return "dra" + number + ".example.net";
  }

  private static LocalNode node(String host) {
    return new LocalNode(
        Identity.of(host),
        Identity.of("example.net"),
        "bench",
        0,
        0,
        List.of(Application.RELAY),
        1);
  }

  @TearDown
  public void close() {
    peers.forEach(EmbeddedPeer::close);
    host.release();
    Objects.requireNonNull(eventLoop).shutdownGracefully();
  }

  /** The DRA that the request goes to. */
  @Benchmark
  public Peer first() {
    NextHops chooser = Objects.requireNonNull(nextHops);
    chooser.toDras(routes, Objects.requireNonNull(app), Objects.requireNonNull(destination), 0);
    return Objects.requireNonNull(chooser.next());
  }

  /**
   * A request that has come straight here.
   *
   * @param destinationHostLength 0 without Destination-Host
   */
  private record Named(ByteBuf buf, int destinationHostLength) implements Destination {
    @Override
    public int applicationId() {
      return CREDIT_CONTROL_APPLICATION;
    }

    @Override
    public boolean hasDestinationHost() {
      return destinationHostLength > 0;
    }

    @Override
    public int destinationHostAt() {
      return 0;
    }

    @Override
    public boolean hasDestinationRealm() {
      return false;
    }

    @Override
    public int destinationRealmAt() {
      return 0;
    }

    @Override
    public int destinationRealmLength() {
      return 0;
    }

    @Override
    public boolean isDestinationRealm(Identity realm) {
      return false;
    }

    @Override
    public long sessionHash() {
      return 0;
    }

    @Override
    public boolean hasPassed(Identity identity) {
      return false;
    }
  }
}
