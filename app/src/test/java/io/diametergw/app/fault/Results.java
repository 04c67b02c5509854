package io.diametergw.app.fault;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;

/** The table of what all scenarios measured, {@code target/faults/results.md}: a row each. */
final class Results {
  /** Where the suite leaves what it found. */
  static final Path FOLDER = Path.of(System.getProperty("basedir", "."), "target", "faults");

  private static final Path TABLE = FOLDER.resolve("results.md");
  private static final String HEAD = "| id | scenario | goal | measured |\n|---|---|---|---|\n";

  private Results() {}

  /** Replaces the row of that scenario, and says it on the standard output. */
  static synchronized void write(Scenario scenario, String measured) {
    System.out.printf("%s  goal: %s  measured: %s%n", scenario.id(), scenario.goal(), measured);
    try {
      var rows = new TreeMap<String, String>();
      if (Files.exists(TABLE)) {
        Files.readAllLines(TABLE, UTF_8).stream()
            .skip(2)
            .forEach(row -> rows.put(row.split("\\|", -1)[1].strip(), row));
      }
      rows.put(
          scenario.id(),
          "| %s | %s | %s | %s |"
              .formatted(
                  scenario.id(), cell(scenario.what()), cell(scenario.goal()), cell(measured)));
      Files.createDirectories(FOLDER);
      Files.writeString(TABLE, HEAD + String.join("\n", rows.values()) + "\n", UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String cell(String text) {
    return text.replace("|", "/").replaceAll("\\s+", " ").strip();
  }
}
