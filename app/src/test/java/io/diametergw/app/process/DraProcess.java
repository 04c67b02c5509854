package io.diametergw.app.process;

import io.diametergw.lab.dra.DraCounter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A DRA, {@code simulate-dra}, in a JVM of its own: it can be killed, stopped by a signal, and
 * started again on the same port.
 */
public final class DraProcess implements AutoCloseable {
  /** It only has to answer: the quick compiler leaves the CPU to the gateway. */
  private static final List<String> JVM_FLAGS =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xmx512m",
          "--sun-misc-unsafe-memory-access=allow");

  private static final String LONGEST_LIFE_SECONDS = "900"; // should nobody be left to end it

  private static final Pattern BEGUN = Pattern.compile(" listens on |^simulate-dra: ");
  private static final Pattern COUNTERS = Pattern.compile("^\\{.*}$");
  private static final Pattern COUNTER = Pattern.compile("\"(\\w+)\": (\\d+)");

  private final Path folder;
  private final int number;
  private final String host;
  private final int port;
  private final List<String> prefix;
  private final List<String> flags;
  private LoggedProcess process;

  private DraProcess(
      Path folder, int number, String host, int port, List<String> prefix, List<String> flags) {
    this.folder = folder;
    this.number = number;
    this.host = host;
    this.port = port;
    this.prefix = prefix;
    this.flags = flags;
    this.process = begin();
  }

  /**
   * Starts {@code dra<number>.example.com} on a port of {@code host} that is free, and returns when
   * it listens.
   */
  public static DraProcess start(
      Path folder, int number, String host, List<String> prefix, List<String> flags) {
    var dra = new DraProcess(folder, number, host, Ports.free(), prefix, flags);
    try {
      dra.awaitListening();
      return dra;
    } catch (AssertionError e) {
      dra.close();
      throw e;
    }
  }

  private LoggedProcess begin() {
    var args =
        new ArrayList<>(
            List.of(
                "simulate-dra",
                "-json",
                "-listen",
                host + ":" + port,
                "-origin-host",
                "dra" + number + ".example.com",
                "-seconds",
                LONGEST_LIFE_SECONDS));
    args.addAll(flags);
    return LoggedProcess.program(folder.resolve("dra" + number + ".log"), prefix, JVM_FLAGS, args);
  }

  private void awaitListening() {
    var begun = process.await(BEGUN, System.nanoTime() - LoggedProcess.PATIENCE.toNanos());
    if (!begun.text().contains(" listens on ")) {
      throw new AssertionError(begun.text());
    }
  }

  /** {@code DRA-1}, as the gateway's file calls it. */
  public String name() {
    return "DRA-" + number;
  }

  public String host() {
    return host;
  }

  public int port() {
    return port;
  }

  /** Its line in the gateway's file, with more settings behind name, host and port. */
  public String yaml(String more) {
    return "  - { name: %s, host: %s, port: %d, %s }\n".formatted(name(), host, port, more);
  }

  /** The process that plays it now. */
  public LoggedProcess process() {
    return process;
  }

  /** Kills it as {@code kill -9} does. */
  public void kill() {
    process.kill();
  }

  /** Stops it in good order: DPR to the gateway. */
  public void stop() {
    process.signal("TERM");
    process.awaitEnd(LoggedProcess.PATIENCE);
  }

  /** Holds it as SIGSTOP does: connections stay, nothing is read or answered. */
  public void freeze() {
    process.signal("STOP");
  }

  /** Lets it go on after {@link #freeze}. */
  public void thaw() {
    process.signal("CONT");
  }

  /** Starts it again on the same port, after its end, and returns when it listens. */
  public void restart() {
    if (process.isAlive()) {
      throw new IllegalStateException(name() + " still runs");
    }
    process = begin();
    awaitListening();
  }

  /** What it has counted since its last start; it has to be alive. */
  public Map<DraCounter, Long> counters() {
    long asked = System.nanoTime();
    process.tell("");
    var counters = new EnumMap<DraCounter, Long>(DraCounter.class);
    var pairs = COUNTER.matcher(process.await(COUNTERS, asked).text());
    while (pairs.find()) {
      counters.put(
          DraCounter.valueOf(pairs.group(1).toUpperCase(Locale.ROOT)),
          Long.parseLong(pairs.group(2)));
    }
    return counters;
  }

  /** One of {@link #counters}. */
  public long count(DraCounter counter) {
    return counters().getOrDefault(counter, 0L);
  }

  /** Ends it at once if it still runs. */
  @Override
  public void close() {
    process.close();
  }
}
