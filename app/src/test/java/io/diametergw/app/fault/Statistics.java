package io.diametergw.app.fault;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A block of the gateway's statistics as its log has it: {@code Books.unaccounted}, {@code DRA
 * DRA-1.state}.
 */
record Statistics(Map<String, String> values) {
  private static final String HEAD = "=== Gateway Statistics ===";
  private static final Pattern LINE = Pattern.compile(" INFO +([A-Z][\\w -]*): (\\w+=.*)$");

  Statistics {
    values = Map.copyOf(values);
  }

  /** The last block of a log; empty when there is none. */
  static Statistics last(List<String> log) {
    int head = log.size() - 1;
    while (head >= 0 && !log.get(head).contains(HEAD)) {
      head--;
    }
    var values = new HashMap<String, String>();
    for (String line : log.subList(Math.max(head, 0), log.size())) {
      var group = LINE.matcher(line);
      if (group.find()) {
        for (String pair : group.group(2).split(" ", -1)) {
          int equals = pair.indexOf('=');
          if (equals > 0) {
            values.put(
                group.group(1) + "." + pair.substring(0, equals), pair.substring(equals + 1));
          }
        }
      }
    }
    return new Statistics(values);
  }

  /** A figure by its group and name, such as {@code Failover.retransmitted}. */
  long count(String name) {
    return Long.parseLong(text(name));
  }

  /** A value by its group and name. */
  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new AssertionError("no " + name + " in the statistics " + values);
    }
    return value;
  }
}
