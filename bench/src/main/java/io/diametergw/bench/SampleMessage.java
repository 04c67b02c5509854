package io.diametergw.bench;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import java.util.Locale;

/** The Credit-Control-Request (RFC 8506 §3.1) of 300 bytes that the benchmarks read. */
final class SampleMessage {
  static final int LENGTH_BYTES = 300;
  static final int AVPS = 11;
  static final String ORIGIN_HOST = "app1.example.com";

  private static final int CREDIT_CONTROL = 272;
  private static final int CREDIT_CONTROL_APPLICATION = 4;
  private static final int EVENT_TIMESTAMP = 55;
  private static final int CC_REQUEST_NUMBER = 415;
  private static final int CC_REQUEST_TYPE = 416;
  private static final int SUBSCRIPTION_ID = 443;
  private static final int SUBSCRIPTION_ID_DATA = 444;
  private static final int SUBSCRIPTION_ID_TYPE = 450;
  private static final int SERVICE_CONTEXT_ID = 461;

  private SampleMessage() {}

  /** Writes one more of them at the end of {@code buf}. */
  static void writeTo(ByteBuf buf) {
    writeTo(buf, 1);
  }

  /** The same with this number as its identifiers and in its Session-Id. */
  static void writeTo(ByteBuf buf, int number) {
    int start = buf.writerIndex();
    var flags = Header.REQUEST | Header.PROXIABLE;
    MessageBuilder.begin(buf, flags, CREDIT_CONTROL, CREDIT_CONTROL_APPLICATION, number, number)
        .text(AvpCode.SESSION_ID, sessionId(number))
        .text(AvpCode.ORIGIN_HOST, ORIGIN_HOST)
        .text(AvpCode.ORIGIN_REALM, "example.com")
        .text(AvpCode.DESTINATION_REALM, "operator.example.net")
        .unsigned32(AvpCode.AUTH_APPLICATION_ID, CREDIT_CONTROL_APPLICATION)
        .text(SERVICE_CONTEXT_ID, "32251@3gpp.org")
        .unsigned32(CC_REQUEST_TYPE, 1)
        .unsigned32(CC_REQUEST_NUMBER, 0)
        .unsigned32(EVENT_TIMESTAMP, 0xE1A2B3C4)
        .group(SUBSCRIPTION_ID)
        .unsigned32(SUBSCRIPTION_ID_TYPE, 0)
        .text(SUBSCRIPTION_ID_DATA, "491711234567890")
        .endGroup()
        .text(AvpCode.USER_NAME, "491711234567890@example.com")
        .end();
    int length = buf.writerIndex() - start;
    if (length != LENGTH_BYTES) {
      throw new IllegalStateException(
          "expected a message of " + LENGTH_BYTES + " bytes but it has " + length);
    }
  }

  private static String sessionId(int number) {
    return String.format(Locale.ROOT, "app1.example.com;1876543210;523;session-%06d", number);
  }

  /** Writes the answer to the request of that number, as a DRA would. */
  static void writeAnswerTo(ByteBuf buf, int number) {
    MessageBuilder.begin(
            buf, Header.PROXIABLE, CREDIT_CONTROL, CREDIT_CONTROL_APPLICATION, number, number)
        .text(AvpCode.SESSION_ID, sessionId(number))
        .unsigned32(AvpCode.RESULT_CODE, ResultCode.SUCCESS.code())
        .text(AvpCode.ORIGIN_HOST, "dra1.example.net")
        .text(AvpCode.ORIGIN_REALM, "example.net")
        .unsigned32(AvpCode.AUTH_APPLICATION_ID, CREDIT_CONTROL_APPLICATION)
        .unsigned32(CC_REQUEST_TYPE, 1)
        .unsigned32(CC_REQUEST_NUMBER, 0)
        .end();
  }
}
