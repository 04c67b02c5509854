package io.diametergw.lab;

import static io.diametergw.lab.ThreeGpp.VENDOR_ID;
import static io.diametergw.lab.ThreeGpp.VM;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The requests that a Logic Application starts, with the content that they have in a network.
 *
 * <p>Every message gets Hop-by-Hop and End-to-End Identifiers that no other has. Immutable; the
 * {@code with} and {@code to} methods make another.
 *
 * @param originHost the Logic Application's identity
 * @param destinationHost null leaves the choice of the server to the realm
 */
public record Requests(
    String originHost,
    String originRealm,
    @Nullable String destinationHost,
    String destinationRealm) {
  private static final int NO_STATE_MAINTAINED = 1;
  private static final int EUTRAN = 1004;
  private static final int EPS = 5;
  private static final int ULR_FLAGS_S6A_INITIAL = 0x22;
  private static final int END_USER_E164 = 0;
  private static final int END_USER_IMSI = 1;
  private static final int LOGOUT = 1;
  private static final int BEARER_QOS_QCI = 9;
  private static final long NTP_OFFSET_SECONDS = 2_208_988_800L;
  private static final byte[] PLMN_001_01 = {0x00, (byte) 0xF1, 0x10};

  /** Requests to any server of a realm. */
  public static Requests from(String originHost, String originRealm, String destinationRealm) {
    return new Requests(originHost, originRealm, null, destinationRealm);
  }

  /** The same requests to one server. */
  public Requests to(String destinationHost) {
    return new Requests(originHost, originRealm, destinationHost, destinationRealm);
  }

  /** A Session-Id of this origin (RFC 6733 §8.8), always of the same length for one origin. */
  public String sessionId(int number) {
    return "%s;%010d;%08x".formatted(originHost, System.currentTimeMillis() / 1000, number);
  }

  /** The request that opens {@code application}'s business: AIR, ECR or CCR-I. */
  public LabMessage first(LabApplication application, String sessionId, String imsi) {
    return switch (application) {
      case S6A -> air(sessionId, imsi);
      case S13 -> ecr(sessionId, imsi);
      case GX -> gx(sessionId, imsi, CcRequestType.INITIAL, 0);
      case GY -> gy(sessionId, imsi, CcRequestType.INITIAL, 0);
    };
  }

  /** Authentication-Information-Request (318, S6a): asks for an authentication vector. */
  public LabMessage air(String sessionId, String imsi) {
    var builder = begin(318, LabApplication.S6A, sessionId);
    builder.text(AvpCode.USER_NAME, imsi);
    builder.group(ThreeGpp.REQUESTED_EUTRAN_AUTHENTICATION_INFO, VM, VENDOR_ID);
    builder.unsigned32(ThreeGpp.NUMBER_OF_REQUESTED_VECTORS, VM, VENDOR_ID, 1);
    builder.unsigned32(ThreeGpp.IMMEDIATE_RESPONSE_PREFERRED, VM, VENDOR_ID, 1).endGroup();
    builder.octets(ThreeGpp.VISITED_PLMN_ID, VM, VENDOR_ID, PLMN_001_01);
    return end(builder);
  }

  /** Update-Location-Request (316, S6a): says where the subscriber is. */
  public LabMessage ulr(String sessionId, String imsi) {
    var builder = begin(316, LabApplication.S6A, sessionId);
    builder.text(AvpCode.USER_NAME, imsi);
    terminalInformation(builder);
    builder.unsigned32(ThreeGpp.RAT_TYPE, VM, VENDOR_ID, EUTRAN);
    builder.unsigned32(ThreeGpp.ULR_FLAGS, VM, VENDOR_ID, ULR_FLAGS_S6A_INITIAL);
    builder.octets(ThreeGpp.VISITED_PLMN_ID, VM, VENDOR_ID, PLMN_001_01);
    return end(builder);
  }

  /** ME-Identity-Check-Request (324, S13): asks whether the equipment is stolen. */
  public LabMessage ecr(String sessionId, String imsi) {
    var builder = begin(324, LabApplication.S13, sessionId);
    terminalInformation(builder);
    return end(builder.text(AvpCode.USER_NAME, imsi));
  }

  /** Credit-Control-Request (272, Gx): asks for the rules of a bearer. */
  public LabMessage gx(String sessionId, String imsi, CcRequestType type, int number) {
    var builder = begin(272, LabApplication.GX, sessionId);
    creditControl(builder, imsi, type, number);
    builder.octets(ThreeGpp.FRAMED_IP_ADDRESS, AvpCursor.MANDATORY, 0, new byte[] {10, 45, 0, 2});
    builder.unsigned32(ThreeGpp.IP_CAN_TYPE, VM, VENDOR_ID, EPS);
    builder.unsigned32(ThreeGpp.RAT_TYPE, VM, VENDOR_ID, EUTRAN);
    builder.group(ThreeGpp.DEFAULT_EPS_BEARER_QOS, VM, VENDOR_ID);
    qos(builder, BEARER_QOS_QCI).endGroup();
    builder.text(ThreeGpp.CALLED_STATION_ID, "internet");
    return end(builder);
  }

  /** Credit-Control-Request (272, Gy and Ro): asks for quota and reports what was used. */
  public LabMessage gy(String sessionId, String imsi, CcRequestType type, int number) {
    var builder = begin(272, LabApplication.GY, sessionId);
    builder.text(ThreeGpp.SERVICE_CONTEXT_ID, "32251@3gpp.org");
    creditControl(builder, imsi, type, number);
    builder.unsigned32(
        ThreeGpp.EVENT_TIMESTAMP, (int) (System.currentTimeMillis() / 1000 + NTP_OFFSET_SECONDS));
    builder.unsigned32(ThreeGpp.MULTIPLE_SERVICES_INDICATOR, 1);
    builder.group(ThreeGpp.MULTIPLE_SERVICES_CREDIT_CONTROL);
    if (type != CcRequestType.TERMINATION) {
      builder
          .group(ThreeGpp.REQUESTED_SERVICE_UNIT)
          .unsigned64(ThreeGpp.CC_TOTAL_OCTETS, AvpCursor.MANDATORY, 0, 10 << 20)
          .endGroup();
    }
    if (type != CcRequestType.INITIAL) {
      builder
          .group(ThreeGpp.USED_SERVICE_UNIT)
          .unsigned64(ThreeGpp.CC_TOTAL_OCTETS, AvpCursor.MANDATORY, 0, 7_340_032)
          .endGroup();
    }
    builder.unsigned32(ThreeGpp.RATING_GROUP, 1).endGroup();
    builder
        .group(ThreeGpp.SERVICE_INFORMATION, VM, VENDOR_ID)
        .group(ThreeGpp.PS_INFORMATION, VM, VENDOR_ID);
    builder.text(ThreeGpp.CALLED_STATION_ID, "internet").endGroup().endGroup();
    return end(builder);
  }

  /** What a CCR is for (RFC 8506 §8.3). */
  public enum CcRequestType {
    INITIAL(1),
    UPDATE(2),
    TERMINATION(3);

    private final int value;

    CcRequestType(int value) {
      this.value = value;
    }
  }

  private MessageBuilder begin(int commandCode, LabApplication application, String sessionId) {
    int identifier = BaseMessages.nextIdentifier();
    var builder =
        MessageBuilder.begin(
            Unpooled.buffer(512),
            Header.REQUEST | Header.PROXIABLE,
            commandCode,
            application.id(),
            identifier,
            identifier);
    builder.text(AvpCode.SESSION_ID, sessionId);
    applicationOf(builder, application.id());
    builder.text(AvpCode.ORIGIN_HOST, originHost).text(AvpCode.ORIGIN_REALM, originRealm);
    if (destinationHost != null) {
      builder.text(AvpCode.DESTINATION_HOST, destinationHost);
    }
    return builder.text(AvpCode.DESTINATION_REALM, destinationRealm);
  }

  /**
   * Writes the application as 3GPP has it: S6a and S13 in the grouped form, without session state;
   * Gx and Gy in the plain one.
   */
  static void applicationOf(MessageBuilder builder, int applicationId) {
    if (applicationId == LabApplication.S6A.id() || applicationId == LabApplication.S13.id()) {
      builder
          .group(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID)
          .unsigned32(AvpCode.VENDOR_ID, VENDOR_ID);
      builder.unsigned32(AvpCode.AUTH_APPLICATION_ID, applicationId).endGroup();
      builder.unsigned32(ThreeGpp.AUTH_SESSION_STATE, NO_STATE_MAINTAINED);
    } else {
      builder.unsigned32(AvpCode.AUTH_APPLICATION_ID, applicationId);
    }
  }

  private static void creditControl(
      MessageBuilder builder, String imsi, CcRequestType type, int number) {
    builder
        .unsigned32(ThreeGpp.CC_REQUEST_TYPE, type.value)
        .unsigned32(ThreeGpp.CC_REQUEST_NUMBER, number);
    subscriptionId(builder, END_USER_E164, "491701234567");
    subscriptionId(builder, END_USER_IMSI, imsi);
    if (type == CcRequestType.TERMINATION) {
      builder.unsigned32(ThreeGpp.TERMINATION_CAUSE, LOGOUT);
    }
  }

  private static void subscriptionId(MessageBuilder builder, int type, String data) {
    builder.group(ThreeGpp.SUBSCRIPTION_ID).unsigned32(ThreeGpp.SUBSCRIPTION_ID_TYPE, type);
    builder.text(ThreeGpp.SUBSCRIPTION_ID_DATA, data).endGroup();
  }

  private static void terminalInformation(MessageBuilder builder) {
    builder.group(ThreeGpp.TERMINAL_INFORMATION, VM, VENDOR_ID);
    builder
        .text(ThreeGpp.IMEI, VM, VENDOR_ID, "35824005111110")
        .text(ThreeGpp.SOFTWARE_VERSION, VM, VENDOR_ID, "01")
        .endGroup();
  }

  static MessageBuilder qos(MessageBuilder builder, int qci) {
    builder.unsigned32(ThreeGpp.QOS_CLASS_IDENTIFIER, VM, VENDOR_ID, qci);
    builder.group(ThreeGpp.ALLOCATION_RETENTION_PRIORITY, VM, VENDOR_ID);
    return builder.unsigned32(ThreeGpp.PRIORITY_LEVEL, VM, VENDOR_ID, 8).endGroup();
  }

  private static LabMessage end(MessageBuilder builder) {
    return LabMessage.copyOf(builder.end(), 0);
  }
}
