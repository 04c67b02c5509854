package io.diametergw.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;

/** {@code 2026-11-22T20:01:02.345Z INFO message key=value}. */
final class TextLines extends Lines {
  private static final int LEVEL_WIDTH = 5;

  @Override
  void write(StringBuilder to, ILoggingEvent event) {
    appendTime(to, event.getTimeStamp());
    var level = event.getLevel().toString();
    to.append(' ').append(level).repeat(' ', LEVEL_WIDTH - level.length() + 1);
    appendEscaped(to, String.valueOf(event.getFormattedMessage()));
    var pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (var pair : pairs) {
        to.append(' ');
        appendEscaped(to, pair.key);
        to.append('=');
        appendEscaped(to, String.valueOf(pair.value));
      }
    }
    var failure = event.getThrowableProxy();
    if (failure != null) {
      to.append(" | ");
      appendEscaped(to, describe(failure));
    }
  }
}
