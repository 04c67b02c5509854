package io.diametergw.app;

import io.diametergw.gateway.DrainReport;
import io.diametergw.gateway.Gateway;
import io.diametergw.gateway.config.ConfigException;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.config.Setting;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/** The program {@code diameter-gateway}: a subcommand, or else the gateway. */
public final class Main {
  private static final int OK = 0;
  private static final int WRONG_CONFIGURATION = 2;

  private static final List<Subcommand> SUBCOMMANDS =
      List.of(
          new Subcommand(
              "demo",
              "Shows it all on this machine: three DRAs, the gateway, two Logic Apps.",
              (args, in, out, err) -> DemoCommand.run(args, out, err)),
          new Subcommand("simulate-dra", "Plays a DRA.", SimulateDraCommand::run),
          new Subcommand(
              "simulate-app",
              "Plays Logic Apps.",
              (args, in, out, err) -> SimulateAppCommand.run(args, out, err)),
          new Subcommand(
              "load",
              "Measures throughput and latency.",
              (args, in, out, err) -> LoadCommand.run(args, out, err)),
          new Subcommand(
              "decode", "Prints Diameter messages, given in hex, as trees.", DecodeCommand::run));

  private final List<Subcommand> subcommands;
  private final Map<String, String> environment;
  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final RunCommand run;

  Main(
      List<Subcommand> subcommands,
      Map<String, String> environment,
      InputStream in,
      PrintStream out,
      PrintStream err,
      RunCommand run) {
    this.subcommands = subcommands;
    this.environment = environment;
    this.in = in;
    this.out = out;
    this.err = err;
    this.run = run;
  }

  /** Runs the program and ends the JVM with its exit code. */
  public static void main(String[] args) {
    OutputStream log =
        new FileOutputStream(
            FileDescriptor.out); // not System.out, whose lock every log line would take
    var signals =
        new StopSignals(() -> {
          System.err.println("second signal: ended at once");
          Runtime.getRuntime().halt(1);
        });
    var run = new RunCommand(Main::start, signals, log, System.err);
    System.exit(
        new Main(SUBCOMMANDS, System.getenv(), System.in, System.out, System.err, run)
            .run(List.of(args)));
  }

  /** The programs beside the gateway. */
  static List<Subcommand> subcommands() {
    return SUBCOMMANDS;
  }

  static GatewayRunner.Running start(GatewayConfig config) throws IOException {
    return running(Gateway.start(config));
  }

  static GatewayRunner.Running running(Gateway gateway) {
    return new GatewayRunner.Running() {
      @Override
      public InetSocketAddress listenAddress() {
        return gateway.listenAddress();
      }

      @Override
      public DrainReport drain() {
        return gateway.drain();
      }

      @Override
      public void close() {
        gateway.close();
      }
    };
  }

  /** Returns the exit code. */
  int run(List<String> args) {
    if (!args.isEmpty() && !args.getFirst().startsWith("-")) {
      return runSubcommand(args.getFirst(), args.subList(1, args.size()));
    }
    Configuration configuration;
    try {
      var flags = Flags.parse(args);
      if (flags.help()) {
        Report.help(subcommands, out);
        return OK;
      }
      if (flags.version()) {
        out.println(Build.current());
        return OK;
      }
      configuration = Configuration.of(flags, environment);
      if (flags.check()) {
        Report.check(configuration, out);
        return OK;
      }
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return WRONG_CONFIGURATION;
    }
    return run.run(configuration);
  }

  private int runSubcommand(String name, List<String> args) {
    for (var subcommand : subcommands) {
      if (subcommand.name().equals(name)) {
        return subcommand.action().run(args, in, out, err);
      }
    }
    var shown = Setting.shown(name);
    err.println(
        "unknown subcommand "
            + (shown.startsWith("\"") ? shown : "\"" + shown + "\"")
            + Suggestion.didYouMean(name, subcommands.stream().map(Subcommand::name).toList(), ""));
    return WRONG_CONFIGURATION;
  }
}
