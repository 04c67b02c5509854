package io.diametergw.wire.dictionary;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of a message made fit for a log or a terminal: nothing in them can begin a line, move a
 * cursor or run without end.
 */
final class Shown {
  private static final int ASCII_DEL = 0x7F;

  private Shown() {}

  /** The bytes as text in quotes, escaped, cut after {@code maxBytes}. */
  static String quoted(ByteBuf buf, int at, int length, int maxBytes) {
    var out = new StringBuilder("\"");
    escape(buf.toString(at, Math.min(length, maxBytes), StandardCharsets.UTF_8), out);
    out.append('"');
    return cutNote(out, length, maxBytes);
  }

  /**
   * The bytes in quotes where they are printable ASCII, otherwise in hex, cut after {@code
   * maxBytes}.
   */
  static String octets(ByteBuf buf, int at, int length, int maxBytes) {
    if (length == 0) {
      return "(empty)";
    }
    if (isPrintable(buf, at, length)) {
      return quoted(buf, at, length, maxBytes);
    }
    return hex(buf, at, length, maxBytes);
  }

  /** The bytes in hex, cut after {@code maxBytes}. */
  static String hex(ByteBuf buf, int at, int length, int maxBytes) {
    var out = new StringBuilder("0x");
    for (int i = 0; i < Math.min(length, maxBytes); i++) {
      int octet = buf.getUnsignedByte(at + i);
      out.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 0xF, 16));
    }
    return cutNote(out, length, maxBytes);
  }

  private static String cutNote(StringBuilder out, int length, int maxBytes) {
    if (length > maxBytes) {
      out.append("... (").append(length).append(" B)");
    }
    return out.toString();
  }

  private static boolean isPrintable(ByteBuf buf, int at, int length) {
    for (int i = 0; i < length; i++) {
      int octet = buf.getByte(at + i);
      if (octet < ' ' || octet >= ASCII_DEL) {
        return false;
      }
    }
    return true;
  }

  /**
   * Appends {@code text} with quotes, backslashes and everything that is not visible as escapes.
   */
  static void escape(String text, StringBuilder out) {
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\r' -> out.append("\\r");
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            default -> {
              if (isVisible(c)) {
                out.appendCodePoint(c);
              } else {
                out.append("\\u{").append(Integer.toHexString(c)).append('}');
              }
            }
          }
        });
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, // C0 and C1, ESC among them
          Character.FORMAT, // bidirectional overrides
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
