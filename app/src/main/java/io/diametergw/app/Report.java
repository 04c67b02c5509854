package io.diametergw.app;

import io.diametergw.gateway.config.DraConfig;
import io.diametergw.gateway.config.Setting;
import io.diametergw.gateway.config.Settings;
import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code -help}, {@code -check} and {@code -version} print. */
final class Report {
  private static final int NAME_WIDTH = 34;
  private static final int VALUE_WIDTH = 28;
  private static final int FLAG_WIDTH = 18;

  private Report() {}

  static void help(List<Subcommand> subcommands, PrintStream out) {
    out.println(
        """
        Diameter Gateway: stands between Diameter Logic Applications and DRAs.

        Usage: diameter-gateway [flags]
               diameter-gateway SUBCOMMAND [flags]   (each has its own -help)
        """);
    out.println("Subcommands:");
    for (var subcommand : subcommands) {
      out.println("  " + padded(subcommand.name(), FLAG_WIDTH) + subcommand.summary());
    }
    out.println();
    out.println("Flags (-flag value, -flag=value or --flag; durations as 300ms, 30s, 5m, 1h30m):");
    for (Setting<?> setting : Catalogue.FLAGS) {
      flag(
          out,
          String.valueOf(setting.flag()),
          setting.doc(),
          defaultOf(setting),
          setting.kind() == Setting.Kind.CHOICE ? setting.allowed() : null);
    }
    flag(
        out,
        "config",
        "YAML file; its keys are the flags' names and the sections logic-apps, dra-pool and dras.",
        "none",
        null);
    flag(
        out,
        "check",
        "Check the configuration, print what would hold and where it comes from, and exit (0 valid, 2 not).",
        null,
        null);
    flag(out, "version", "Print version, commit and JDK, and exit.", null, null);
    flag(out, "help", "Print this, and exit.", null, null);
    out.println(
        """

        Each flag can also be set in the environment, as DIAMGW_ORIGIN_HOST, and in the file, as origin-host; what only the file can say
        is DIAMGW_DRA_POOL_DWR_INTERVAL and the like. A flag counts more than the environment, that more than the file.
        The log goes to standard output, one message a line. SIGTERM and SIGINT drain and stop; a second one ends at once.
        Exit code: 0 stopped as told, 1 cannot run, 2 wrong configuration.\
        """);
  }

  private static void flag(
      PrintStream out,
      String name,
      String doc,
      @Nullable String defaultValue,
      @Nullable String choices) {
    out.println(
        "  "
            + padded("-" + name, FLAG_WIDTH)
            + doc
            + (choices == null ? "" : " (" + choices + ")")
            + (defaultValue == null ? "" : " Default: " + defaultValue));
  }

  private static <T> String defaultOf(Setting<T> setting) {
    return setting.defaultValue().map(setting::format).orElse("none");
  }

  static void check(Configuration configuration, PrintStream out) {
    out.println("valid");
    configuration
        .settings()
        .forEach(
            (setting, effective) -> row(out, setting.path(), effective.text(), effective.origin()));
    var dras = configuration.gateway().dras();
    for (int i = 0; i < dras.size(); i++) {
      out.println(
          padded(Settings.DRAS + "." + dras.get(i).name(), NAME_WIDTH)
              + describe(dras.get(i))
              + "   "
              + configuration.draOrigins().get(i));
    }
    configuration.warnings().forEach(warning -> out.println("warning: " + warning));
  }

  private static String describe(DraConfig dra) {
    return "%s:%d priority %d weight %d identity %s route-record %s forward-non-proxiable %s"
        .formatted(
            dra.host().indexOf(':') >= 0 ? "[" + dra.host() + "]" : dra.host(),
            dra.port(),
            dra.priority(),
            dra.weight(),
            dra.identity() == null ? "any" : dra.identity(),
            dra.routeRecord(),
            dra.forwardNonProxiable());
  }

  private static void row(PrintStream out, String name, String value, Origin origin) {
    out.println(
        padded(name, NAME_WIDTH)
            + padded(value.isEmpty() ? "-" : value, VALUE_WIDTH)
            + " "
            + origin);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(1, width - text.length()));
  }
}
