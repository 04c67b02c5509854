package io.diametergw.peer;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;

/**
 * Device-Watchdog and Disconnect-Peer messages of this node (RFC 6733 §5.4.1, §5.4.2, §5.5.1,
 * §5.5.2).
 */
final class BaseMessages {
  /** No DWR, DWA, DPR or DPA of ours is longer than this plus the node's two names. */
  static final int MAX_BYTES = 128;

  private BaseMessages() {}

  static void writeDwr(ByteBuf out, LocalNode node, int hopByHopId, int endToEndId) {
    request(out, node, CommandCode.DEVICE_WATCHDOG, hopByHopId, endToEndId)
        .unsigned32(AvpCode.ORIGIN_STATE_ID, node.originStateId())
        .end();
  }

  static void writeDpr(
      ByteBuf out, LocalNode node, DisconnectCause cause, int hopByHopId, int endToEndId) {
    request(out, node, CommandCode.DISCONNECT_PEER, hopByHopId, endToEndId)
        .unsigned32(AvpCode.DISCONNECT_CAUSE, cause.value())
        .end();
  }

  /** The DWA to a DWR. */
  static void writeDwa(ByteBuf out, LocalNode node, ByteBuf request, int at) {
    success(out, node, request, at).unsigned32(AvpCode.ORIGIN_STATE_ID, node.originStateId()).end();
  }

  /** The DPA to a DPR. */
  static void writeDpa(ByteBuf out, LocalNode node, ByteBuf request, int at) {
    success(out, node, request, at).end();
  }

  private static MessageBuilder request(
      ByteBuf out, LocalNode node, int code, int hopByHopId, int endToEndId) {
    return MessageBuilder.begin(out, Header.REQUEST, code, 0, hopByHopId, endToEndId)
        .identity(AvpCode.ORIGIN_HOST, node.originHost())
        .identity(AvpCode.ORIGIN_REALM, node.originRealm());
  }

  private static MessageBuilder success(ByteBuf out, LocalNode node, ByteBuf request, int at) {
    return MessageBuilder.begin(
            out,
            0,
            Header.commandCode(request, at),
            0,
            Header.hopByHopId(request, at),
            Header.endToEndId(request, at))
        .unsigned32(AvpCode.RESULT_CODE, ResultCode.SUCCESS.code())
        .identity(AvpCode.ORIGIN_HOST, node.originHost())
        .identity(AvpCode.ORIGIN_REALM, node.originRealm());
  }
}
