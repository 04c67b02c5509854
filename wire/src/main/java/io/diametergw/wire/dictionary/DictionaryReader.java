package io.diametergw.wire.dictionary;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the dictionary's files: one AVP, command, application, vendor or result a line, columns
 * apart by blanks, # for remarks.
 *
 * <p>An AVP's line may be followed by lines that begin with {@code =} (values of an Enumerated),
 * {@code |} (bits of a mask) or {@code >} (members of a group), items apart by commas. A line that
 * cannot be read, or names something twice, is a bug of ours: {@link IllegalStateException} with
 * file and line.
 */
final class DictionaryReader {
  private static final String[] FILES = {
    "commands.txt",
    "results.txt",
    "base.txt",
    "credit-control.txt",
    "s6a.txt",
    "gx-rx.txt",
    "cx-sh.txt"
  };

  record CommandNames(String abbreviation, String name) {}

  final Map<Integer, String> vendors = new HashMap<>();
  final Map<Integer, String> applications = new HashMap<>();
  final Map<Integer, CommandNames> commands = new HashMap<>();
  final Map<Long, String> results = new HashMap<>();
  final Map<Long, AvpDefinition> avps = new LinkedHashMap<>();

  private Map<Integer, String> values = Map.of();
  private Map<Integer, String> bits = Map.of();
  private List<String> members = List.of();

  static DictionaryReader readAll() {
    var reader = new DictionaryReader();
    for (String file : FILES) {
      reader.readFile(file);
    }
    return reader;
  }

  private void readFile(String file) {
    try (var in = DictionaryReader.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + " is missing from the jar");
      }
      var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        try {
          readLine(line.strip());
        } catch (RuntimeException e) {
          throw new IllegalStateException(
              file + ":" + number + ": " + line.strip() + ": " + e.getMessage(), e);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  private void readLine(String line) {
    if (line.isEmpty()) {
      return;
    }
    switch (line.charAt(0)) {
      case '#' -> {}
      case '=' -> items(line, (value, name) -> once(values.put(value, name)));
      case '|' -> items(line, (bit, name) -> once(bits.put(bit, name)));
      case '>' -> {
        for (String member : line.substring(1).split(",", -1)) {
          if (!member.isBlank()) {
            members.add(member.strip());
          }
        }
      }
      default -> readDefinition(line.split("\\s+", -1));
    }
  }

  private void readDefinition(String[] column) {
    switch (column[0]) {
      case "vendor" -> once(vendors.put(unsigned(column[1]), column[2]));
      case "application" -> once(applications.put(unsigned(column[1]), column[2]));
      case "command" ->
          once(commands.put(unsigned(column[1]), new CommandNames(column[2], column[3])));
      case "result" ->
          once(results.put(Dictionary.key(unsigned(column[1]), unsigned(column[2])), column[3]));
      default -> readAvp(column);
    }
  }

  private void readAvp(String[] column) {
    var type = AvpType.named(column[3]);
    if (type == null) {
      throw new IllegalArgumentException("no such type");
    }
    int code = unsigned(column[0]);
    int vendorId = unsigned(column[1]);
    String flags = column[4];
    if (flags.contains("V") != (vendorId != 0)) {
      throw new IllegalArgumentException("the V flag and the vendor disagree");
    }
    values = new LinkedHashMap<>(); // filled by the lines that follow
    bits = new LinkedHashMap<>();
    members = new ArrayList<>();
    var definition =
        new AvpDefinition(
            code,
            vendorId,
            column[2],
            type,
            flags.contains("M"),
            Collections.unmodifiableMap(values),
            Collections.unmodifiableMap(bits),
            Collections.unmodifiableList(members));
    once(avps.put(Dictionary.key(vendorId, code), definition));
  }

  private static void items(String line, BiConsumer<Integer, String> each) {
    for (String item : line.substring(1).split(",", -1)) {
      if (!item.isBlank()) {
        String[] numberAndName = item.strip().split("\\s+", 2);
        each.accept(Integer.valueOf(numberAndName[0]), numberAndName[1]);
      }
    }
  }

  private static int unsigned(String number) {
    return Integer.parseUnsignedInt(number);
  }

  private static void once(@Nullable Object before) {
    if (before != null) {
      throw new IllegalArgumentException("already defined as " + before);
    }
  }
}
