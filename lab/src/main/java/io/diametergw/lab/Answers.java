package io.diametergw.lab;

import static io.diametergw.lab.ThreeGpp.VENDOR_ID;
import static io.diametergw.lab.ThreeGpp.VM;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Answers any request as a node of this identity: Session-Id and Proxy-Info as in the request, the
 * content of a success as in a network.
 *
 * <p>AIR, ULR, ECR and CCR of Gx and Gy get what their senders ask for; other commands a bare
 * answer. What does not depend on the request is made once. Used by one thread.
 */
public final class Answers {
  private final String originHost;
  private final String originRealm;
  private final AvpCursor cursor = new AvpCursor();
  private final Map<Kind, byte[]> contents = new HashMap<>();

  private record Kind(int commandCode, int applicationId, int resultCode) {}

  public Answers(String originHost, String originRealm) {
    this.originHost = originHost;
    this.originRealm = originRealm;
  }

  /** The answer to {@code request} with this Result-Code. */
  public LabMessage to(LabMessage request, int resultCode) {
    var out = Unpooled.buffer();
    write(Unpooled.wrappedBuffer(request.bytes()), 0, resultCode, out);
    return LabMessage.copyOf(out, 0);
  }

  /**
   * Appends the answer to the request at {@code at} of {@code request} to {@code out}; 3xxx codes
   * set the E bit.
   */
  public void write(ByteBuf request, int at, int resultCode, ByteBuf out) {
    int flags =
        (Header.flags(request, at) & Header.PROXIABLE)
            | (resultCode / 1000 == 3 ? Header.ERROR : 0);
    int commandCode = Header.commandCode(request, at);
    int applicationId = Header.applicationId(request, at);
    var builder =
        MessageBuilder.begin(
            out,
            flags,
            commandCode,
            applicationId,
            Header.hopByHopId(request, at),
            Header.endToEndId(request, at));
    cursor.overMessage(request, at);
    while (cursor.next()) {
      if (cursor.is(AvpCode.SESSION_ID)) {
        builder.raw(request, cursor.at(), cursor.paddedLength());
        break;
      }
    }
    out.writeBytes(
        contents.computeIfAbsent(new Kind(commandCode, applicationId, resultCode), this::content));
    cursor.overMessage(request, at);
    while (cursor.next()) {
      if (cursor.is(AvpCode.PROXY_INFO)
          || cursor.is(ThreeGpp.CC_REQUEST_TYPE)
          || cursor.is(ThreeGpp.CC_REQUEST_NUMBER)) {
        builder.raw(request, cursor.at(), cursor.paddedLength());
      }
    }
    builder.end();
  }

  private byte[] content(Kind kind) {
    var out = Unpooled.buffer();
    var builder = MessageBuilder.begin(out, 0, 0, 0, 0, 0); // its header is left out below
    builder.unsigned32(AvpCode.RESULT_CODE, kind.resultCode);
    builder.text(AvpCode.ORIGIN_HOST, originHost).text(AvpCode.ORIGIN_REALM, originRealm);
    if (ResultCode.isSuccess(kind.resultCode)) {
      Requests.applicationOf(builder, kind.applicationId);
      granted(builder, kind);
    } else {
      builder.text(AvpCode.ERROR_MESSAGE, 0, 0, "simulated by " + originHost);
    }
    return ByteBufUtil.getBytes(out, Header.LENGTH, out.writerIndex() - Header.LENGTH);
  }

  private static void granted(MessageBuilder builder, Kind kind) {
    switch (kind.commandCode) {
      case 316 -> updateLocation(builder);
      case 318 -> authenticationInformation(builder);
      case 324 ->
          builder.unsigned32(ThreeGpp.EQUIPMENT_STATUS, VM, VENDOR_ID, 0); // on the white list
      case 272 -> {
        if (kind.applicationId == LabApplication.GX.id()) {
          chargingRules(builder);
        } else if (kind.applicationId == LabApplication.GY.id()) {
          grantedUnits(builder);
        }
      }
      default -> {}
    }
  }

  private static void authenticationInformation(MessageBuilder builder) {
    builder
        .group(ThreeGpp.AUTHENTICATION_INFO, VM, VENDOR_ID)
        .group(ThreeGpp.E_UTRAN_VECTOR, VM, VENDOR_ID);
    builder.unsigned32(ThreeGpp.ITEM_NUMBER, VM, VENDOR_ID, 1);
    octets(
        builder,
        ThreeGpp.RAND,
        "23553cbe9637a89d218ae64dae47bf35"); // RAND, XRES and AUTN of test set 1, 3GPP TS 35.208
    octets(builder, ThreeGpp.XRES, "a54211d5e3ba50bf");
    octets(builder, ThreeGpp.AUTN, "55f328b43577b9b94a9ffac354dfafb3");
    octets(
        builder,
        ThreeGpp.KASME,
        "238e457e0f758badbca8d34bb2612c107c3de3b8d0a8f3a5b9b2a4a5c1b1e3d7");
    builder.endGroup().endGroup();
  }

