package io.diametergw.app;

import io.diametergw.app.SimulateDraCommand.LabFlags;
import io.diametergw.app.logging.Logging;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: the whole product on this machine, and what its clients notice when DRAs fail. */
@Command(
    name = "demo",
    description =
        "Three DRAs, the gateway and two Logic Apps on free local ports: DRA-1 and DRA-2 fail, DRA-3 takes over, DRA-1 recovers."
            + " Exit code 0 when no request was lost, else 1.")
final class DemoCommand implements Callable<Integer> {
  /**
   * The one argument of the run that shows the JVM what a start needs; for the launcher, so not in
   * the help.
   */
  static final String TRAINING = "-training";

  private static final int SHORTEST_SECONDS = 3; // less and the story outruns its own reconnects
  private static final int LONGEST_SECONDS = 3_600;
  private static final int MOST_REQUESTS_PER_SECOND =
      5_000; // the simulated nodes share the machine

  @Option(
      names = {"-seconds", "--seconds"},
      paramLabel = "N",
      description = "how long the traffic runs, from 3 to 3600")
  private int seconds = 30;

  @Option(
      names = {"-rate", "--rate"},
      paramLabel = "N",
      description = "requests a second of the Logic Apps, from 10 to 5000")
  private int rate = 1_000;

  private final PrintStream out;
  private final PrintStream err;
  private final StopSignals signals;

  private DemoCommand(PrintStream out, PrintStream err, StopSignals signals) {
    this.out = out;
    this.err = err;
    this.signals = signals;
  }

  /** Runs the demo; SIGINT and SIGTERM end it early and in order. */
  static int run(List<String> args, PrintStream out, PrintStream err) {
    var signals = new StopSignals(() -> Runtime.getRuntime().halt(1));
    if (args.equals(List.of(TRAINING))) {
      return DemoTraining.run(signals, err);
    }
    signals.listen();
    return run(args, out, err, signals);
  }

  /**
   * Runs the demo until its end or the first of the signals; 0 nothing was lost, 1 something was, 2
   * wrong flags.
   */
  static int run(List<String> args, PrintStream out, PrintStream err, StopSignals signals) {
    return LabFlags.run(new DemoCommand(out, err, signals), args, out, err);
  }

  @Override
  public Integer call() throws Exception {
    inRange("-seconds", seconds, SHORTEST_SECONDS, LONGEST_SECONDS);
    inRange("-rate", rate, 10, MOST_REQUESTS_PER_SECOND);
    try (var _ = Logging.start("error", "text", err); // the demo tells the rest itself
        var demo = new Demo(out, signals, Duration.ofSeconds(seconds), rate)) {
      return demo.run() ? 0 : 1;
    }
  }

  private static void inRange(String flag, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "expected %s from %d to %d but was %d".formatted(flag, least, most, value));
    }
  }
}
