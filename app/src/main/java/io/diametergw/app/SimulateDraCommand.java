package io.diametergw.app;

import io.diametergw.lab.LabApplication;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.Pushes;
import io.diametergw.lab.dra.SimulatedDra;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code simulate-dra}: a DRA that answers everything, or fails as told. It is long because every
 * option is a field with its description.
 */
@Command(
    name = "simulate-dra",
    description = "A simulated DRA: answers every request, delays, fails and pushes as told.")
public final class SimulateDraCommand implements Callable<Integer> {
  @Option(
      names = {"-listen", "--listen"},
      paramLabel = "HOST:PORT",
      description = "address to listen on; port 0 lets the system choose")
  private InetSocketAddress listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3869);

  @Option(
      names = {"-port", "--port"},
      paramLabel = "N",
      description = "port to listen on, instead of -listen's; -1 keeps that")
  private int port = -1;

  @Option(
      names = {"-origin-host", "--origin-host"},
      paramLabel = "NAME",
      description = "its identity")
  private String originHost = "dra1.example.com";

  @Option(
      names = {"-origin-realm", "--origin-realm"},
      paramLabel = "NAME",
      description = "its realm")
  private String originRealm = "example.com";

  @Option(
      names = {"-delay", "--delay"},
      paramLabel = "DURATION",
      description = "wait before every answer")
  private Duration delay = Duration.ZERO;

  @Option(
      names = {"-jitter", "--jitter"},
      paramLabel = "DURATION",
      description = "random time on top of -delay, up to this")
  private Duration jitter = Duration.ZERO;

  @Option(
      names = {"-result-code", "--result-code"},
      paramLabel = "CODE",
      description = "Result-Code of every answer")
  private int resultCode = 2001;

  @Option(
      names = {"-error-every", "--error-every"},
      paramLabel = "N",
      description = "every Nth request gets -error-code; 0 none")
  private int errorEvery;

  @Option(
      names = {"-error-code", "--error-code"},
      paramLabel = "CODE",
      description = "Result-Code for -error-every; 3xxx set the E bit")
  private int errorCode = 3004;

  @Option(
      names = {"-drop-every", "--drop-every"},
      paramLabel = "N",
      description = "every Nth request gets no answer; 0 none")
  private int dropEvery;

  @Option(
      names = {"-twice-every", "--twice-every"},
      paramLabel = "N",
      description = "every Nth answer is sent twice; 0 none")
  private int twiceEvery;

  @Option(
      names = {"-late-every", "--late-every"},
      paramLabel = "N",
      description = "every Nth answer comes -late too late; 0 none")
  private int lateEvery;

  @Option(
      names = {"-late", "--late"},
      paramLabel = "DURATION",
      description = "how late those of -late-every are")
  private Duration late = Duration.ofSeconds(35);

  @Option(
      names = {"-foreign-every", "--foreign-every"},
      paramLabel = "N",
      description = "every Nth answer has a wrong Hop-by-Hop Identifier; 0 none")
  private int foreignEvery;

  @Option(
      names = {"-mute-after", "--mute-after"},
      paramLabel = "N",
      description = "answer nothing after N requests, DWR neither; 0 never")
  private long muteAfter;

  @Option(
      names = {"-push-rate", "--push-rate"},
      paramLabel = "N",
      description = "requests of its own a second; 0 none")
  private double pushRate;

  @Option(
      names = {"-push-host", "--push-host"},
      paramLabel = "NAME",
      description = "their Destination-Host; %%d runs from 0 to -push-count - 1")
  private String pushHost = "app%d.example.com";

  @Option(
      names = {"-push-command", "--push-command"},
      paramLabel = "NAME",
      description = "their command: clr, idr, rar or asr")
  private PushCommand pushCommand = PushCommand.CLR;

  @Option(
      names = {"-push-count", "--push-count"},
      paramLabel = "N",
      description = "how many hosts %%d in -push-host counts through")
  private int pushCount = 1;

  @Option(
      names = {"-seconds", "--seconds"},
      paramLabel = "N",
      description = "end after N seconds; 0 runs until SIGINT or SIGTERM")
  private long seconds;

  @Option(
      names = {"-json", "--json"},
      description =
          "print the counters as one JSON line, at the end and for each line of standard input")
  private boolean json;

  private final InputStream in;
  private final PrintStream out;

  private SimulateDraCommand(InputStream in, PrintStream out) {
    this.in = in;
    this.out = out;
  }

  /** Runs the command; 0 when it ended in good order, 2 when it could not start. */
  public static int run(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    return LabFlags.run(new SimulateDraCommand(in, out), args, out, err);
  }

  @Override
  public Integer call() throws InterruptedException {
    var address = port < 0 ? listen : new InetSocketAddress(listen.getAddress(), port);
    try (var stop = new Stop();
        var dra =
            new SimulatedDra(originHost, originRealm)
                .listen(address)
                .keepRequests(0)
                .reportTo(out::println)) {
      dra.delay(delay, jitter)
          .resultCode(resultCode)
          .errorEvery(errorEvery, errorCode)
          .dropEvery(dropEvery)
          .twiceEvery(twiceEvery)
          .lateEvery(lateEvery, late)
          .foreignEvery(foreignEvery);
      if (muteAfter > 0) {
        dra.muteAfter(muteAfter);
      }
      dra.start();
      out.println(originHost + " listens on " + LabFlags.shown(dra.address()));
      if (pushRate > 0) {
        dra.push(new Pushes(pushCommand, pushHost, pushCount, originRealm, pushRate));
      }
      if (json) {
        Thread.ofPlatform().daemon().name("counters").start(() -> tellWhenAsked(dra));
      }
      watch(dra, stop);
      dra.stopPushing();
      dra.stop();
      printTotals(dra);
      if (json) {
        out.println(countersAsJson(dra));
      }
    }
    return 0;
  }

  private void watch(SimulatedDra dra, Stop stop) throws InterruptedException {
    long before = 0;
    for (long second = 1; seconds == 0 || second <= seconds; second++) {
      if (stop.await(Duration.ofSeconds(1))) {
        return;
      }
      long now = dra.count(DraCounter.REQUESTS) + dra.count(DraCounter.PUSHED);
      if (now != before) {
        out.printf(
            Locale.ROOT,
            "%5d s  %,d requests (+%,d)  answered %,d  errors %,d  dropped %,d  retransmitted %,d  pushed %,d  open connections %d%n",
            second,
            dra.count(DraCounter.REQUESTS),
            now - before,
            dra.count(DraCounter.ANSWERED),
            dra.count(DraCounter.ANSWERED_WITH_ERROR),
            dra.count(DraCounter.DROPPED),
            dra.count(DraCounter.RETRANSMITTED),
            dra.count(DraCounter.PUSHED),
            dra.openConnections());
        before = now;
      }
    }
  }

  private void tellWhenAsked(SimulatedDra dra) {
    new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
        .lines()
        .forEach(_ -> out.println(countersAsJson(dra)));
  }

  private static String countersAsJson(SimulatedDra dra) {
    return dra.counts().entrySet().stream()
        .map(entry ->
            "\"%s\": %d"
                .formatted(entry.getKey().name().toLowerCase(Locale.ROOT), entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private void printTotals(SimulatedDra dra) {
    out.println("totals of " + originHost);
    dra.counts()
        .forEach((counter, count) -> {
          if (count > 0) {
            out.printf(
                Locale.ROOT, "  %-22s %,d%n", counter.name().toLowerCase(Locale.ROOT), count);
          }
        });
    out.println("  requests by command    " + dra.requestsByCommand());
    if (!dra.pushResults().isEmpty()) {
      out.println("  answers to pushes      " + dra.pushResults());
    }
  }

  /**
   * The end of a command that runs until somebody stops it: SIGINT and SIGTERM ask, and wait up to
   * 5 s for its last words.
   */
  static final class Stop implements AutoCloseable {
    private static final long LAST_WORDS_SECONDS = 5;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::onSignal, "stop");

    Stop() {
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private void onSignal() {
      asked.countDown();
      try {
        finished.await(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Waits that long; true when asked to stop. */
    boolean await(Duration timeout) throws InterruptedException {
      return asked.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
      if (asked.getCount() > 0) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
      finished.countDown();
    }
  }

  /**
   * Flags as Go programs have them, for the commands of the lab: {@code -flag value}, {@code
   * -flag=value}, {@code --flag value}.
   */
  static final class LabFlags {
    private static final int USAGE_ERROR = 2;
    private static final Pattern DURATION_PART =
        Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|us|ns|h|m|s)");
    private static final Map<String, Long> UNIT_NANOS =
        Map.of(
            "ns",
            1L,
            "us",
            1_000L,
            "ms",
            1_000_000L,
            "s",
            1_000_000_000L,
            "m",
            60_000_000_000L,
            "h",
            3_600_000_000_000L);

    private LabFlags() {}

    /**
     * Parses and runs {@code command}; what is wrong goes to {@code err} as one line, with exit
     * code 2.
     */
    static int run(Callable<Integer> command, List<String> args, PrintStream out, PrintStream err) {
      var line = new CommandLine(command);
      line.setPosixClusteredShortOptionsAllowed(false);
      line.registerConverter(Duration.class, LabFlags::duration);
      line.registerConverter(InetSocketAddress.class, LabFlags::address);
      line.registerConverter(PushCommand.class, named(PushCommand::named));
      line.registerConverter(LabApplication.class, named(LabApplication::named));
      if (args.stream().anyMatch(List.of("-help", "--help", "-h")::contains)) {
        out.print(help(line));
        return 0;
      }
      try {
        line.parseArgs(args.toArray(String[]::new));
        return command.call();
      } catch (ParameterException
          | IllegalArgumentException
          | UncheckedIOException
          | IOException e) {
        err.println(line.getCommandName() + ": " + e.getMessage());
        return USAGE_ERROR;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return 1;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private static String help(CommandLine line) {
      var spec = line.getCommandSpec();
      var text =
          new StringBuilder(String.join(" ", spec.usageMessage().description()))
              .append(System.lineSeparator());
      for (var option : spec.options()) {
        String name =
            option.names()[0] + (option.arity().max() == 0 ? "" : " " + option.paramLabel());
        Object initial = option.initialValue();
        String standard =
            initial == null || initial.equals("") ? "" : " (default " + shown(initial) + ")";
        text.append(
            String.format(
                "  %-24s %s%s%n", name, option.description()[0].replace("%%", "%"), standard));
      }
      return text.append("durations are written as 300ms, 5s, 1m30s")
          .append(System.lineSeparator())
          .toString();
    }

    static String shown(Object value) {
      return switch (value) {
        case Duration duration -> duration.toString().substring(2).toLowerCase(Locale.ROOT);
        case InetSocketAddress address -> {
          String host = address.getAddress().getHostAddress();
          yield (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
        }
        case Enum<?> name -> name.name().toLowerCase(Locale.ROOT);
        default -> value.toString();
      };
    }

    private static <T> ITypeConverter<T> named(Function<String, T> names) {
      return text -> {
        try {
          return names.apply(text);
        } catch (IllegalArgumentException e) {
          throw new TypeConversionException(e.getMessage());
        }
      };
    }

    static Duration duration(String text) {
      var parts = DURATION_PART.matcher(text);
      double nanos = 0;
      int end = 0;
      while (parts.find() && parts.start() == end) {
        nanos += Double.parseDouble(parts.group(1)) * UNIT_NANOS.getOrDefault(parts.group(2), 0L);
        end = parts.end();
      }
      if (end != text.length() || end == 0) {
        if (text.equals("0")) {
          return Duration.ZERO;
        }
        throw new TypeConversionException(
            "expected a duration such as 300ms, 5s or 1m30s but was \"" + text + "\"");
      }
      return Duration.ofNanos((long) nanos);
    }

    static InetSocketAddress address(String text) {
      int colon = text.lastIndexOf(':');
      try {
        if (colon >= 0) {
          String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
          var address =
              new InetSocketAddress(
                  host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(text.substring(colon + 1)));
          if (!address.isUnresolved()) {
            return address;
          }
          throw new TypeConversionException("cannot find the host of \"" + text + "\"");
        }
      } catch (IllegalArgumentException e) {
        // said below
      }
      throw new TypeConversionException(
          "expected host:port with a port of 0 to 65535 but was \"" + text + "\"");
    }
  }
}
