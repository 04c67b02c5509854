package io.diametergw.app.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The table of what the tests of a suite measured, {@code target/SUITE/results.md}: a row each,
 * which a later run replaces.
 */
public final class ResultsTable {
  private static final int LINES_OF_HEAD = 2;

  private final Path folder;
  private final List<String> columns;

  /**
   * @param suite the folder below {@code target}
   * @param columns the first tells rows apart
   */
  public ResultsTable(String suite, String... columns) {
    this.folder = Path.of(System.getProperty("basedir", "."), "target", suite).toAbsolutePath();
    this.columns = List.of(columns);
  }

  /** A folder of the suite, made or emptied. */
  public Path emptyFolder(String name) {
    var made = folder.resolve(name.replaceAll("[^\\w-]+", "-"));
    try {
      Files.createDirectories(made);
      try (var old = Files.newDirectoryStream(made)) {
        for (Path file : old) {
          Files.delete(file);
        }
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces the row whose first cell is this one's. */
  public synchronized void write(String... cells) {
    var table = folder.resolve("results.md");
    try {
      var rows = new TreeMap<String, String>();
      if (Files.exists(table)) {
        Files.readAllLines(table, UTF_8).stream()
            .skip(LINES_OF_HEAD)
            .forEach(row -> rows.put(row.split("\\|", -1)[1].strip(), row));
      }
      rows.put(cell(cells[0]), row(List.of(cells)));
      var head = row(columns) + "\n" + "|---".repeat(columns.size()) + "|\n";
      Files.createDirectories(folder);
      Files.writeString(table, head + String.join("\n", rows.values()) + "\n", UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String row(List<String> cells) {
    return cells.stream().map(ResultsTable::cell).collect(Collectors.joining(" | ", "| ", " |"));
  }

  private static String cell(String text) {
    return text.replace("|", "/").replaceAll("\\s+", " ").strip();
  }
}
