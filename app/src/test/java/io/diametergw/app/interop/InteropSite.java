package io.diametergw.app.interop;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.Capture;
import io.diametergw.app.process.DebianProgram;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.app.process.LoggedProcess;
import io.diametergw.app.process.Ports;
import io.diametergw.app.process.ResultsTable;
import io.diametergw.app.process.Started;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where the gateway meets another Diameter stack. Whatever it starts ends with the test, also when
 * the test fails or this JVM is told to stop; what the gateway sends is captured all the time.
 *
 * <pre>{@code
 * int port = site.peerPort(); // where the peer listens
 * site.start("peer", List.of(site.program("peerd", "debian-package"), "-p", "" + port));
 * var gateway = site.gateway("dras: …");
 * …
 * gateway.stopClean();
 * site.showed("%d answers", count);
 * }</pre>
 */
final class InteropSite {
  /** In nanoseconds. */
  static final long SECOND = 1_000_000_000;

  private static final ResultsTable RESULTS =
      new ResultsTable("interop", "scenario", "peer", "must hold", "showed");
  private static final int PEER_PORTS = 4;

  private final Interop interop;
  private final Path folder;
  private final Started started = new Started();
  private final List<LoggedProcess> processes = new ArrayList<>();
  private final int gatewayPort = Ports.free();
  private final Set<Integer> peerPorts = new LinkedHashSet<>();
  private final Capture capture;
  private int peers;
  private int gateways;
  private String showed = "";

  InteropSite(Interop interop, String name) {
    this.interop = interop;
    this.folder = RESULTS.emptyFolder(name);
    while (peerPorts.size() < PEER_PORTS) {
      int port = Ports.free();
      if (port != gatewayPort) {
        peerPorts.add(port);
      }
    }
    this.capture = own(Capture.start(folder, Set.of(gatewayPort), peerPorts));
  }

  /** Where its files are: {@code target/interop/NAME}. */
  Path folder() {
    return folder;
  }

  /** Where the gateway listens, and listens again after a restart. */
  int gatewayPort() {
    return gatewayPort;
  }

  /**
   * A port of the loopback address for a peer that the gateway dials; nobody else may dial it, as
   * the capture takes what is sent there for the gateway's.
   */
  int peerPort() {
    return List.copyOf(peerPorts).get(peers++);
  }

  /** A port for what others say to each other: it is not captured. */
  int unwatchedPort() {
    return Ports.free();
  }

  /** Where a program is; the test fails with the package's name when it is not installed. */
  String program(String program, String debianPackage) {
    return DebianProgram.path(program, debianPackage);
  }

  /** Starts a program; what it prints is in {@code NAME.log}. */
  LoggedProcess start(String name, List<String> command) {
    var process = own(LoggedProcess.start(folder.resolve(name + ".log"), command));
    processes.add(process);
    return process;
  }

  /** Starts the gateway with this file and these flags on {@link #gatewayPort}. */
  GatewayProcess gateway(String yaml, String... flags) {
    var all = new ArrayList<>(List.of(flags));
    all.addAll(List.of("-listen", "127.0.0.1:" + gatewayPort));
    var launch = GatewayProcess.Launch.of(yaml).flags(all.toArray(String[]::new));
    gateways++;
    var gateway =
        own(GatewayProcess.start(folder, "gateway" + (gateways == 1 ? "" : gateways), launch));
    processes.add(gateway.process());
    return gateway;
  }

  /** Closes {@code what} at the end of the test, before what was owned earlier. */
  <T extends AutoCloseable> T own(T what) {
    return started.own(what);
  }

  /** Lets that time pass: the peers go on by themselves meanwhile. */
  void play(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted");
      }
    }
  }

  /** Waits for something that must come to hold. */
  void await(String what, BooleanSupplier condition) {
    StartedGateway.await(what, condition);
  }

  /** What was seen, beside what must hold; a second call adds to the first. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a library more
  void showed(String format, Object... args) {
    showed += (showed.isEmpty() ? "" : "; ") + String.format(Locale.ROOT, format, args);
  }

  /** Ends the capture, for a test that asks what is in it. Nothing is captured from now on. */
  Capture captured() {
    capture.stop();
    return capture;
  }

  /** Ends everything and writes the row; {@code failure} is why the test failed. */
  void end(@Nullable Throwable failure) {
    if (failure != null) {
      processes.forEach(process -> System.out.println(process.tail()));
    }
    Throwable fault = failure;
    String who = interop.peer();
    try {
      var wire = new Dissected(captured());
      who += wire.versions();
      showed("%s", wire);
      if (failure == null) {
        wire.assertGatewaySentGoodMessages();
      }
    } catch (AssertionError e) {
      fault = fault == null ? e : fault;
    }
    var closing = started.end();
    fault = fault == null ? closing : fault;
    write(who, fault);
    if (failure == null && fault != null) {
      throw new AssertionError(fault.getMessage(), fault);
    }
  }

  private void write(String who, @Nullable Throwable fault) {
    String text =
        fault == null
            ? showed
            : "FAILED: "
                + String.valueOf(fault.getMessage())
                    .strip()
                    .lines()
                    .limit(3)
                    .collect(Collectors.joining(" "))
                + "; "
                + showed;
    System.out.printf(
        "%s  with: %s  must hold: %s  showed: %s%n", interop.what(), who, interop.holds(), text);
    RESULTS.write(interop.what(), who, interop.holds(), text);
  }
}
