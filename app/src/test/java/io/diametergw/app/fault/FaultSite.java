package io.diametergw.app.fault;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.DraProcess;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.app.process.LoggedProcess;
import io.diametergw.app.process.NetworkNamespace;
import io.diametergw.app.process.Ports;
import io.diametergw.app.process.Started;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.load.Load;
import io.diametergw.lab.load.LoadPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a scenario plays on: DRAs and gateways in processes of their own, Logic Apps in this one.
 * Whatever it starts ends with the test, also when the test fails or this JVM is told to stop.
 *
 * <pre>{@code
 * var dra1 = site.dra(1, "-delay", "20ms");
 * var dra2 = site.dra(2);
 * var gateway = site.gateway(GatewayProcess.dras(dra1, dra2)).awaitDras(2);
 * var load = site.load(gateway);
 * site.play(Duration.ofSeconds(3));
 * dra1.kill();
 * site.play(Duration.ofSeconds(3));
 * var ledger = load.end().assertAllGood();
 * gateway.stopClean();
 * site.measured("%s", ledger.counts());
 * }</pre>
 */
final class FaultSite {
  /** Requests a second, where a scenario does not say otherwise. */
  static final int RATE = 5_000;

  /** In nanoseconds. */
  static final long SECOND = 1_000_000_000;

  private static final int REQUEST_BYTES = 300;
  private static final int CONNECTIONS = 4;
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Duration WARM_TIME = Duration.ofMillis(500);
  private static final int WARM_WINDOW = 50;

  /**
   * Longer than the gateway's session-timeout: a request without an answer is the gateway's fault.
   */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(35);

  private final Scenario scenario;
  private final Path folder;
  private final Started started = new Started();
  private final List<LoggedProcess> processes = new ArrayList<>();
  private final List<FaultLoad> loads = new ArrayList<>();
  private String measured = "";

  FaultSite(Scenario scenario) {
    this.scenario = scenario;
    this.folder = Results.TABLE.emptyFolder(scenario.id());
  }

  /** Where its files are: {@code target/faults/ID}. */
  Path folder() {
    return folder;
  }

  /** A DRA of this number on this machine, with flags of {@code simulate-dra}. */
  DraProcess dra(int number, String... flags) {
    return own(DraProcess.start(folder, number, "127.0.0.1", List.of(), List.of(flags)));
  }

  /**
   * A DRA of this number inside this JVM, on a port that stays free while it is down: how it
   * behaves can be changed while it runs, and it is not cold when it is started again.
   */
  SimulatedDra innerDra(int number) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
    return own(
        new SimulatedDra("dra" + number + ".example.com", "example.com")
            .keepRequests(0)
            .listen(address)
            .start());
  }

  /** A DRA of this number on that address of this machine. */
  DraProcess dra(String host, int number, String... flags) {
    return own(DraProcess.start(folder, number, host, List.of(), List.of(flags)));
  }

  /** A DRA of this number on that machine. */
  DraProcess dra(NetworkNamespace on, int number, String... flags) {
    return own(DraProcess.start(folder, number, on.address(), on.prefix(), List.of(flags)));
  }

  /**
   * Asks these DRAs directly for half a second: nodes that stand beside a running gateway are not
   * cold. Their counters count it.
   */
  void warm(DraProcess... dras) {
    var warming = Arrays.stream(dras).map(dra -> CompletableFuture.runAsync(() -> warm(dra)));
    warming.toList().forEach(CompletableFuture::join);
  }

  private static void warm(DraProcess dra) {
    try {
      var target = new InetSocketAddress(dra.host(), dra.port());
      Load.run(
          LoadPlan.to(target, new LoadPlan.Pace.Window(WARM_WINDOW))
              .lasting(Duration.ZERO, WARM_TIME));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** A gateway with this file and these flags. */
  GatewayProcess gateway(String yaml, String... flags) {
    return gateway(GatewayProcess.Launch.of(yaml).flags(flags));
  }

  /** A gateway that is started like that. */
  GatewayProcess gateway(GatewayProcess.Launch launch) {
    String name = "gateway" + (processes.isEmpty() ? "" : processes.size() + 1);
    var gateway = own(GatewayProcess.start(folder, name, launch));
    processes.add(gateway.process());
    return gateway;
  }

  /**
   * Logic Apps that ask that gateway: {@value #RATE} requests a second of 300 bytes over four
   * connections.
   */
  FaultLoad load(GatewayProcess gateway) {
    return load(gateway, RATE, plan -> plan);
  }

  /** The same at another rate, or otherwise changed. */
  FaultLoad load(GatewayProcess gateway, int rate, UnaryOperator<LoadPlan> change) {
    var plan =
        LoadPlan.to(gateway.address(), new LoadPlan.Pace.Rate(rate))
            .connections(CONNECTIONS)
            .asking(LabApplication.S6A, REQUEST_BYTES)
            .lasting(Duration.ZERO, LONGEST)
            .answerTimeout(ANSWER_TIMEOUT);
    var load = own(FaultLoad.start(change.apply(plan)));
    loads.add(load);
    return load;
  }

  /** Another machine. */
  NetworkNamespace namespace() {
    return own(NetworkNamespace.create());
  }

  /** Closes {@code what} at the end of the test, before what was owned earlier. */
  <T extends AutoCloseable> T own(T what) {
    return started.own(what);
  }

  /** Lets that time pass: the scenario goes on by itself meanwhile. */
  void play(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted");
      }
    }
  }

  /** Waits for something that must come to hold; the moment at which it was seen to. */
  long await(String what, BooleanSupplier condition) {
    StartedGateway.await(what, condition);
    return System.nanoTime();
  }

  /** What the scenario measured, beside its goal; a second call adds to the first. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a library more
  void measured(String format, Object... args) {
    measured += (measured.isEmpty() ? "" : "; ") + String.format(Locale.ROOT, format, args);
  }

  /** Ends everything and writes the row; {@code failure} is why the test failed. */
  void end(@Nullable Throwable failure) {
    if (failure != null) {
      loads.forEach(load -> System.out.println(load.report()));
      processes.forEach(process -> System.out.println(process.tail()));
    }
    var closing = started.end();
    var fault = failure == null ? closing : failure;
    if (fault == null) {
      Results.write(scenario, measured);
      return;
    }
    String why = String.valueOf(fault.getMessage()).strip().lines().findFirst().orElse("");
    Results.write(scenario, "FAILED: " + why + (measured.isEmpty() ? "" : "; " + measured));
    if (failure == null) {
      throw new AssertionError("what was started could not be ended", closing);
    }
  }
}
