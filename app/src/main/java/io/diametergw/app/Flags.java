package io.diametergw.app;

import io.diametergw.gateway.config.ConfigException;
import io.diametergw.gateway.config.ConfigException.Problem;
import io.diametergw.gateway.config.Setting;
import io.diametergw.gateway.config.Setting.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags of a command line, read as Go's flag package reads them: {@code -flag value}, {@code
 * -flag=value}, {@code --flag}; a switch takes a value only after an equals sign; of one flag given
 * twice the last counts.
 *
 * <p>Not picocli: it costs 100 ms of every start and cannot read {@code -switch=false} without also
 * reading {@code -switch false}.
 *
 * @param values what was given, not yet parsed
 * @param configFile the file of {@code -config}; null without
 */
record Flags(
    Map<Setting<?>, String> values,
    @Nullable String configFile,
    boolean check,
    boolean version,
    boolean help) {
  private static final String CONFIG = "config";
  private static final String CHECK = "check";
  private static final String VERSION = "version";
  private static final String HELP = "help";

  /** The flags that are no setting of the gateway. */
  static final List<String> OF_THE_PROGRAM = List.of(CONFIG, CHECK, VERSION, HELP);

  static Flags parse(List<String> args) {
    return new Parser(args).parse();
  }

  private static final class Parser {
    private final List<String> args;
    private final Map<String, Setting<?>> settings = new LinkedHashMap<>();
    private final Map<Setting<?>, String> values = new LinkedHashMap<>();
    private final Map<String, Boolean> switches = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private @Nullable String configFile;

    Parser(List<String> args) {
      this.args = args;
      Catalogue.FLAGS.forEach(setting -> settings.put(String.valueOf(setting.flag()), setting));
    }

    Flags parse() {
      for (int i = 0; i < args.size(); i++) {
        var arg = args.get(i);
        if (arg.length() < 2 || arg.charAt(0) != '-' || arg.equals("--")) {
          refuse(
              "unexpected argument "
                  + quoted(arg)
                  + (i > 0 ? afterSwitch(args.get(i - 1), arg) : ""));
          continue;
        }
        int equals = arg.indexOf('=');
        var name = nameOf(arg);
        if (name.equals("h")) {
          name = HELP;
        }
        if (!isFlag(name)) {
          refuse(
              "unknown flag "
                  + Setting.shown("-" + name)
                  + Suggestion.didYouMean(name, names(), "-"));
          if (equals < 0 && i + 1 < args.size() && !args.get(i + 1).startsWith("-")) {
            i++; // most likely its value
          }
          continue;
        }
        if (isSwitch(name)) {
          give(name, equals < 0 ? "true" : arg.substring(equals + 1));
        } else if (equals >= 0) {
          give(name, arg.substring(equals + 1));
        } else if (i + 1 == args.size()) {
          refuse("-" + name + " needs a value");
        } else if (args.get(i + 1).startsWith("-") && isFlag(nameOf(args.get(i + 1)))) {
          refuse("-" + name + " needs a value, but " + args.get(i + 1) + " follows");
        } else {
          give(name, args.get(++i));
        }
      }
      if (!problems.isEmpty()) {
        throw new ConfigException(problems);
      }
      return new Flags(Map.copyOf(values), configFile, isOn(CHECK), isOn(VERSION), isOn(HELP));
    }

    private void give(String name, String value) {
      var setting = settings.get(name);
      if (setting != null) {
        values.put(setting, value);
      } else if (!name.equals(CONFIG)) {
        switch (value) {
          case "true" -> switches.put(name, true);
          case "false" -> switches.put(name, false);
          default -> refuse("-" + name + "=" + Setting.shown(value) + "; it must be true or false");
        }
      } else if (value.isEmpty()) {
        refuse("-config=\"\"; it must be the name of a file");
      } else {
        configFile = value;
      }
    }

    private String afterSwitch(String before, String arg) {
      boolean meant =
          before.startsWith("-")
              && isSwitch(nameOf(before))
              && (arg.equals("true") || arg.equals("false"));
      return meant ? "; write " + before + "=" + arg : "";
    }

    private boolean isFlag(String name) {
      return settings.containsKey(name) || OF_THE_PROGRAM.contains(name);
    }

    private boolean isSwitch(String name) {
      var setting = settings.get(name);
      return setting != null
          ? setting.kind() == Kind.SWITCH
          : OF_THE_PROGRAM.contains(name) && !name.equals(CONFIG);
    }

    private boolean isOn(String name) {
      return switches.getOrDefault(name, false);
    }

    private List<String> names() {
      var names = new ArrayList<>(settings.keySet());
      names.addAll(OF_THE_PROGRAM);
      return names;
    }

    private void refuse(String text) {
      problems.add(new Problem(List.of(), text));
    }

    private static String nameOf(String arg) {
      int equals = arg.indexOf('=');
      var name = equals < 0 ? arg : arg.substring(0, equals);
      return name.startsWith("--")
          ? name.substring(2)
          : name.startsWith("-") ? name.substring(1) : name;
    }

    private static String quoted(String text) {
      var shown = Setting.shown(text);
      return shown.startsWith("\"") ? shown : "\"" + shown + "\"";
    }
  }
}
