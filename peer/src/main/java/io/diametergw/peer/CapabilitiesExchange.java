package io.diametergw.peer;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.Identity;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes, reads and judges CER and CEA (RFC 6733 §5.3). */
final class CapabilitiesExchange {
  private static final int NO_INBAND_SECURITY = 0;
  private static final int MAX_IDENTITY_BYTES = 255;

  /** What came of reading a CER or CEA. */
  sealed interface Outcome {}

  /** The peer is one we can talk to. */
  record Agreed(Capabilities capabilities) implements Outcome {}

  /**
   * It is not.
   *
   * @param failedAvp what goes into Failed-AVP, or null
   */
  record Rejected(ResultCode code, String text, byte @Nullable [] failedAvp) implements Outcome {}

  private final LocalNode node;
  private final AvpCursor avps = new AvpCursor();
  private final AvpCursor members = new AvpCursor();

  // What one message said; filled by read.
  private final Set<Integer> applicationIds = new LinkedHashSet<>();
  private final List<Integer> inbandSecurityIds = new ArrayList<>();
  private @Nullable Identity originHost;
  private @Nullable Identity originRealm;
  private @Nullable String productName;
  private boolean hasVendorId;
  private boolean hasHostIpAddress;
  private int resultCode;
  private String errorMessage = "";

  CapabilitiesExchange(LocalNode node) {
    this.node = node;
  }

  /** Bytes that suffice for our CER or CEA, not counting Error-Message and Failed-AVP. */
  int maxBytes() {
    return 512
        + 4 * node.applications().size() * 12
        + node.originHost().lengthBytes()
        + node.originRealm().lengthBytes()
        + 4 * node.productName().length();
  }

  void writeCer(ByteBuf out, InetAddress local, int hopByHopId, int endToEndId) {
    var cer =
        MessageBuilder.begin(
            out, Header.REQUEST, CommandCode.CAPABILITIES_EXCHANGE, 0, hopByHopId, endToEndId);
    writeSelf(cer, local);
    cer.end();
  }

  /**
   * The CEA to the CER at {@code at}; with an error, {@code failedAvp} and {@code text} say which.
   */
  void writeCea(
      ByteBuf out,
      InetAddress local,
      ByteBuf cer,
      int at,
      ResultCode code,
      String text,
      byte @Nullable [] failedAvp) {
    var cea =
        MessageBuilder.begin(
            out,
            code.isProtocolError() ? Header.ERROR : 0,
            CommandCode.CAPABILITIES_EXCHANGE,
            0,
            Header.hopByHopId(cer, at),
            Header.endToEndId(cer, at));
    cea.unsigned32(AvpCode.RESULT_CODE, code.code());
    if (code.isProtocolError()) { // an answer-message tells nothing of us but who we are
      cea.identity(AvpCode.ORIGIN_HOST, node.originHost());
      cea.identity(AvpCode.ORIGIN_REALM, node.originRealm());
    } else {
      writeSelf(cea, local);
    }
    if (!text.isEmpty()) {
      cea.text(AvpCode.ERROR_MESSAGE, 0, 0, text);
    }
    if (failedAvp != null) {
      cea.group(AvpCode.FAILED_AVP).raw(failedAvp).endGroup();
    }
    cea.end();
  }

  private void writeSelf(MessageBuilder message, InetAddress local) {
    message.identity(AvpCode.ORIGIN_HOST, node.originHost());
    message.identity(AvpCode.ORIGIN_REALM, node.originRealm());
    message.address(AvpCode.HOST_IP_ADDRESS, local);
    message.unsigned32(AvpCode.VENDOR_ID, node.vendorId());
    message.text(AvpCode.PRODUCT_NAME, 0, 0, node.productName());
    message.unsigned32(AvpCode.ORIGIN_STATE_ID, node.originStateId());
    var vendors = new LinkedHashSet<Integer>();
    for (Application application : node.applications()) {
      if (application.vendorId() != 0 && vendors.add(application.vendorId())) {
        message.unsigned32(AvpCode.SUPPORTED_VENDOR_ID, application.vendorId());
      }
    }
    for (Application application : node.applications()) {
      int code =
          application.kind() == Application.Kind.AUTH
              ? AvpCode.AUTH_APPLICATION_ID
              : AvpCode.ACCT_APPLICATION_ID;
      if (application.vendorId() == 0) {
        message.unsigned32(code, application.id());
      } else {
        message.group(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID);
        message.unsigned32(AvpCode.VENDOR_ID, application.vendorId());
        message.unsigned32(code, application.id());
        message.endGroup();
      }
    }
    if (node.firmwareRevision() != 0) {
      message.unsigned32(AvpCode.FIRMWARE_REVISION, 0, 0, node.firmwareRevision());
    }
  }

