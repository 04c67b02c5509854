package io.diametergw.lab;

import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The messages that every node exchanges with its neighbour: CER, DWR, DPR and their answers (RFC
 * 6733 §5.3 to §5.5).
 */
public final class BaseMessages {
  /** Disconnect-Cause REBOOTING. */
  public static final int REBOOTING = 0;

  /** Disconnect-Cause BUSY. */
  public static final int BUSY = 1;

  /** Disconnect-Cause DO_NOT_WANT_TO_TALK_TO_YOU. */
  public static final int DO_NOT_WANT_TO_TALK_TO_YOU = 2;

  private static final int ACCOUNTING = 3;
  private static final int FIRST_VENDOR_SPECIFIC = 0x1000000;
  private static final int NO_VENDOR_ID = 0;
  private static final int ORIGIN_STATE_ID = (int) (System.currentTimeMillis() / 1000);
  private static final AtomicInteger IDENTIFIERS = new AtomicInteger((int) System.nanoTime());

  private BaseMessages() {}

  /**
   * A number that no other message of this process has had for long: for Hop-by-Hop and End-to-End
   * Identifiers.
   */
  public static int nextIdentifier() {
    return IDENTIFIERS.incrementAndGet();
  }

  /** A Capabilities-Exchange-Request of {@code node}. */
  public static LabMessage cer(LabNode node) {
    var builder = request(CommandCode.CAPABILITIES_EXCHANGE);
    origin(builder, node);
    capabilities(builder, node);
    return LabMessage.copyOf(builder.end(), 0);
  }

  /**
   * A Capabilities-Exchange-Answer to {@code cer} with this Result-Code; 3xxx codes set the E bit.
   */
  public static LabMessage cea(LabNode node, LabMessage cer, int resultCode) {
    var builder = answer(cer, resultCode);
    origin(builder, node);
    capabilities(builder, node);
    return LabMessage.copyOf(builder.end(), 0);
  }

  /** A Device-Watchdog-Request of {@code node}. */
  public static LabMessage dwr(LabNode node) {
    var builder = request(CommandCode.DEVICE_WATCHDOG);
    origin(builder, node);
    return LabMessage.copyOf(builder.unsigned32(AvpCode.ORIGIN_STATE_ID, ORIGIN_STATE_ID).end(), 0);
  }

  /** A Device-Watchdog-Answer with 2001 to {@code dwr}. */
  public static LabMessage dwa(LabNode node, LabMessage dwr) {
    var builder = answer(dwr, ResultCode.SUCCESS.code());
    origin(builder, node);
    return LabMessage.copyOf(builder.unsigned32(AvpCode.ORIGIN_STATE_ID, ORIGIN_STATE_ID).end(), 0);
  }

  /** A Disconnect-Peer-Request of {@code node} with this Disconnect-Cause. */
  public static LabMessage dpr(LabNode node, int cause) {
    var builder = request(CommandCode.DISCONNECT_PEER);
    origin(builder, node);
    return LabMessage.copyOf(builder.unsigned32(AvpCode.DISCONNECT_CAUSE, cause).end(), 0);
  }

  /** A Disconnect-Peer-Answer with 2001 to {@code dpr}. */
  public static LabMessage dpa(LabNode node, LabMessage dpr) {
    var builder = answer(dpr, ResultCode.SUCCESS.code());
    origin(builder, node);
    return LabMessage.copyOf(builder.end(), 0);
  }

  /**
   * Whether the message at {@code at} of {@code buf} is this command of the base protocol, request
   * or answer.
   */
  public static boolean is(ByteBuf buf, int at, int commandCode) {
    return Header.commandCode(buf, at) == commandCode
        && Header.applicationId(buf, at) == ApplicationId.COMMON;
  }

  private static MessageBuilder request(int commandCode) {
    return MessageBuilder.begin(
        Unpooled.buffer(),
        Header.REQUEST,
        commandCode,
        ApplicationId.COMMON,
        nextIdentifier(),
        nextIdentifier());
  }

  private static MessageBuilder answer(LabMessage request, int resultCode) {
    int flags = resultCode / 1000 == 3 ? Header.ERROR : 0;
    return MessageBuilder.begin(
            Unpooled.buffer(),
            flags,
            request.commandCode(),
            ApplicationId.COMMON,
            request.hopByHopId(),
            request.endToEndId())
        .unsigned32(AvpCode.RESULT_CODE, resultCode);
  }

  private static void origin(MessageBuilder builder, LabNode node) {
    builder
        .text(AvpCode.ORIGIN_HOST, node.originHost())
        .text(AvpCode.ORIGIN_REALM, node.originRealm());
  }

  private static void capabilities(MessageBuilder builder, LabNode node) {
    builder
        .address(AvpCode.HOST_IP_ADDRESS, InetAddress.getLoopbackAddress())
        .unsigned32(AvpCode.VENDOR_ID, NO_VENDOR_ID)
        .text(AvpCode.PRODUCT_NAME, 0, 0, "Diameter-Gateway-Lab")
        .unsigned32(AvpCode.ORIGIN_STATE_ID, ORIGIN_STATE_ID)
        .unsigned32(AvpCode.SUPPORTED_VENDOR_ID, ThreeGpp.VENDOR_ID);
    for (int id : node.applicationIds()) {
      if (id == ACCOUNTING) {
        builder.unsigned32(AvpCode.ACCT_APPLICATION_ID, id);
      } else if (id >= FIRST_VENDOR_SPECIFIC) {
        builder
            .group(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID)
            .unsigned32(AvpCode.VENDOR_ID, ThreeGpp.VENDOR_ID);
        builder.unsigned32(AvpCode.AUTH_APPLICATION_ID, id).endGroup();
      } else {
        builder.unsigned32(AvpCode.AUTH_APPLICATION_ID, id);
      }
    }
    builder.unsigned32(AvpCode.FIRMWARE_REVISION, 0, 0, 1);
  }
}
