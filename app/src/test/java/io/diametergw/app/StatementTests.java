package io.diametergw.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the tests of statements: methods whose {@code @DisplayName} holds ids, also shortened as in
 * "CONF-INI-03 -04" or "CONF-AVP-06..09, -11".
 */
final class StatementTests {
  private static final String TEXT = "\"(?:[^\"\\\\]|\\\\.)*\"";
  private static final Pattern DISPLAY_NAME =
      Pattern.compile(
          "@DisplayName\\(\\s*("
              + TEXT
              + "(?:\\s*\\+\\s*"
              + TEXT
              + ")*)\\s*\\)"
              + ".*?\\bvoid\\s+(\\w+)\\s*\\(",
          Pattern.DOTALL);
  private static final Pattern IDS =
      Pattern.compile("CONF-([A-Z]+)((?:,? ?-\\d\\d(?:\\.\\.\\d\\d)?)+)");
  private static final Pattern NUMBERS = Pattern.compile("-(\\d\\d)(?:\\.\\.(\\d\\d))?");

  private StatementTests() {}

  /** The tests of each id, as {@code Class.method}, in all modules beside this one. */
  static Map<String, List<String>> find(Path root) throws IOException {
    var found = new TreeMap<String, Set<String>>();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.sorted().toList()) {
        Path tests = module.resolve("src/test/java");
        if (Files.isDirectory(tests)) {
          addAll(tests, found);
        }
      }
    }
    var lists = new TreeMap<String, List<String>>();
    found.forEach((id, tests) -> lists.put(id, List.copyOf(tests)));
    return lists;
  }

  private static void addAll(Path folder, Map<String, Set<String>> found) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
        String type = file.getFileName().toString().replace(".java", "");
        Matcher test = DISPLAY_NAME.matcher(Files.readString(file));
        while (test.find()) {
          for (String id : ids(test.group(1))) {
            found.computeIfAbsent(id, _ -> new TreeSet<>()).add(type + "." + test.group(2));
          }
        }
      }
    }
  }

  /** The ids in a text, in full. */
  static List<String> ids(String text) {
    var ids = new TreeSet<String>();
    Matcher group = IDS.matcher(text);
    while (group.find()) {
      Matcher number = NUMBERS.matcher(group.group(2));
      while (number.find()) {
        int first = Integer.parseInt(number.group(1));
        int last = number.group(2) == null ? first : Integer.parseInt(number.group(2));
        for (int n = first; n <= last; n++) {
          ids.add("CONF-%s-%02d".formatted(group.group(1), n));
        }
      }
    }
    return List.copyOf(ids);
  }
}