  /** Judges the CER at {@code at}. */
  Outcome readCer(ByteBuf buf, int at) {
    Rejected fault = read(buf, at);
    if (fault != null) {
      return fault;
    }
    Identity host = originHost;
    Identity realm = originRealm;
    if (host == null) {
      return missing(AvpCode.ORIGIN_HOST, "Origin-Host", 0);
    }
    if (realm == null) {
      return missing(AvpCode.ORIGIN_REALM, "Origin-Realm", 0);
    }
    if (!hasHostIpAddress) {
      return missing(AvpCode.HOST_IP_ADDRESS, "Host-IP-Address", 6);
    }
    if (!hasVendorId) {
      return missing(AvpCode.VENDOR_ID, "Vendor-Id", 4);
    }
    if (productName == null) {
      return missing(AvpCode.PRODUCT_NAME, "Product-Name", 0);
    }
    if (host.equals(node.originHost())) {
      return new Rejected(ResultCode.UNKNOWN_PEER, "Origin-Host is this node's own", null);
    }
    if (!inbandSecurityIds.isEmpty() && !inbandSecurityIds.contains(NO_INBAND_SECURITY)) {
      return new Rejected(ResultCode.NO_COMMON_SECURITY, "Inband-Security-Id must allow 0", null);
    }
    return common(host, realm, productName);
  }

  /** Judges the CEA at {@code at}. */
  Outcome readCea(ByteBuf buf, int at) {
    Rejected fault = read(buf, at);
    if (fault != null) {
      return fault;
    }
    Identity host = originHost;
    Identity realm = originRealm;
    if (!ResultCode.isSuccess(resultCode)) {
      String why = errorMessage.isEmpty() ? "" : ": " + errorMessage;
      String got = resultCode == 0 ? "no Result-Code" : "Result-Code " + resultCode;
      return new Rejected(ResultCode.UNABLE_TO_COMPLY, "CEA with " + got + why, null);
    }
    if (host == null || realm == null) {
      return new Rejected(ResultCode.MISSING_AVP, "CEA without Origin-Host or Origin-Realm", null);
    }
    if (host.equals(node.originHost())) {
      return new Rejected(ResultCode.UNKNOWN_PEER, "Origin-Host is this node's own", null);
    }
    return common(host, realm, productName == null ? "" : productName);
  }

  private Outcome common(Identity host, Identity realm, String product) {
    var capabilities = new Capabilities(host, realm, product, applicationIds);
    boolean common =
        node.isRelay()
            || capabilities.isRelay()
            || node.applications().stream().anyMatch(a -> applicationIds.contains(a.id()));
    return common
        ? new Agreed(capabilities)
        : new Rejected(ResultCode.NO_COMMON_APPLICATION, "no common application", null);
  }

  private @Nullable Rejected read(ByteBuf buf, int at) {
    applicationIds.clear();
    inbandSecurityIds.clear();
    originHost = null;
    originRealm = null;
    productName = null;
    hasVendorId = false;
    hasHostIpAddress = false;
    resultCode = 0;
    errorMessage = "";
    avps.overMessage(buf, at);
    while (avps.next()) {
      Rejected fault = avps.hasVendorId() ? null : readAvp(buf);
      if (fault != null) {
        return fault;
      }
    }
    if (avps.malformed()) {
      int end = at + Header.messageLength(buf, at);
      return new Rejected(
          ResultCode.INVALID_AVP_LENGTH,
          avps.fault(),
          ErrorAnswer.malformedAvp(buf, avps.at(), end));
    }
    return null;
  }

