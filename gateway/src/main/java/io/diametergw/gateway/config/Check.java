package io.diametergw.gateway.config;

import io.diametergw.gateway.config.ConfigException.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with values, so that all of it is said at once. */
final class Check {
  private final String prefix;
  private final List<Problem> problems = new ArrayList<>();

  Check() {
    this("");
  }

  /** Of something among several, which the prefix names. */
  Check(String prefix) {
    this.prefix = prefix;
  }

  <T> Check allowed(Setting<T> setting, T value) {
    if (!setting.allows(value)) {
      add(List.of(setting.path()), prefix + setting.refusal(setting.format(value)).text());
    }
    return this;
  }

  Check shorter(Setting<Duration> setting, Duration value, Setting<Duration> than, Duration bound) {
    if (value.compareTo(bound) >= 0) {
      add(
          List.of(setting.path(), than.path()),
          relation(setting, value, ">=", than, bound) + "; it must be shorter");
    }
    return this;
  }

  Check notLonger(
      Setting<Duration> setting, Duration value, Setting<Duration> than, Duration bound) {
    if (value.compareTo(bound) > 0) {
      add(
          List.of(setting.path(), than.path()),
          relation(setting, value, ">", than, bound) + "; it must not be longer");
    }
    return this;
  }

  static <T> String relation(Setting<T> a, T value, String relation, Setting<T> b, T bound) {
    return a.name()
        + "="
        + a.format(value)
        + " "
        + relation
        + " "
        + b.name()
        + "="
        + b.format(bound);
  }

  void add(List<String> paths, String text) {
    problems.add(new Problem(paths, text));
  }

  void addAll(List<Problem> more) {
    problems.addAll(more);
  }

  /** What is made, or null when it refuses, for reasons that are then collected here. */
  <T> @Nullable T attempt(Supplier<T> make) {
    try {
      return make.get();
    } catch (ConfigException e) {
      addAll(e.problems());
      return null;
    }
  }

  void orThrow() {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
