package io.diametergw.gateway.fuzz;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.Requests;
import io.diametergw.lab.Requests.CcRequestType;
import io.diametergw.wire.AvpCode;
import java.util.List;

/** The valid messages that are mutated, and who sends them. */
final class Seeds {
  /** The Logic App that sends broken messages. */
  static final LabNode APP = LabNode.relay("app1." + LOCAL, LOCAL);

  private static final LabNode S6A_APP = LabNode.of("app2." + LOCAL, LOCAL, LabApplication.S6A);
  private static final LabNode MANY = LabNode.of("app3." + LOCAL, LOCAL, LabApplication.values());
  private static final Requests ANY = Requests.from(APP.originHost(), LOCAL, REMOTE);
  private static final String IMSI = "001010000000001";
  private static final int PROXY_INFO_HOST = AvpCode.PROXY_HOST;

  private Seeds() {}

  /** What may come first on a connection. */
  static LabMessage first(int number) {
    var message =
        switch (number % 8) {
          case 0, 1 -> BaseMessages.cer(APP);
          case 2, 3 -> BaseMessages.cer(S6A_APP);
          case 4, 5 -> BaseMessages.cer(MANY);
          case 6 -> BaseMessages.dwr(APP);
          default -> ANY.first(LabApplication.S6A, "s;" + number, IMSI);
        };
    return numbered(message, number);
  }

  /** A request of a Logic App. */
  static LabMessage request(int number) {
    String session = "%s;1;%d".formatted(APP.originHost(), number);
    var to = number % 5 == 0 ? ANY.to("dra1." + REMOTE) : ANY;
    var message =
        switch (number % 6) {
          case 0 -> to.air(session, IMSI);
          case 1 -> to.ulr(session, IMSI);
          case 2 -> to.ecr(session, IMSI);
          case 3 -> to.gx(session, IMSI, CcRequestType.INITIAL, 0);
          case 4 -> to.gy(session, IMSI, CcRequestType.UPDATE, 1);
          default -> throughOthers(to.gy(session, IMSI, CcRequestType.INITIAL, 0));
        };
    return numbered(message, number);
  }

  /** As if it had passed two agents before. */
  private static LabMessage throughOthers(LabMessage request) {
    var host =
        LabMessage.of(request.bytes()).withAvps(List.of()).with(text(PROXY_INFO_HOST, "a.b"));
    byte[] proxyHost = java.util.Arrays.copyOfRange(host.bytes(), 20, host.lengthBytes());
    return request
        .with(text(AvpCode.ROUTE_RECORD, "agent1.x"))
        .with(text(AvpCode.ROUTE_RECORD, "agent2.x"))
        .with(LabAvp.of(AvpCode.PROXY_INFO, 0x40, 0, proxyHost));
  }

  private static LabAvp text(int code, String value) {
    return LabAvp.text(code, value);
  }

  /** A watchdog of the Logic App. */
  static LabMessage dwr() {
    return BaseMessages.dwr(APP);
  }

  /** Its case's number is its End-to-End Identifier. */
  static LabMessage numbered(LabMessage message, int number) {
    return message.withHopByHopId(~number).withEndToEndId(number);
  }

  /** What joins others in one piece. */
  static List<LabMessage> joined() {
    return List.of(
        BaseMessages.cer(APP),
        BaseMessages.dwr(APP),
        BaseMessages.dwr(S6A_APP),
        BaseMessages.dpr(APP, BaseMessages.REBOOTING),
        request(-1),
        request(-2));
  }
}