  private static void updateLocation(MessageBuilder builder) {
    builder.unsigned32(
        ThreeGpp.ULA_FLAGS, VM, VENDOR_ID, 1); // separation of the HLR's and HSS's registrations
    subscriptionData(builder);
  }

  /** Writes one subscriber's profile: MSISDN, bandwidth and the APN "internet". */
  static void subscriptionData(MessageBuilder builder) {
    builder.group(ThreeGpp.SUBSCRIPTION_DATA, VM, VENDOR_ID);
    octets(builder, ThreeGpp.MSISDN, "947110325476");
    builder
        .unsigned32(ThreeGpp.SUBSCRIBER_STATUS, VM, VENDOR_ID, 0)
        .unsigned32(ThreeGpp.NETWORK_ACCESS_MODE, VM, VENDOR_ID, 2);
    bandwidth(builder, ThreeGpp.AMBR, 50_000_000, 100_000_000);
    builder
        .group(ThreeGpp.APN_CONFIGURATION_PROFILE, VM, VENDOR_ID)
        .unsigned32(ThreeGpp.CONTEXT_IDENTIFIER, VM, VENDOR_ID, 1);
    builder.unsigned32(ThreeGpp.ALL_APN_CONFIGURATIONS_INCLUDED, VM, VENDOR_ID, 0);
    builder
        .group(ThreeGpp.APN_CONFIGURATION, VM, VENDOR_ID)
        .unsigned32(ThreeGpp.CONTEXT_IDENTIFIER, VM, VENDOR_ID, 1);
    builder
        .unsigned32(ThreeGpp.PDN_TYPE, VM, VENDOR_ID, 0)
        .text(ThreeGpp.SERVICE_SELECTION, "internet");
    Requests.qos(builder.group(ThreeGpp.EPS_SUBSCRIBED_QOS_PROFILE, VM, VENDOR_ID), 9).endGroup();
    bandwidth(builder, ThreeGpp.AMBR, 50_000_000, 100_000_000);
    builder.endGroup().endGroup().endGroup();
  }

  private static void chargingRules(MessageBuilder builder) {
    builder
        .group(ThreeGpp.CHARGING_RULE_INSTALL, VM, VENDOR_ID)
        .group(ThreeGpp.CHARGING_RULE_DEFINITION, VM, VENDOR_ID);
    builder
        .text(ThreeGpp.CHARGING_RULE_NAME, VM, VENDOR_ID, "default")
        .unsigned32(ThreeGpp.RATING_GROUP, 1);
    Requests.qos(builder.group(ThreeGpp.QOS_INFORMATION, VM, VENDOR_ID), 9).endGroup();
    builder.unsigned32(ThreeGpp.PRECEDENCE, VM, VENDOR_ID, 100).endGroup().endGroup();
  }

  private static void grantedUnits(MessageBuilder builder) {
    builder.group(ThreeGpp.MULTIPLE_SERVICES_CREDIT_CONTROL).group(ThreeGpp.GRANTED_SERVICE_UNIT);
    builder.unsigned32(ThreeGpp.CC_TIME, 3600);
    builder.unsigned64(ThreeGpp.CC_TOTAL_OCTETS, AvpCursor.MANDATORY, 0, 10 << 20).endGroup();
    builder.unsigned32(ThreeGpp.RATING_GROUP, 1).unsigned32(ThreeGpp.VALIDITY_TIME, 600);
    builder.unsigned32(AvpCode.RESULT_CODE, ResultCode.SUCCESS.code()).endGroup();
  }

  private static void bandwidth(MessageBuilder builder, int code, int up, int down) {
    builder
        .group(code, VM, VENDOR_ID)
        .unsigned32(ThreeGpp.MAX_REQUESTED_BANDWIDTH_UL, VM, VENDOR_ID, up);
    builder.unsigned32(ThreeGpp.MAX_REQUESTED_BANDWIDTH_DL, VM, VENDOR_ID, down).endGroup();
  }

  private static void octets(MessageBuilder builder, int code, String hex) {
    builder.octets(code, VM, VENDOR_ID, HexFormat.of().parseHex(hex));
  }
}
