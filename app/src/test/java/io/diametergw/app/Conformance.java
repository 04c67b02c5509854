package io.diametergw.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What the gateway promises on the wire, statement by statement: the tables in {@code
 * conformance/*.tsv}.
 */
record Conformance(
    List<Statement> statements,
    List<Open> open,
    List<Section> sections,
    List<Deviation> deviations) {
  private static final String OURS = "-";

  /**
   * One statement, {@code CONF-ABC-01}.
   *
   * @param level the word of RFC 2119 that its section uses; "ours" where we decided
   * @param sections those that demand it; none where no RFC does
   */
  record Statement(String id, String level, List<Reference> sections, String text) {
    /** What it is about: the letters in its id. */
    String topic() {
      return id.substring("CONF-".length(), id.lastIndexOf('-'));
    }
  }

  /** A section of an RFC; the whole RFC when {@code section} is empty. */
  record Reference(String rfc, String section) {}

  /**
   * What is not there yet.
   *
   * @param part what of the statement; all of it when empty
   */
  record Open(String id, String part, String reason) {
    boolean isWhole() {
      return part.isEmpty();
    }
  }

  /**
   * A section to report on.
   *
   * @param without why no statement is about it, after "–" (not applicable) or "NC"
   */
  record Section(Reference reference, String title, String without) {}

  /** Where the gateway does otherwise, on purpose. */
  record Deviation(String what, String section, String reason) {}

  /** Reads the tables. */
  static Conformance read() {
    return new Conformance(
        rows("statements", 4)
            .map(row -> new Statement(row.get(0), row.get(1), references(row.get(2)), row.get(3)))
            .toList(),
        rows("open", 3).map(row -> new Open(row.get(0), row.get(1), row.get(2))).toList(),
        rows("sections", 4)
            .map(row -> new Section(new Reference(row.get(0), row.get(1)), row.get(2), row.get(3)))
            .toList(),
        rows("deviations", 3)
            .map(row -> new Deviation(row.get(0), row.get(1), row.get(2)))
            .toList());
  }

  /** {@code 6733 §3, §7.1.5; 3539 App. A}. */
  private static List<Reference> references(String text) {
    if (text.equals(OURS)) {
      return List.of();
    }
    return Arrays.stream(text.split("; ", -1))
        .flatMap(ofOneRfc -> {
          int space = ofOneRfc.indexOf(' ');
          if (space < 0) {
            return Stream.of(new Reference(ofOneRfc, ""));
          }
          String rfc = ofOneRfc.substring(0, space);
          return Arrays.stream(ofOneRfc.substring(space + 1).split(", ", -1))
              .map(section -> new Reference(rfc, section));
        })
        .toList();
  }

  /** The rows of a table below its head; each has that many columns. */
  private static Stream<List<String>> rows(String table, int columns) {
    String name = "/conformance/" + table + ".tsv";
    try (var in = Objects.requireNonNull(Conformance.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), UTF_8)
              .lines()
              .skip(1)
              .map(line -> {
                var row = List.of(line.split("\t", -1));
                if (row.size() != columns) {
                  throw new IllegalStateException(
                      name + ": expected " + columns + " columns: " + line);
                }
                return row;
              })
              .toList()
              .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
