package io.diametergw.app;

/** Where a setting's value comes from. */
sealed interface Origin {
  /** Nobody set it. */
  record Default() implements Origin {
    @Override
    public String toString() {
      return "default";
    }
  }

  /** A flag of the command line, without its dash. */
  record Flag(String name) implements Origin {
    @Override
    public String toString() {
      return "flag -" + name;
    }
  }

  /** A variable of the environment. */
  record Environment(String variable) implements Origin {
    @Override
    public String toString() {
      return "environment " + variable;
    }
  }

  /**
   * A place in a file.
   *
   * @param label the file as the user named it
   * @param line from 1
   * @param column from 1
   * @param source the whole line
   */
  record File(String label, int line, int column, String source) implements Origin {
    private static final int MAX_SOURCE = 160;

    @Override
    public String toString() {
      return "file " + label + ":" + line;
    }
  }

  /** The problem with the place to mend it, where that is known. */
  default String locate(String problem) {
    if (!(this instanceof File file) || file.source().length() > File.MAX_SOURCE) {
      return this instanceof File file
          ? file.label() + ":" + file.line() + ":" + file.column() + ": " + problem
          : problem;
    }
    var number = String.valueOf(file.line());
    return """
    %s:%d:%d: %s
      %s | %s
      %s | %s^\
    """
        .formatted(
            file.label(),
            file.line(),
            file.column(),
            problem,
            number,
            file.source().replace('\t', ' '),
            " ".repeat(number.length()),
            " ".repeat(Math.clamp(file.column() - 1, 0, file.source().length())));
  }
}
