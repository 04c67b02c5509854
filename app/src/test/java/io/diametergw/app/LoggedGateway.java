package io.diametergw.app;

import static io.diametergw.app.StartedGateway.PATIENCE;

import io.diametergw.gateway.Gateway;
import io.diametergw.gateway.config.GatewayConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The whole program in this process: {@link Main} with its log, from the command line to the exit
 * code. One at a time: the log is one.
 */
final class LoggedGateway implements AutoCloseable {
  private final StopSignals signals = new StopSignals(() -> {});
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CompletableFuture<Gateway> started = new CompletableFuture<>();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final Path file;

  private LoggedGateway(Path file) {
    this.file = file;
  }

  /** Starts with this file, and these flags behind {@code -listen 127.0.0.1:0}. */
  static LoggedGateway start(String yaml, String... flags) throws Exception {
    var file = Files.writeString(Files.createTempFile("gateway", ".yaml"), yaml);
    var program = new LoggedGateway(file);
    var args = new ArrayList<>(List.of("-listen", "127.0.0.1:0", "-config", file.toString()));
    args.addAll(List.of(flags));
    Thread.ofPlatform().name("main").start(() -> program.run(args));
    CompletableFuture.anyOf(program.started, program.exit)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (!program.started.isDone()) {
      throw new AssertionError("not started: " + program.err());
    }
    return program;
  }

  private void run(List<String> args) {
    var errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    var run = new RunCommand(this::start, signals, log, errors);
    var main =
        new Main(
            List.of(),
            Map.of(),
            InputStream.nullInputStream(),
            new PrintStream(OutputStream.nullOutputStream()),
            errors,
            run);
    exit.complete(main.run(args));
  }

  private GatewayRunner.Running start(GatewayConfig config) throws IOException {
    var gateway = Gateway.start(config);
    started.complete(gateway);
    return Main.running(gateway);
  }

  Gateway gateway() {
    return started.join();
  }

  int port() {
    return gateway().listenAddress().getPort();
  }

  LoggedGateway awaitDras(int count) {
    StartedGateway.await(
        count + " DRAs",
        () ->
            gateway().stats().activeConnections() == count
                && gateway().stats().activePriority() != 0);
    return this;
  }

  String log() {
    return log.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Waits until this stands in the log. */
  void awaitLog(String part) {
    StartedGateway.await("in the log: " + part, () -> log().contains(part));
  }

  /** Signals, and returns the exit code when the program has ended and its log is written. */
  int stop() {
    signals.onSignal();
    try {
      return exit.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(log(), e);
    }
  }

  @Override
  public void close() {
    if (!exit.isDone()) {
      stop();
    }
    file.toFile().delete();
  }
}
