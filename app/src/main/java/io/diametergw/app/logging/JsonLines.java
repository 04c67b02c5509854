package io.diametergw.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code {"time":…,"level":…,"logger":…,"thread":…,"message":…}} and the event's own keys beside
 * these.
 */
final class JsonLines extends Lines {
  private static final Set<String> OWN =
      Set.of("time", "level", "logger", "thread", "message", "error");

  @Override
  void write(StringBuilder to, ILoggingEvent event) {
    to.append("{\"time\":\"");
    appendTime(to, event.getTimeStamp());
    to.append('"');
    member(to, "level", event.getLevel().toString());
    member(to, "logger", event.getLoggerName());
    member(to, "thread", event.getThreadName());
    member(to, "message", event.getFormattedMessage());
    var pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(
          pair -> member(to, OWN.contains(pair.key) ? "_" + pair.key : pair.key, pair.value));
    }
    var failure = event.getThrowableProxy();
    if (failure != null) {
      member(to, "error", describe(failure));
    }
    to.append('}');
  }

  private static void member(StringBuilder to, String name, @Nullable Object value) {
    to.append(',');
    string(to, name);
    to.append(':');
    switch (value) {
      case null -> to.append("null");
      case Double d when !Double.isFinite(d) -> string(to, d.toString());
      case Float f when !Float.isFinite(f) -> string(to, f.toString());
      case Boolean b -> to.append(b.booleanValue());
      case Number n -> to.append(n);
      default -> string(to, value.toString());
    }
  }

  private static void string(StringBuilder to, String text) {
    to.append('"');
    appendEscaped(to, text.replace("\\", "\\\\").replace("\"", "\\\""));
    to.append('"');
  }
}
