package io.diametergw.app;

import io.diametergw.gateway.config.ConfigException;
import io.diametergw.gateway.config.ConfigException.Problem;
import io.diametergw.gateway.config.DraBuilder;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.config.GatewayConfigBuilder;
import io.diametergw.gateway.config.Setting;
import io.diametergw.gateway.config.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the program was told, from all sources: a flag counts more than the environment, that more
 * than the file, that more than the default.
 *
 * @param gateway what the gateway is told
 * @param logLevel the least important lines that are logged
 * @param logFormat {@code text} or {@code json}
 * @param settings the text and origin of each setting, in the order of the catalogue
 * @param draOrigins where each DRA of {@code gateway} comes from
 * @param warnings what is allowed but seldom meant
 */
record Configuration(
    GatewayConfig gateway,
    String logLevel,
    String logFormat,
    Map<Setting<?>, Effective> settings,
    List<Origin> draOrigins,
    List<String> warnings) {
  /** The variable that stands for {@code -config}. */
  static final String CONFIG_VARIABLE = "DIAMGW_CONFIG";

  private static final String VARIABLE_PREFIX = "DIAMGW_";

  /** What holds, as text, and who said so. */
  record Effective(String text, Origin origin) {}

  /** Throws {@link ConfigException}, with the place of each error in its text. */
  static Configuration of(Flags flags, Map<String, String> environment) {
    return new Resolver(flags, environment).resolve();
  }

  private static final class Resolver {
    private final Flags flags;
    private final Map<String, String> environment;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Origin> origins = new HashMap<>();
    private final Map<Setting<?>, Told<?>> told = new LinkedHashMap<>();

    Resolver(Flags flags, Map<String, String> environment) {
      this.flags = flags;
      this.environment = environment;
    }

    Configuration resolve() {
      var file = readFile();
      for (Setting<?> setting : Catalogue.all()) {
        var value = choose(setting, file);
        if (value != null) {
          told.put(setting, value);
          origins.put(setting.path(), value.origin());
        }
      }
      if (file.dras() != null) {
        refuseTwoDrasBeside(file);
      }
      throwProblems();
      var builder = GatewayConfig.builder();
      Settings.topLevel().forEach(setting -> told(setting).into(builder));
      Settings.ofLogicApps().forEach(setting -> told(setting).into(builder));
      Settings.ofDraPool().forEach(setting -> told(setting).into(builder));
      var draOrigins = file.dras() == null ? twoDras(builder) : dras(builder, file.dras());
      var gateway = build(builder);
      var warnings = unknownVariables();
      warnings.addAll(gateway.warnings());
      var effective = new LinkedHashMap<Setting<?>, Effective>();
      told.forEach(
          (setting, value) -> effective.put(setting, new Effective(value.text(), value.origin())));
      if (file.dras() != null) {
        Settings.twoDras().forEach(effective::remove);
      }
      return new Configuration(
          gateway,
          value(Catalogue.LOG),
          value(Catalogue.LOG_FORMAT),
          effective,
          draOrigins,
          List.copyOf(warnings));
    }

    private ConfigFile readFile() {
      var name =
          flags.configFile() != null
              ? flags.configFile()
              : environment.getOrDefault(CONFIG_VARIABLE, "");
      try {
        return name.isEmpty() ? ConfigFile.NONE : ConfigFile.read(name);
      } catch (ConfigException e) {
        problems.addAll(e.problems());
        return ConfigFile.NONE;
      }
    }

    private <T> @Nullable Told<T> choose(Setting<T> setting, ConfigFile file) {
      var flag = flags.values().get(setting);
      if (flag != null) {
        return parse(
            setting, flag, "-" + setting.flag(), new Origin.Flag(String.valueOf(setting.flag())));
      }
      var variable = setting.environment();
      var said = environment.get(variable);
      if (said != null && (!said.isEmpty() || setting.equals(Settings.DRA2_HOST))) {
        return parse(setting, said, variable, new Origin.Environment(variable));
      }
      var written = file.values().get(setting);
      if (written != null) {
        return new Told<>(setting, setting.parse(written.text()), written.origin());
      }
      return setting
          .defaultValue()
          .map(value -> new Told<>(setting, value, new Origin.Default()))
          .orElse(null);
    }

    private <T> @Nullable Told<T> parse(
        Setting<T> setting, String text, String name, Origin origin) {
      try {
        return new Told<>(setting, setting.parse(text), origin);
      } catch (ConfigException e) {
        var reason =
            setting.equals(Catalogue.ADMIN)
                ? "; the admin address is not part of this version, it must be off"
                : "; it must be " + setting.allowed();
        problems.add(
            new Problem(List.of(setting.path()), name + "=" + Setting.shown(text) + reason));
        return null;
      }
    }

    private void refuseTwoDrasBeside(ConfigFile file) {
      for (Setting<?> setting : Settings.twoDras()) {
        var origin = origins.getOrDefault(setting.path(), new Origin.Default());
        if (!(origin instanceof Origin.Default)) {
          var text =
              setting.key()
                  + " ("
                  + origin
                  + ") cannot be set beside the list of DRAs; change the list";
          problems.add(new Problem(List.of(), file.drasOrigin().locate(text)));
        }
      }
    }

    private List<Origin> twoDras(GatewayConfigBuilder builder) {
      var places = new ArrayList<Origin>();
      builder.dra("DRA-1", value(Settings.DRA1_HOST), value(Settings.DRA1_PORT), 1);
      places.add(told(Settings.DRA1_HOST).origin());
      origins.put("dras[0].host", told(Settings.DRA1_HOST).origin());
      origins.put("dras[0].port", told(Settings.DRA1_PORT).origin());
      if (!value(Settings.DRA2_HOST).isEmpty()) {
        builder.dra("DRA-2", value(Settings.DRA2_HOST), value(Settings.DRA2_PORT), 2);
        places.add(told(Settings.DRA2_HOST).origin());
        origins.put("dras[1].host", told(Settings.DRA2_HOST).origin());
        origins.put("dras[1].port", told(Settings.DRA2_PORT).origin());
      }
      return List.copyOf(places);
    }

    private List<Origin> dras(GatewayConfigBuilder builder, List<ConfigFile.Dra> dras) {
      origins.put(Settings.DRAS, new Origin.Default());
      for (int i = 0; i < dras.size(); i++) {
        var dra = dras.get(i);
        for (Setting<?> setting : Settings.ofDras()) {
          var written = dra.values().get(setting);
          origins.put(
              "dras[" + i + "]." + setting.key(),
              written != null ? written.origin() : dra.origin());
        }
        builder.dra(
            to -> dra.values().forEach((setting, written) -> into(to, setting, written.text())));
      }
      return dras.stream().map(ConfigFile.Dra::origin).toList();
    }

    private static <T> void into(DraBuilder builder, Setting<T> setting, String text) {
      builder.set(setting, setting.parse(text));
    }

    private GatewayConfig build(GatewayConfigBuilder builder) {
      try {
        return builder.build();
      } catch (ConfigException e) {
        e.problems()
            .forEach(problem ->
                problems.add(new Problem(problem.paths(), place(problem).locate(problem.text()))));
        throw new ConfigException(problems);
      }
    }

    /** Where to mend it: the first of the settings involved that somebody set. */
    private Origin place(Problem problem) {
      return problem.paths().stream()
          .map(path -> origins.getOrDefault(path, new Origin.Default()))
          .filter(origin -> !(origin instanceof Origin.Default))
          .findFirst()
          .orElse(new Origin.Default());
    }

    /** Not refused: a container platform may add variables of its own under our prefix. */
    private List<String> unknownVariables() {
      var known = new ArrayList<String>();
      Catalogue.all().forEach(setting -> known.add(setting.environment()));
      known.add(CONFIG_VARIABLE);
      var warnings = new ArrayList<String>();
      for (var variable : new TreeMap<>(environment).keySet()) {
        if (variable.startsWith(VARIABLE_PREFIX) && !known.contains(variable)) {
          warnings.add(
              "environment variable "
                  + Setting.shown(variable)
                  + " sets nothing"
                  + Suggestion.didYouMean(variable, known, ""));
        }
      }
      return warnings;
    }

    private void throwProblems() {
      if (!problems.isEmpty()) {
        throw new ConfigException(problems);
      }
    }

    @SuppressWarnings("unchecked") // each setting is put together with a value of its own type
    private <T> Told<T> told(Setting<T> setting) {
      return (Told<T>) Objects.requireNonNull(told.get(setting), setting::path);
    }

    private <T> T value(Setting<T> setting) {
      return told(setting).value();
    }
  }

  private record Told<T>(Setting<T> setting, T value, Origin origin) {
    void into(GatewayConfigBuilder builder) {
      builder.set(setting, value);
    }

    String text() {
      return setting.format(value);
    }
  }
}