  private @Nullable Rejected readAvp(ByteBuf buf) {
    return switch (avps.code()) {
      case AvpCode.ORIGIN_HOST -> {
        boolean again = originHost != null;
        originHost = Identity.of(avps.text());
        yield again ? surplus(buf, "Origin-Host") : identityFault(buf, "Origin-Host");
      }
      case AvpCode.ORIGIN_REALM -> {
        boolean again = originRealm != null;
        originRealm = Identity.of(avps.text());
        yield again ? surplus(buf, "Origin-Realm") : identityFault(buf, "Origin-Realm");
      }
      case AvpCode.PRODUCT_NAME -> {
        boolean again = productName != null;
        productName = avps.text();
        yield again ? surplus(buf, "Product-Name") : null;
      }
      case AvpCode.VENDOR_ID -> {
        boolean again = hasVendorId;
        hasVendorId = true;
        yield again ? surplus(buf, "Vendor-Id") : unsigned32Fault(buf, avps);
      }
      case AvpCode.HOST_IP_ADDRESS -> {
        hasHostIpAddress = true;
        yield avps.dataLength() == 6 || avps.dataLength() == 18 ? null : wrongLength(buf, avps, 6);
      }
      case AvpCode.RESULT_CODE -> {
        resultCode = avps.dataLength() == 4 ? avps.unsigned32() : 0;
        yield null;
      }
      case AvpCode.ERROR_MESSAGE -> {
        errorMessage = avps.text();
        yield null;
      }
      case AvpCode.AUTH_APPLICATION_ID, AvpCode.ACCT_APPLICATION_ID -> application(buf, avps);
      case AvpCode.INBAND_SECURITY_ID -> {
        Rejected fault = unsigned32Fault(buf, avps);
        if (fault == null) {
          inbandSecurityIds.add(avps.unsigned32());
        }
        yield fault;
      }
      case AvpCode.VENDOR_SPECIFIC_APPLICATION_ID -> vendorSpecific(buf);
      default -> null;
    };
  }

  private @Nullable Rejected application(ByteBuf buf, AvpCursor avp) {
    Rejected fault = unsigned32Fault(buf, avp);
    if (fault == null) {
      applicationIds.add(avp.unsigned32());
    }
    return fault;
  }

  /** RFC 6733 §6.11: exactly one of Auth- and Acct-Application-Id. */
  private @Nullable Rejected vendorSpecific(ByteBuf buf) {
    byte[] ids = {};
    int count = 0;
    members.overGroup(avps);
    while (members.next()) {
      if (members.is(AvpCode.AUTH_APPLICATION_ID) || members.is(AvpCode.ACCT_APPLICATION_ID)) {
        Rejected fault = application(buf, members);
        if (fault != null) {
          return fault;
        }
        ids = concat(ids, ErrorAnswer.copyOf(buf, members));
        count++;
      }
    }
    if (members.malformed()) {
      return new Rejected(
          ResultCode.INVALID_AVP_LENGTH, members.fault(), ErrorAnswer.copyOf(buf, avps));
    }
    if (count == 1) {
      return null;
    }
    return count == 0
        ? new Rejected(
            ResultCode.MISSING_AVP,
            "Vendor-Specific-Application-Id without an application",
            concat(
                ErrorAnswer.emptyAvp(AvpCode.AUTH_APPLICATION_ID, 4),
                ErrorAnswer.emptyAvp(AvpCode.ACCT_APPLICATION_ID, 4)))
        : new Rejected(
            ResultCode.AVP_OCCURS_TOO_MANY_TIMES,
            "Vendor-Specific-Application-Id with more than one application",
            ids);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = java.util.Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private Rejected surplus(ByteBuf buf, String name) {
    return new Rejected(
        ResultCode.AVP_OCCURS_TOO_MANY_TIMES,
        name + " occurs twice",
        ErrorAnswer.copyOf(buf, avps));
  }

  /**
   * A DiameterIdentity is a domain name in ASCII (RFC 6733 §4.3.1). What is none could neither be
   * routed by nor logged.
   */
  private @Nullable Rejected identityFault(ByteBuf buf, String name) {
    boolean good = avps.dataLength() > 0 && avps.dataLength() <= MAX_IDENTITY_BYTES;
    for (int i = 0; good && i < avps.dataLength(); i++) {
      byte b = buf.getByte(avps.dataAt() + i);
      good = b > ' ' && b < 0x7F;
    }
    return good
        ? null
        : new Rejected(
            ResultCode.INVALID_AVP_VALUE,
            name + " is not a domain name",
            ErrorAnswer.copyOf(buf, avps));
  }

  private static Rejected missing(int code, String name, int dataLength) {
    return new Rejected(
        ResultCode.MISSING_AVP, name + " is missing", ErrorAnswer.emptyAvp(code, dataLength));
  }

  private static @Nullable Rejected unsigned32Fault(ByteBuf buf, AvpCursor avp) {
    return avp.dataLength() == 4 ? null : wrongLength(buf, avp, 4);
  }

  private static Rejected wrongLength(ByteBuf buf, AvpCursor avp, int expected) {
    byte[] failed = ErrorAnswer.emptyAvp(avp.code(), expected);
    failed[4] = buf.getByte(avp.at() + 4);
    return new Rejected(
        ResultCode.INVALID_AVP_LENGTH,
        "AVP " + avp.code() + " has " + avp.dataLength() + " bytes of data instead of " + expected,
        failed);
  }
}
