package io.diametergw.app.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The gateway in a JVM of its own, started with a file and flags, on a port that is free. */
public final class GatewayProcess implements AutoCloseable {
  /** Those of the launcher, {@code ./diameter-gateway}. */
  private static final List<String> JVM_FLAGS =
      List.of(
          "-Xms64m",
          "-Xmx512m",
          "-XX:MaxDirectMemorySize=1g",
          "-XX:+UseSerialGC",
          "-Dio.netty.allocator.type=pooled",
          "-Dio.netty.noUnsafe=false",
          "-Dio.netty.buffer.checkAccessible=false",
          "-Dio.netty.leakDetection.level=disabled",
          "--sun-misc-unsafe-memory-access=allow",
          "--enable-native-access=ALL-UNNAMED",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:+UseTransparentHugePages");

  private static final Pattern LISTENS = Pattern.compile(" listens on (\\S+):(\\d+) ");
  private static final Pattern DRAINED =
      Pattern.compile("drained (\\d+), lost (\\d+) in (\\d+) ms");
  private static final Pattern OPEN = Pattern.compile(" \\S+ OPEN ");
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(30);

  /**
   * How to start it.
   *
   * @param yaml its file
   * @param flags behind {@code -listen} and {@code -config}
   * @param jvmFlags behind the launcher's, so they win
   * @param prefix what stands before {@code java}, such as {@code prlimit --nofile=256}
   * @param host where it listens
   */
  public record Launch(
      String yaml, List<String> flags, List<String> jvmFlags, List<String> prefix, String host) {
    public static Launch of(String yaml) {
      return new Launch(yaml, List.of(), List.of(), List.of(), "127.0.0.1");
    }

    public Launch flags(String... flags) {
      return new Launch(yaml, List.of(flags), jvmFlags, prefix, host);
    }

    public Launch jvmFlags(String... jvmFlags) {
      return new Launch(yaml, flags, List.of(jvmFlags), prefix, host);
    }

    public Launch prefix(List<String> prefix) {
      return new Launch(yaml, flags, jvmFlags, prefix, host);
    }

    public Launch listenOn(String host) {
      return new Launch(yaml, flags, jvmFlags, prefix, host);
    }
  }

  private final LoggedProcess process;
  private final InetSocketAddress address;

  private GatewayProcess(LoggedProcess process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** Starts it, and returns when it listens. */
  public static GatewayProcess start(Path folder, String name, Launch launch) {
    var file = folder.resolve(name + ".yaml");
    try {
      Files.writeString(file, launch.yaml(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var args = new ArrayList<>(List.of("-listen", launch.host() + ":0"));
    args.addAll(List.of("-config", file.toString()));
    args.addAll(launch.flags());
    var jvmFlags = Stream.concat(JVM_FLAGS.stream(), launch.jvmFlags().stream()).toList();
    var process =
        LoggedProcess.program(folder.resolve(name + ".log"), launch.prefix(), jvmFlags, args);
    try {
      long begun = System.nanoTime() - LoggedProcess.PATIENCE.toNanos();
      var listens = LISTENS.matcher(process.await(LISTENS, begun).text());
      if (!listens.find()) {
        throw new AssertionError("no address");
      }
      return new GatewayProcess(
          process, new InetSocketAddress(listens.group(1), Integer.parseInt(listens.group(2))));
    } catch (AssertionError e) {
      process.close();
      throw e;
    }
  }

  /** The list of DRAs of its file, the first of priority 1, the second of priority 2, and so on. */
  public static String dras(DraProcess... dras) {
    var yaml = new StringBuilder("dras:\n");
    for (int i = 0; i < dras.length; i++) {
      yaml.append(dras[i].yaml("priority: " + (i + 1)));
    }
    return yaml.toString();
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  public int port() {
    return address.getPort();
  }

  /** Its process: output, signals, CPU, memory. */
  public LoggedProcess process() {
    return process;
  }

  /** Its log so far. */
  public List<String> log() {
    return process.lines().stream().map(LoggedProcess.Line::text).toList();
  }

  /** Waits until it has been connected to so many DRAs. */
  public GatewayProcess awaitDras(int count) {
    var names = new HashSet<String>();
    for (long since = process.lines().getFirst().nanos(); names.size() < count; ) {
      var line = process.await(OPEN, since);
      names.add(line.text().replaceAll(".* (\\S+) OPEN .*", "$1"));
      since = line.nanos() + 1;
    }
    return this;
  }

  /** The first line of its log since then that holds this regular expression, waited for. */
  public LoggedProcess.Line awaitLog(String regex, long sinceNanos) {
    return process.await(Pattern.compile(regex), sinceNanos);
  }

  /** How many lines of its log hold this regular expression. */
  public long linesWith(String regex) {
    var pattern = Pattern.compile(regex);
    return log().stream().filter(line -> pattern.matcher(line).find()).count();
  }

  /** The last statistics in its log; see {@code stats-interval}. */
  public Statistics statistics() {
    return Statistics.last(log());
  }

  /**
   * What it said at its end.
   *
   * @param drained requests that were in flight when it was told to stop and got their answer
   * @param lost requests that were in flight and got none
   */
  public record End(int exitCode, long drained, long lost, long millis, Statistics statistics) {}

  /** Stops it with SIGTERM and waits for its end. */
  public End stop() {
    process.signal("TERM");
    return end();
  }

  /** Waits for its end and reads its last words. */
  public End end() {
    int exit = process.awaitEnd(DRAIN_PATIENCE);
    var words = DRAINED.matcher(process.await(DRAINED, process.lines().getFirst().nanos()).text());
    if (!words.find()) {
      throw new AssertionError("no last words");
    }
    return new End(
        exit,
        Long.parseLong(words.group(1)),
        Long.parseLong(words.group(2)),
        Long.parseLong(words.group(3)),
        statistics());
  }

  /**
   * Stops it, when its Logic Apps are done: it must end with 0, lose nothing, have written no line
   * of level ERROR, and its books must balance.
   */
  public End stopClean() {
    var end = stop();
    assertThat(log()).as("log").noneMatch(line -> line.contains(" ERROR "));
    assertThat(end.exitCode()).as("exit code").isZero();
    assertThat(end.lost()).as("lost at the end").isZero();
    assertThat(end.statistics().count("Books.unaccounted")).as("unaccounted").isZero();
    assertThat(end.statistics().count("Books.in_flight")).as("in flight").isZero();
    assertThat(end.statistics().count("Refused.defects")).as("defects").isZero();
    return end;
  }

  /** Ends it at once if it still runs. */
  @Override
  public void close() {
    process.close();
  }
}
