package io.diametergw.app;

import io.diametergw.gateway.Gateway;
import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.peer.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A gateway that a file and a command line have told what to do, on a free port of the loopback
 * address; and what its tests need.
 */
public final class StartedGateway implements AutoCloseable, RouteListener {
  /** How long a test waits for what must come. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  static final LabNode APP = new LabNode("app.example.com", "example.com", List.of(16777251));
  static final LabNode DRA = LabNode.relay("dra.example.com", "example.com");

  private static final int TINY_BUFFER = 4096;

  private final ConcurrentLinkedQueue<String> closed = new ConcurrentLinkedQueue<>();
  private final Gateway gateway;

  private StartedGateway(Configuration configuration) throws IOException {
    this.gateway =
        Gateway.start(configuration.gateway(), new Gateway.Extensions(List.of(this), List.of()));
  }

  /** Starts with this file, and these flags behind {@code -listen 127.0.0.1:0}. */
  static StartedGateway start(String yaml, String... flags) {
    Path file = null;
    try {
      file = Files.writeString(Files.createTempFile("gateway", ".yaml"), yaml);
      var args = new ArrayList<>(List.of("-listen", "127.0.0.1:0", "-config", file.toString()));
      args.addAll(List.of(flags));
      return new StartedGateway(Configuration.of(Flags.parse(args), Map.of()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (file != null) {
        file.toFile().delete();
      }
    }
  }

  /**
   * A list of DRAs on these ports, the first of priority 1, the second of priority 2, and so on;
   * each line can be added to.
   */
  public static String dras(int... ports) {
    var yaml = new StringBuilder("dras:\n");
    for (int i = 0; i < ports.length; i++) {
      yaml.append(
          "  - { name: DRA-%d, host: 127.0.0.1, port: %d, priority: %d }\n"
              .formatted(i + 1, ports[i], i + 1));
    }
    return yaml.toString();
  }

  /** A DRA with this in its line beside name, host and port. */
  static String dra(String name, int port, String more) {
    return "  - { name: %s, host: 127.0.0.1, port: %d%s }\n"
        .formatted(name, port, more.isEmpty() ? "" : ", " + more);
  }

  static SimulatedDra simulatedDra(int number) {
    return new SimulatedDra("dra" + number + ".example.com", "example.com").start();
  }

  int port() {
    return gateway.listenAddress().getPort();
  }

  Gateway gateway() {
    return gateway;
  }

  /** A Logic App that has exchanged capabilities and does nothing by itself. */
  ScriptedPeer app() {
    return app(APP);
  }

  ScriptedPeer app(LabNode node) {
    var app = ScriptedPeer.connect(port());
    app.sendCer(node);
    return app;
  }

  /** The same with receive buffers so small that it is soon full when it does not read. */
  ScriptedPeer appOfSmallBuffer() throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(TINY_BUFFER);
    socket.connect(gateway.listenAddress());
    var app = ScriptedPeer.over(socket);
    app.sendCer(APP);
    return app;
  }

  /** A listener whose connections are soon full when they are not read. */
  static ServerSocket listenerOfSmallBuffer() throws IOException {
    var listener = new ServerSocket();
    listener.setReceiveBufferSize(TINY_BUFFER);
    listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    return listener;
  }

  /** The connection of a gateway that has just been started, capabilities exchanged. */
  static ScriptedPeer openDra(ScriptedListener listener) {
    var dra = listener.accept(PATIENCE);
    dra.answerCer(DRA);
    return dra;
  }

  /** Waits until that many connections to DRAs are open. */
  StartedGateway awaitDras(int count) {
    await(
        count + " open connections to DRAs",
        () ->
            gateway.stats().activeConnections() == count && gateway.stats().activePriority() != 0);
    return this;
  }

  /** Waits until a connection was closed for this reason. */
  void awaitClosed(String reason) {
    await(
        "a connection closed: " + reason + "; there were " + closed,
        () -> closed.stream().anyMatch(why -> why.contains(reason)));
  }

  /** Waits until that holds. */
  public static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("expected " + what + " within " + PATIENCE);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  static LabMessage answer(CompletableFuture<LabMessage> future) {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Calls {@code what} and returns how long it took. */
  static Duration time(Runnable what) {
    long begun = System.nanoTime();
    what.run();
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Override
  public void onPeerClosed(Peer peer, boolean dra, String why, boolean inOrder, int pending) {
    closed.add(why);
  }

  @Override
  public void close() {
    gateway.close();
  }
}
