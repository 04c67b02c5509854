package io.diametergw.app;

import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A second in the life of the real program, from its flags and its file to the drain, for the JVM
 * to note which classes that needs. The launcher runs it once per build.
 */
final class DemoTraining {
  private static final int WINDOW = 20;
  private static final Duration TRAFFIC = Duration.ofMillis(700);

  private DemoTraining() {}

  /** Returns the program's exit code. */
  static int run(StopSignals signals, PrintStream err) {
    var listening = new CompletableFuture<InetSocketAddress>();
    GatewayRunner runner =
        config -> {
          var running = Main.start(config);
          listening.complete(running.listenAddress());
          return running;
        };
    var program = new RunCommand(runner, signals, OutputStream.nullOutputStream(), err);
    try (var dra1 = dra("dra1.example.com");
        var dra2 = dra("dra2.example.com")) {
      Path file = Files.createTempFile("diameter-gateway", ".yaml");
      try {
        Files.writeString(file, yaml(dra1, dra2));
        Thread.ofPlatform().daemon().start(() -> ask(listening, signals));
        var args = List.of("-config", file.toString(), "-listen=127.0.0.1:0", "-log", "info");
        return new Main(List.of(), Map.of(), System.in, err, err, program).run(args);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SimulatedDra dra(String host) {
    return new SimulatedDra(host, "example.com").start();
  }

  private static String yaml(SimulatedDra dra1, SimulatedDra dra2) {
    return """
    origin-host: training.example.com
    dra-pool: { reconnect-interval: 100ms }
    dras:
      - { name: DRA-1, host: 127.0.0.1, port: %d, priority: 1 }
      - { name: DRA-2, host: 127.0.0.1, port: %d, priority: 2, weight: 50 }
    """
        .formatted(dra1.port(), dra2.port());
  }

  /** Asks for a moment, then stops the program as a signal would. */
  private static void ask(CompletableFuture<InetSocketAddress> listening, StopSignals signals) {
    try (var app =
        new SimulatedLogicApp("mme%d.example.com", "example.com")
            .connections(2)
            .connect(listening.join())) {
      app.sendWindow(WINDOW, TRAFFIC);
    } finally {
      signals.onSignal();
    }
  }
}
