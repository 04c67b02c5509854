package io.diametergw.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Turns each event into one line of UTF-8. Called by one thread at a time. */
abstract class Lines extends EncoderBase<ILoggingEvent> {
  private static final int MAX_FRAMES = 12;
  private static final int MAX_CAUSES = 8;
  private static final byte[] NOTHING = {};

  private final StringBuilder line = new StringBuilder(256);

  private long second = Long.MIN_VALUE;
  private String secondText = "";

  /** Appends the line without its end. */
  abstract void write(StringBuilder to, ILoggingEvent event);

  @Override
  public final byte[] encode(ILoggingEvent event) {
    line.setLength(0);
    write(line, event);
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public final byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public final byte[] footerBytes() {
    return NOTHING;
  }

  /**
   * Appends {@code 2026-11-22T20:01:02.345Z}. A formatter of java.time would cost 20 ms at start.
   */
  final void appendTime(StringBuilder to, long millis) {
    long whole = Math.floorDiv(millis, 1000L);
    if (whole != second) {
      var time = LocalDateTime.ofEpochSecond(whole, 0, ZoneOffset.UTC).toString();
      secondText =
          time.length() == "2026-11-22T20:01".length()
              ? time + ":00"
              : time; // toString leaves out seconds that are zero
      second = whole;
    }
    int fraction = (int) Math.floorMod(millis, 1000L);
    to.append(secondText)
        .append(fraction < 10 ? ".00" : fraction < 100 ? ".0" : ".")
        .append(fraction)
        .append('Z');
  }

  /** The failure, its causes and the first frames of each, to be written on one line. */
  static String describe(IThrowableProxy failure) {
    var text = new StringBuilder();
    IThrowableProxy cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      text.append(depth == 0 ? "" : " caused by ").append(cause.getClassName());
      if (cause.getMessage() != null) {
        text.append(": ").append(cause.getMessage());
      }
      var frames = cause.getStackTraceElementProxyArray();
      for (int i = 0; i < frames.length && i < MAX_FRAMES; i++) {
        text.append(i == 0 ? " at " : " < ").append(frames[i].getStackTraceElement());
      }
      cause = cause.getCause();
    }
    return text.toString();
  }

  /**
   * Appends the text with control characters, and what ends a line for some reader, written as
   * escapes.
   */
  static void appendEscaped(StringBuilder to, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        default -> {
          if (Character.isISOControl(c)
              || c == '\u2028'
              || c == '\u2029'
              || (Character.isSurrogate(c) && !isPaired(text, i))) {
            to.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
              to.append(Character.forDigit(c >> shift & 0xF, 16));
            }
          } else {
            to.append(c);
          }
        }
      }
    }
  }

  private static boolean isPaired(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at))
        ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
        : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
  }
}
