package io.diametergw.app.process;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A block of the gateway's statistics as its log has it: {@code Books.unaccounted}, {@code DRA
 * DRA-1.state}.
 */
public record Statistics(Map<String, String> values) {
  private static final String HEAD = "=== Gateway Statistics ===";
  private static final Pattern LINE = Pattern.compile(" INFO +([A-Z][\\w -]*): (\\w+=.*)$");

  public Statistics {
    values = Map.copyOf(values);
  }

  /** The last block of a log that is complete; empty when there is none. */
  public static Statistics last(List<String> log) {
    var blocks = new ArrayList<Map<String, String>>();
    int size = 0; // of a block, as the first one had it
    for (String line : log) {
      if (line.contains(HEAD)) {
        size = Math.max(size, blocks.isEmpty() ? 0 : blocks.getLast().size());
        blocks.add(new HashMap<>());
      } else if (!blocks.isEmpty()) {
        read(line, blocks.getLast());
      }
    }
    while (!blocks.isEmpty() && blocks.getLast().size() < size) {
      blocks.removeLast(); // the rest of it is still to come
    }
    return new Statistics(blocks.isEmpty() ? Map.of() : blocks.getLast());
  }

  private static void read(String line, Map<String, String> block) {
    var group = LINE.matcher(line);
    if (group.find()) {
      for (String pair : group.group(2).split(" ", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          block.put(group.group(1) + "." + pair.substring(0, equals), pair.substring(equals + 1));
        }
      }
    }
  }

  /** A figure by its group and name, such as {@code Failover.retransmitted}. */
  public long count(String name) {
    return Long.parseLong(text(name));
  }

  /** A value by its group and name. */
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new AssertionError("no " + name + " in the statistics " + values);
    }
    return value;
  }
}
