package io.diametergw.peer.example;

import io.diametergw.peer.Application;
import io.diametergw.peer.DiameterNode;
import io.diametergw.peer.Message;
import io.diametergw.wire.AvpCode;

/**
 * A Diameter client: it sends one Credit-Control-Request (RFC 8506) and prints the Result-Code of
 * the answer.
 */
final class ExampleClient {
  private static final int CREDIT_CONTROL = 4;
  private static final int CREDIT_CONTROL_REQUEST = 272;
  private static final int CC_REQUEST_TYPE = 416;
  private static final int CC_REQUEST_NUMBER = 415;

  private ExampleClient() {}

  static int ask(String host, int port) throws Exception {
    var ccr =
        Message.request(CREDIT_CONTROL_REQUEST, CREDIT_CONTROL)
            .text(AvpCode.SESSION_ID, "app.example.com;1;1")
            .text(AvpCode.DESTINATION_REALM, "example.com")
            .unsigned32(AvpCode.AUTH_APPLICATION_ID, CREDIT_CONTROL)
            .unsigned32(CC_REQUEST_TYPE, 1)
            .unsigned32(CC_REQUEST_NUMBER, 0)
            .build();
    try (var client =
        DiameterNode.named("app.example.com", "example.com")
            .applications(Application.auth(CREDIT_CONTROL))
            .start()) {
      return client.dial(host, port).send(ccr).get().resultCode().orElseThrow();
    }
  }

  public static void main(String[] args) throws Exception {
    System.out.println("Result-Code " + ask("127.0.0.1", 3868));
  }
}
