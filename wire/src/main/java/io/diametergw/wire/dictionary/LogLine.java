package io.diametergw.wire.dictionary;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;

/**
 * One message as one line of a log: {@code << dra-1 CCA 272/4 hbh 00000001 e2e abcdef01 312 B
 * 2001}.
 *
 * <p>What a peer sent is escaped, cut at {@value #MAX_TEXT_BYTES} bytes, and cannot begin a line of
 * its own. The message has come through a Framer, so that its header and length are true; its AVPs
 * may be anything.
 */
public final class LogLine {
  /** Before a message that arrived. */
  public static final String RECEIVED = "<<";

  /** Before a message that leaves. */
  public static final String SENT = ">>";

  private static final int MAX_TEXT_BYTES = 256;
  private static final int VENDOR_3GPP = 10415;
  private static final int MAX_GROUP_DEPTH = 4;
  private static final int SHOWN_OF_SUBSCRIBER =
      5; // the country and network of an IMSI, the country and more of an MSISDN

  private static final int SUBSCRIPTION_ID = 443;
  private static final int SUBSCRIPTION_ID_DATA = 444;
  private static final int PUBLIC_IDENTITY = 601;
  private static final int USER_IDENTITY = 700;
  private static final int MSISDN = 701;

  private LogLine() {}

  /**
   * The line without AVPs, but for the result of an answer.
   *
   * @param arrow {@link #RECEIVED} or {@link #SENT}
   */
  public static String of(String arrow, String peerName, ByteBuf buf, int at) {
    var line = new StringBuilder(96);
    append(arrow, peerName, buf, at, line);
    return line.toString();
  }

  /**
   * The line with the AVPs that the message is routed by and those that name its subscriber.
   *
   * @param arrow {@link #RECEIVED} or {@link #SENT}
   * @param showSubscribers whether User-Name, MSISDN, Subscription-Id-Data and Public-Identity are
   *     shown whole instead of their first {@value #SHOWN_OF_SUBSCRIBER} digits or letters, and
   *     never more than half
   */
  public static String of(
      String arrow, String peerName, ByteBuf buf, int at, boolean showSubscribers) {
    var line = new StringBuilder(256);
    append(arrow, peerName, buf, at, line);
    appendAvps(new AvpCursor().overMessage(buf, at), buf, showSubscribers, 0, line);
    return line.toString();
  }

  private static void append(
      String arrow, String peerName, ByteBuf buf, int at, StringBuilder line) {
    int code = Header.commandCode(buf, at);
    line.append(arrow).append(' ');
    Shown.escape(peerName, line);
    line.append(' ').append(Dictionary.command(code, Header.isRequest(buf, at)));
    line.append(' ')
        .append(code)
        .append('/')
        .append(Integer.toUnsignedString(Header.applicationId(buf, at)));
    line.append(" hbh ").append(MessageTree.hex8(Header.hopByHopId(buf, at)));
    line.append(" e2e ").append(MessageTree.hex8(Header.endToEndId(buf, at)));
    line.append(' ').append(Header.messageLength(buf, at)).append(" B");
    if (!Header.isRequest(buf, at)) {
      appendResult(new AvpCursor().overMessage(buf, at), line);
    }
  }

  /** Appends the Result-Code, or vendor/code of the Experimental-Result in its place. */
  private static void appendResult(AvpCursor avp, StringBuilder line) {
    while (avp.next()) {
      if (avp.is(AvpCode.RESULT_CODE) && avp.dataLength() == 4) {
        line.append(' ').append(Integer.toUnsignedString(avp.unsigned32()));
        return;
      }
      if (avp.is(AvpCode.EXPERIMENTAL_RESULT)) {
        var member = new AvpCursor().overGroup(avp);
        String vendor = "?";
        String code = "?";
        while (member.next()) {
          if (member.is(AvpCode.VENDOR_ID) && member.dataLength() == 4) {
            vendor = Integer.toUnsignedString(member.unsigned32());
          } else if (member.code() == 298 && member.dataLength() == 4) {
            code = Integer.toUnsignedString(member.unsigned32());
          }
        }
        line.append(' ').append(vendor).append('/').append(code);
        return;
      }
    }
  }

  private static void appendAvps(
      AvpCursor avp, ByteBuf buf, boolean showSubscribers, int depth, StringBuilder line) {
    while (avp.next()) {
      if (isRouting(avp)) {
        appendName(avp, line);
        line.append(Shown.quoted(buf, avp.dataAt(), avp.dataLength(), MAX_TEXT_BYTES));
      } else if (isSubscriber(avp)) {
        appendName(avp, line);
        appendSubscriber(avp, buf, showSubscribers, line);
      } else if (avp.is(SUBSCRIPTION_ID)
          || (avp.code() == USER_IDENTITY && avp.vendorId() == VENDOR_3GPP)) {
        if (depth < MAX_GROUP_DEPTH) {
          appendAvps(new AvpCursor().overGroup(avp), buf, showSubscribers, depth + 1, line);
        }
      }
    }
    if (avp.malformed()) {
      line.append(" (malformed: ").append(avp.fault()).append(')');
    }
  }

  private static boolean isRouting(AvpCursor avp) {
    if (avp.hasVendorId()) {
      return false;
    }
    return switch (avp.code()) {
      case AvpCode.SESSION_ID,
          AvpCode.ORIGIN_HOST,
          AvpCode.DESTINATION_REALM,
          AvpCode.DESTINATION_HOST ->
          true;
      default -> false;
    };
  }

  private static boolean isSubscriber(AvpCursor avp) {
    return switch (avp.code()) {
      case AvpCode.USER_NAME, SUBSCRIPTION_ID_DATA -> !avp.hasVendorId();
      case PUBLIC_IDENTITY, MSISDN -> avp.vendorId() == VENDOR_3GPP;
      default -> false;
    };
  }

  private static void appendName(AvpCursor avp, StringBuilder line) {
    var definition = Dictionary.avp(avp.code(), avp.vendorId());
    line.append(' ').append(definition == null ? avp.code() : definition.name()).append('=');
  }

  private static void appendSubscriber(
      AvpCursor avp, ByteBuf buf, boolean whole, StringBuilder line) {
    var definition = Dictionary.avp(avp.code(), avp.vendorId());
    String shown =
        Values.show(definition, 0, buf, avp.dataAt(), Math.min(avp.dataLength(), MAX_TEXT_BYTES));
    if (whole) {
      line.append(shown);
      return;
    }
    boolean quoted = shown.startsWith("\"");
    int from = quoted ? 1 : 0;
    if (shown.startsWith("sip:", from) || shown.startsWith("tel:", from)) {
      from += 4; // the scheme does not tell who it is
    }
    int length = shown.length() - from - (quoted ? 1 : 0);
    line.append(shown, 0, from + Math.min(SHOWN_OF_SUBSCRIBER, length / 2))
        .append('*')
        .append(quoted ? "\"" : "");
  }
}
