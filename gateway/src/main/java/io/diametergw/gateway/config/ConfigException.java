package io.diametergw.gateway.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A configuration that cannot be used; names every setting that is wrong, its value and what is
 * allowed, one line each.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /** For these problems, at least one. */
  public ConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::text).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** For one problem. */
  public ConfigException(Problem problem) {
    this(List.of(problem));
  }

  /** What is wrong, in the order it was found. */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * One thing that is wrong.
   *
   * @param paths the settings it is about, as {@link Setting#path()}, or {@code dras[1].host} for
   *     the second DRA; the one to change first
   * @param text one line for people, without where the setting was found
   */
  public record Problem(List<String> paths, String text) {
    public Problem {
      paths = List.copyOf(paths);
    }
  }
}
