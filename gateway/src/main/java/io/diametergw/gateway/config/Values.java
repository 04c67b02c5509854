package io.diametergw.gateway.config;

import io.diametergw.gateway.config.ConfigException.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a builder was told so far, and what of it was not understood; everything else is as by
 * default.
 */
final class Values {
  private final Map<Setting<?>, Object> told = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  <T> void put(Setting<T> setting, T value) {
    told.put(setting, value);
  }

  void parse(Setting<?> setting, String text) {
    try {
      told.put(setting, setting.parse(text));
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
  }

  @SuppressWarnings("unchecked") // put and parse store only values of the setting's own type
  <T> T of(Setting<T> setting) {
    var value = (T) told.get(setting);
    return value != null
        ? value
        : setting.defaultValue().orElseThrow(() -> new ConfigException(missing(setting)));
  }

  List<Problem> problems() {
    return problems;
  }

  private static Problem missing(Setting<?> setting) {
    return new Problem(
        List.of(setting.path()), setting.name() + " is missing; it must be " + setting.allowed());
  }
}
