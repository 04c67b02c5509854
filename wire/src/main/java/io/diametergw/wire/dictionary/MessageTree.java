package io.diametergw.wire.dictionary;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Shows one message as a tree for people: its header, then one line an AVP with the byte it begins
 * at, groups indented.
 *
 * <p>Takes any bytes. What is wrong stands on a line of its own that begins with {@code !} and
 * names the byte, counted from the message's first. Walks groups without recursion, {@value
 * #MAX_DEPTH} deep.
 */
public final class MessageTree {
  /** Groups within groups deeper than this are shown as octets. */
  static final int MAX_DEPTH = 32;

  private static final int VENDOR_3GPP = 10415;

  private final ByteBuf buf;
  private final int start;
  private final Appendable out;
  private final AvpCursor[] cursors = new AvpCursor[MAX_DEPTH];
  private final int[] vendorBeside = new int[MAX_DEPTH];
  private int depth;
  private int failedAvpDepth = MAX_DEPTH;
  private boolean wellFormed = true;

  private MessageTree(ByteBuf buf, int start, Appendable out) {
    this.buf = buf;
    this.start = start;
    this.out = out;
  }

  /**
   * Prints the message at {@code at} of {@code buf}, of which {@code available} bytes are there.
   *
   * @return whether the message is well-formed; if not, the lines say where and why
   * @throws UncheckedIOException only when {@code out} throws
   */
  public static boolean print(ByteBuf buf, int at, int available, Appendable out) {
    try {
      return new MessageTree(buf, at, out).print(available);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean print(int available) throws IOException {
    if (available < Header.LENGTH) {
      fault(
          "expected a header of " + Header.LENGTH + " bytes but only " + available + " are left",
          start);
      return false;
    }
    printHeader();
    int length = Header.messageLength(buf, start);
    if (Header.version(buf, start) != Header.VERSION) {
      fault("expected version " + Header.VERSION + " but was " + Header.version(buf, start), start);
    }
    if (length < Header.LENGTH) {
      fault("expected Message Length >= " + Header.LENGTH + " but was " + length, start + 1);
      return false;
    }
    if ((length & 3) != 0) {
      fault("expected Message Length to be a multiple of 4 but was " + length, start + 1);
    }
    printAvps(start + Math.min(length, available));
    if (length > available) {
      fault(
          "expected " + length + " bytes of message but only " + available + " are there",
          start + available);
    }
    return wellFormed;
  }

  private void printHeader() throws IOException {
    int flags = Header.flags(buf, start);
    int code = Header.commandCode(buf, start);
    int applicationId = Header.applicationId(buf, start);
    var application = Dictionary.application(applicationId);
    out.append(Dictionary.command(code, Header.isRequest(buf, start)))
        .append(" (")
        .append(Dictionary.commandName(code))
        .append(", ")
        .append(Integer.toString(code))
        .append(") application ")
        .append(application == null ? "" : application + " ")
        .append(Integer.toUnsignedString(applicationId))
        .append(" version ")
        .append(Integer.toString(Header.version(buf, start)))
        .append(" flags ")
        .append(letters(flags, "RPETrrrr"))
        .append(" hbh ")
        .append(hex8(Header.hopByHopId(buf, start)))
        .append(" e2e ")
        .append(hex8(Header.endToEndId(buf, start)))
        .append(' ')
        .append(Integer.toString(Header.messageLength(buf, start)))
        .append(" B\n");
  }

  private void printAvps(int end) throws IOException {
    open(0).over(buf, start + Header.LENGTH, end);
    depth = 1;
    while (depth > 0) {
      var avp = cursors[depth - 1];
      if (avp.next()) {
        printAvp(avp);
        continue;
      }
      if (avp.malformed()) {
        breakOrNote(avp.fault(), avp.at());
      }
      depth--;
      if (depth <= failedAvpDepth) {
        failedAvpDepth = MAX_DEPTH;
      }
    }
  }

  private void printAvp(AvpCursor avp) throws IOException {
    var definition = Dictionary.avp(avp.code(), avp.vendorId());
    boolean group = definition != null && definition.type() == AvpType.GROUPED;
    indent(avp.at());
    out.append(definition == null ? "?" : definition.name())
        .append(" (")
        .append(Integer.toUnsignedString(avp.code()));
    if (avp.hasVendorId()) {
      out.append(", ").append(Dictionary.vendor(avp.vendorId()));
    }
    out.append(") ")
        .append(letters(avp.flags(), "VMPrrrrr"))
        .append(' ')
        .append(Integer.toString(avp.length()))
        .append(" B");
    if (group && depth < MAX_DEPTH) {
      out.append('\n');
      enter(avp);
      return;
    }
    out.append(' ')
        .append(
            Values.show(definition, vendorBeside[depth - 1], buf, avp.dataAt(), avp.dataLength()))
        .append('\n');
    if (group) {
      indent(avp.at());
      out.append("(groups nested deeper than ")
          .append(Integer.toString(MAX_DEPTH))
          .append(" are not opened)\n");
    }
    if (avp.is(AvpCode.VENDOR_ID) && avp.dataLength() == 4) {
      vendorBeside[depth - 1] = avp.unsigned32();
    }
    checkLength(avp, definition);
  }

  private void enter(AvpCursor group) {
    if (group.is(AvpCode.FAILED_AVP) && depth < failedAvpDepth) {
      failedAvpDepth = depth;
    }
    open(depth).overGroup(group);
    depth++;
  }

  private void checkLength(AvpCursor avp, @Nullable AvpDefinition definition) throws IOException {
    if (definition == null || definition.type().fits(avp.dataLength())) {
      return;
    }
    var type = definition.type();
    breakOrNote(
        "expected "
            + type.lengthBytes()
            + " bytes of "
            + type.displayName()
            + " but was "
            + avp.dataLength(),
        avp.dataAt());
  }

  /**
   * What a Failed-AVP holds is the other side's mistake (RFC 6733 §7.5): worth a remark, but this
   * message is well-formed.
   */
  private void breakOrNote(String what, int at) throws IOException {
    if (depth > failedAvpDepth) {
      indent(at);
      out.append("(in the AVP that failed: ").append(what).append(")\n");
    } else {
      fault(what, at);
    }
  }

  private void fault(String what, int at) throws IOException {
    wellFormed = false;
    out.append("! ")
        .append(what)
        .append(" at byte ")
        .append(Integer.toString(at - start))
        .append('\n');
  }

  private void indent(int at) throws IOException {
    out.append("%6d ".formatted(at - start)).append("  ".repeat(depth - 1));
  }

  private AvpCursor open(int level) {
    vendorBeside[level] = VENDOR_3GPP;
    cursors[level] = new AvpCursor();
    return cursors[level];
  }

  /**
   * The bits of a flags octet by letter, the most significant first, a dash for each that is clear;
   * reserved ones only when set.
   */
  static String letters(int flags, String letters) {
    var text = new StringBuilder();
    for (int i = 0; i < letters.length(); i++) {
      boolean set = (flags << i & 0x80) != 0;
      if (set || letters.charAt(i) != 'r') {
        text.append(set ? letters.charAt(i) : '-');
      }
    }
    return text.toString();
  }

  static String hex8(int value) {
    return "%08x".formatted(value);
  }
}
