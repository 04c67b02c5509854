package io.diametergw.lab;

import static io.diametergw.lab.ThreeGpp.VENDOR_ID;
import static io.diametergw.lab.ThreeGpp.VM;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.netty.buffer.Unpooled;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The requests that a DRA's side starts towards a Logic Application. */
public enum PushCommand {
  /** Cancel-Location-Request (S6a): the subscriber has gone elsewhere. */
  CLR(317, LabApplication.S6A),

  /** Insert-Subscriber-Data-Request (S6a): the subscriber's profile has changed. */
  IDR(319, LabApplication.S6A),

  /** Re-Auth-Request (Gx): the rules of a bearer have changed. */
  RAR(258, LabApplication.GX),

  /** Abort-Session-Request (Gy): the session has to end. */
  ASR(274, LabApplication.GY);

  private final int code;
  private final LabApplication application;

  PushCommand(int code, LabApplication application) {
    this.code = code;
    this.application = application;
  }

  public int code() {
    return code;
  }

  public LabApplication application() {
    return application;
  }

  /** The command that people write as {@code clr}, {@code idr}, {@code rar} or {@code asr}. */
  public static PushCommand named(String name) {
    for (var command : values()) {
      if (command.name().equals(name.toUpperCase(Locale.ROOT))) {
        return command;
      }
    }
    throw new IllegalArgumentException("expected clr, idr, rar or asr but was \"" + name + "\"");
  }

  /**
   * A request of this command.
   *
   * @param destinationHost the Logic Application; null leaves the choice to the realm
   */
  public LabMessage request(
      LabNode from,
      @Nullable String destinationHost,
      String destinationRealm,
      String sessionId,
      String imsi) {
    int identifier = BaseMessages.nextIdentifier();
    var builder =
        MessageBuilder.begin(
            Unpooled.buffer(),
            Header.REQUEST | Header.PROXIABLE,
            code,
            application.id(),
            identifier,
            identifier);
    builder.text(AvpCode.SESSION_ID, sessionId);
    Requests.applicationOf(builder, application.id());
    builder
        .text(AvpCode.ORIGIN_HOST, from.originHost())
        .text(AvpCode.ORIGIN_REALM, from.originRealm());
    if (destinationHost != null) {
      builder.text(AvpCode.DESTINATION_HOST, destinationHost);
    }
    builder.text(AvpCode.DESTINATION_REALM, destinationRealm).text(AvpCode.USER_NAME, imsi);
    switch (this) {
      case CLR ->
          builder.unsigned32(ThreeGpp.CANCELLATION_TYPE, VM, VENDOR_ID, 0); // MME update procedure
      case IDR ->
          Answers.subscriptionData(builder.unsigned32(ThreeGpp.IDR_FLAGS, VM, VENDOR_ID, 0));
      case RAR -> builder.unsigned32(ThreeGpp.RE_AUTH_REQUEST_TYPE, 0); // authorize only
      case ASR -> {}
    }
    return LabMessage.copyOf(builder.end(), 0);
  }
}
