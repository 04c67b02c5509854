package io.diametergw.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diametergw.lab.LabApplication;
import io.diametergw.lab.load.Load;
import io.diametergw.lab.load.LoadPlan;
import io.diametergw.lab.load.LoadProgress;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code load}: drives requests through a gateway and measures. */
@Command(
    name = "load",
    description = "Load: drive requests through a gateway, check every answer, measure latency.")
public final class LoadCommand implements Callable<Integer> {
  private static final int LOST = 1;
  private static final int BAR = 30;

  @Option(
      names = {"-connect", "--connect"},
      paramLabel = "HOST:PORT",
      description = "the gateway, or a DRA")
  private InetSocketAddress connect = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3868);

  @Option(
      names = {"-connections", "--connections"},
      paramLabel = "N",
      description = "connections, each a Logic App of its own")
  private int connections = 10;

  @Option(
      names = {"-window", "--window"},
      paramLabel = "N",
      description = "closed loop: requests in flight on each connection")
  private int window = 100;

  @Option(
      names = {"-rate", "--rate"},
      paramLabel = "N",
      description = "instead of -window, open loop: requests a second over all; 0 not")
  private double rate;

  @Option(
      names = {"-seconds", "--seconds"},
      paramLabel = "N",
      description = "measured time in seconds")
  private long seconds = 10;

  @Option(
      names = {"-warmup", "--warmup"},
      paramLabel = "DURATION",
      description = "time before it that is not measured")
  private Duration warmup = Duration.ofSeconds(2);

  @Option(
      names = {"-size", "--size"},
      paramLabel = "BYTES",
      description = "fill requests up to this size; 0 leaves them as they are")
  private int size;

  @Option(
      names = {"-application", "--application"},
      paramLabel = "NAME",
      description = "what is asked: s6a, s13, gx or gy")
  private LabApplication application = LabApplication.GY;

  @Option(
      names = {"-origin-host", "--origin-host"},
      paramLabel = "NAME",
      description = "identities; %%d is the connection's number from 0")
  private String originHost = "app%d.example.com";

  @Option(
      names = {"-origin-realm", "--origin-realm"},
      paramLabel = "NAME",
      description = "their realm")
  private String originRealm = "example.com";

  @Option(
      names = {"-destination-realm", "--destination-realm"},
      paramLabel = "NAME",
      description = "the realm asked; empty for their own")
  private String destinationRealm = "";

  @Option(
      names = {"-timeout", "--timeout"},
      paramLabel = "DURATION",
      description = "a request without an answer is lost after this long")
  private Duration timeout = Duration.ofSeconds(5);

  @Option(
      names = {"-json", "--json"},
      paramLabel = "FILE",
      description = "write the result there as JSON too; - for the standard output")
  private String json = "";

  private final PrintStream out;
  private final PrintStream err;

  private LoadCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the command; 0 when every request got exactly its answer, 1 when not, 2 when it could not
   * start.
   */
  public static int run(List<String> args, PrintStream out, PrintStream err) {
    return SimulateDraCommand.LabFlags.run(new LoadCommand(out, err), args, out, err);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var pace = rate > 0 ? new LoadPlan.Pace.Rate(rate) : new LoadPlan.Pace.Window(window);
    var plan =
        LoadPlan.to(connect, pace)
            .connections(connections)
            .lasting(warmup, Duration.ofSeconds(seconds))
            .asking(application, size)
            .from(
                originHost,
                originRealm,
                destinationRealm.isEmpty() ? originRealm : destinationRealm)
            .answerTimeout(timeout);
    boolean terminal = onTerminal();
    var result = terminal ? Load.run(plan, this::drawProgress) : Load.run(plan);
    if (terminal) {
      err.print("\r" + " ".repeat(BAR + 60) + "\r");
    }
    if (json.equals("-")) {
      out.println(result.toJson());
    } else {
      out.print(result);
      if (!json.isEmpty()) {
        Files.writeString(Path.of(json), result.toJson() + System.lineSeparator(), UTF_8);
      }
    }
    return result.isClean() ? 0 : LOST;
  }

  @SuppressWarnings("SystemConsoleNull") // JDK 25 is back to null where there is no terminal
  private static boolean onTerminal() {
    var console = System.console();
    return console != null && console.isTerminal();
  }

  private void drawProgress(LoadProgress progress) {
    int done =
        (int) Math.min(BAR, BAR * progress.elapsed().toMillis() / progress.total().toMillis());
    err.printf(
        Locale.ROOT,
        "\r[%s%s] %d/%d s  %,.0f/s  lost %,d   ",
        "#".repeat(done),
        " ".repeat(BAR - done),
        progress.elapsed().toSeconds(),
        progress.total().toSeconds(),
        progress.perSecond(),
        progress.lost());
    err.flush();
  }
}
