package io.diametergw.app.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diametergw.app.Main;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A program in a process of its own, ours or another: what it prints, the signals it gets, and what
 * it takes of the machine.
 */
public final class LoggedProcess implements AutoCloseable {
  /** How long a process may take for what it must do. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux
  private static final int STAT_USER_TIME = 11; // after the name of the command
  private static final int LINES_OF_TAIL = 40;
  private static final Pattern STATISTICS =
      Pattern.compile(
          " INFO +(=== )?(Gateway|Forwarding|Sessions|DRA|Books|Failover|Refused|"
              + "Logic Apps|Latency)( Pool| Messages| Statistics| DRA-\\d+)?(:| ===)");
  private static final Pattern LIVE_BYTES =
      Pattern.compile("^Total +\\d+ +(\\d+)$", Pattern.MULTILINE);

  /**
   * A line of output.
   *
   * @param nanos when it was read, by {@link System#nanoTime}
   */
  public record Line(long nanos, String text) {}

  private final String name;
  private final Process process;
  private final Path log;
  private final List<Line> lines = new ArrayList<>(); // guarded by itself
  private boolean ended; // guarded by lines: no more will come

  private LoggedProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts {@link Main} of this build.
   *
   * @param log what it prints is added to this file
   * @param prefix what stands before {@code java}, such as {@code ip netns exec NAME}
   */
  public static LoggedProcess program(
      Path log, List<String> prefix, List<String> jvmFlags, List<String> args) {
    var command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(args);
    return start(log, command);
  }

  /**
   * Starts any program.
   *
   * @param log what it prints is added to this file
   */
  public static LoggedProcess start(Path log, List<String> command) {
    String name = log.getFileName().toString().replaceAll("\\.log$", "");
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      var started = new LoggedProcess(name, process, log);
      Thread.ofPlatform().daemon().name("output of " + name).start(started::collect);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void collect() {
    try (var out = process.inputReader(UTF_8);
        var file =
            Files.newBufferedWriter(
                log, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        long now = System.nanoTime();
        synchronized (lines) {
          lines.add(new Line(now, line));
          lines.notifyAll();
        }
        file.write(line);
        file.newLine();
      }
    } catch (IOException e) {
      // the process was killed while it wrote
    } finally {
      synchronized (lines) {
        ended = true;
        lines.notifyAll();
      }
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Everything it has printed so far. */
  public List<Line> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** The first line since then that holds this pattern, waited for. */
  public Line await(Pattern pattern, long sinceNanos) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    synchronized (lines) {
      for (int next = 0; ; ) {
        for (; next < lines.size(); next++) {
          var line = lines.get(next);
          if (line.nanos() - sinceNanos >= 0 && pattern.matcher(line.text()).find()) {
            return line;
          }
        }
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (leftMillis <= 0 || ended) {
          throw new AssertionError(
              "expected a line of " + name + " with \"" + pattern + "\" but it printed\n" + tail());
        }
        try {
          lines.wait(leftMillis);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError("interrupted while waiting for \"" + pattern + "\"", e);
        }
      }
    }
  }

  /** The last lines, statistics left out. */
  public String tail() {
    var shown =
        lines().stream().map(Line::text).filter(line -> !STATISTICS.matcher(line).find()).toList();
    int from = Math.max(0, shown.size() - LINES_OF_TAIL);
    return "--- "
        + name
        + ", all of it in "
        + log
        + "\n"
        + String.join("\n", shown.subList(from, shown.size()));
  }

  /** Writes a line to its standard input. */
  public void tell(String line) {
    try {
      var in = process.outputWriter(UTF_8);
      in.write(line + "\n");
      in.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends it a signal by name: TERM, STOP, CONT, KILL. */
  public void signal(String signal) {
    Commands.run("kill", "-" + signal, String.valueOf(pid()));
  }

  /** Kills it as {@code kill -9} does, and returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd(PATIENCE);
  }

  /** Waits for its end; its exit code. */
  public int awaitEnd(Duration patience) {
    try {
      if (process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for the end of " + name, e);
    }
    throw new AssertionError(name + " did not end within " + patience + "\n" + tail());
  }

  /** CPU time it has used, all threads, in seconds: exact to 10 ms. */
  public double cpuSeconds() {
    String stat = proc("stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks =
        Long.parseLong(fields[STAT_USER_TIME]) + Long.parseLong(fields[STAT_USER_TIME + 1]);
    return ticks / TICKS_PER_SECOND;
  }

  /** Memory it holds now, in bytes. */
  public long rssBytes() {
    return status("VmRSS") * 1024;
  }

  /** The most memory it ever held, in bytes. */
  public long peakRssBytes() {
    return status("VmHWM") * 1024;
  }

  /** Memory that its live objects take, in bytes: what can still be reached, not what is used. */
  public long liveHeapBytes() {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    String histogram = Commands.run(jcmd, String.valueOf(pid()), "GC.class_histogram");
    return LIVE_BYTES.matcher(histogram).results().mapToLong(t -> Long.parseLong(t.group(1))).sum();
  }

  /** Threads it has now. */
  public long threads() {
    return status("Threads");
  }

  /** Files and sockets it has open now. */
  public long openFiles() {
    try (var files = Files.list(Path.of("/proc", String.valueOf(pid()), "fd"))) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long status(String field) {
    return proc("status")
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private String proc(String file) {
    try {
      return Files.readString(Path.of("/proc", String.valueOf(pid()), file), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " is gone", e);
    }
  }

  /** Ends it, and what it has started, at once if it still runs. */
  @Override
  public void close() {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(PATIENCE);
  }

  @Override
  public String toString() {
    return name + " (pid " + pid() + ")";
  }
}
