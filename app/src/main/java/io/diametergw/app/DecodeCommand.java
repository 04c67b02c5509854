package io.diametergw.app;

import io.diametergw.wire.Header;
import io.diametergw.wire.dictionary.AvpDefinition;
import io.diametergw.wire.dictionary.Dictionary;
import io.diametergw.wire.dictionary.MessageTree;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code diameter-gateway decode}: prints captured messages as trees, and says where one of them is
 * broken.
 */
public final class DecodeCommand {
  /** Every message is well-formed. */
  public static final int OK = 0;

  /** A message is malformed; the output says where. */
  public static final int MALFORMED = 1;

  /** The arguments make no sense, or there is nothing to read. */
  public static final int USAGE = 2;

  private static final String HELP =
      """
      usage: diameter-gateway decode HEX | FILE | -
             diameter-gateway decode -avp NAME

        HEX   messages in hex; blanks, colons and 0x may stand between the digits
        FILE  a file of messages, one after another, binary or hex
        -     the same from standard input
        -avp  what the dictionary says about an AVP: code, type, values, members

      exit code: 0 well-formed, 1 malformed, 2 bad usage
      """;

  private DecodeCommand() {}

  /**
   * Runs the command.
   *
   * @param args what follows {@code decode} on the command line
   * @return the exit code: {@link #OK}, {@link #MALFORMED} or {@link #USAGE}
   */
  public static int run(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    if (args.size() == 1 && List.of("-help", "--help", "-h").contains(args.getFirst())) {
      out.print(HELP);
      return OK;
    }
    if (args.size() == 2 && List.of("-avp", "--avp").contains(args.getFirst())) {
      return describe(args.getLast(), out, err);
    }
    if (args.size() == 1
        && (args.getFirst().startsWith("-avp=") || args.getFirst().startsWith("--avp="))) {
      return describe(args.getFirst().substring(args.getFirst().indexOf('=') + 1), out, err);
    }
    if (args.isEmpty()) {
      return usage(err, "nothing to decode; give HEX, FILE or - (see decode -help)");
    }
    if (args.size() == 1 && args.getFirst().startsWith("-") && args.getFirst().length() > 1) {
      return usage(err, "unknown flag " + args.getFirst() + " (see decode -help)");
    }
    try {
      byte[] bytes = args.size() == 1 ? read(args.getFirst(), in) : hex(String.join(" ", args));
      return bytes.length == 0
          ? usage(err, "nothing to decode: the input is empty")
          : decode(Unpooled.wrappedBuffer(bytes), out);
    } catch (NotHexException e) {
      return usage(err, e.reason);
    } catch (IOException e) {
      return usage(err, "cannot read " + args.getFirst() + ": " + e.getMessage());
    }
  }

  private static int describe(String name, PrintStream out, PrintStream err) {
    List<AvpDefinition> found = Dictionary.avps(name);
    if (found.isEmpty()) {
      return usage(err, "the dictionary has no AVP " + name);
    }
    found.forEach(avp -> out.print(avp.describe()));
    return OK;
  }

  private static int decode(ByteBuf buf, PrintStream out) {
    int end = buf.writerIndex();
    boolean wellFormed = true;
    for (int at = 0, number = 1; at < end; number++) {
      if (at > 0) {
        out.println();
      }
      out.println("message " + number + " at byte " + at);
      var tree = new StringBuilder();
      wellFormed &= MessageTree.print(buf, at, end - at, tree);
      out.print(tree);
      int length = end - at < Header.LENGTH ? 0 : Header.messageLength(buf, at);
      if (length < Header.LENGTH) {
        break; // no telling where the next message begins; the tree has said why
      }
      at += length;
    }
    return wellFormed ? OK : MALFORMED;
  }

  private static byte[] read(String argument, InputStream in) throws IOException, NotHexException {
    if (argument.equals("-")) {
      return binaryOrHex(in.readAllBytes());
    }
    if (isFile(argument)) {
      return binaryOrHex(Files.readAllBytes(Path.of(argument)));
    }
    return hex(argument);
  }

  private static boolean isFile(String argument) {
    try {
      return Files.isRegularFile(Path.of(argument));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** A binary message begins with the version, 1; hex text never does. */
  private static byte[] binaryOrHex(byte[] content) throws NotHexException {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    boolean isText =
        text.chars().allMatch(c -> (c >= ' ' && c < 0x7F) || Character.isWhitespace(c));
    return isText ? hex(text) : content;
  }

  private static byte[] hex(String text) throws NotHexException {
    var bytes = new ByteArrayOutputStream();
    int high = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '0' && high < 0 && i + 1 < text.length() && (text.charAt(i + 1) | 0x20) == 'x') {
        i++;
        continue;
      }
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0 && (Character.isWhitespace(c) || c == ':' || c == ',')) {
        continue;
      }
      if (digit < 0) {
        throw new NotHexException(
            shorten(text) + " is neither a file nor hex (character " + (i + 1) + ")");
      }
      if (high >= 0) {
        bytes.write(high << 4 | digit);
      }
      high = high < 0 ? digit : -1;
    }
    if (high >= 0) {
      throw new NotHexException("the hex has an odd number of digits");
    }
    return bytes.toByteArray();
  }

  private static String shorten(String text) {
    String line = text.length() > 40 ? text.substring(0, 40) + "..." : text;
    return '"' + line.replaceAll("\\p{Cntrl}", " ") + '"';
  }

  private static int usage(PrintStream err, String message) {
    err.println("decode: " + message);
    return USAGE;
  }

  private static final class NotHexException extends Exception {
    private static final long serialVersionUID = 1;

    private final String reason;

    NotHexException(String reason) {
      super(reason, null, false, false);
      this.reason = reason;
    }
  }
}
