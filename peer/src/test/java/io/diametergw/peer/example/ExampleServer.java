package io.diametergw.peer.example;

import io.diametergw.peer.Application;
import io.diametergw.peer.DiameterNode;
import io.diametergw.wire.ResultCode;
import java.net.InetSocketAddress;

/** A Diameter server: it grants every Credit-Control-Request (RFC 8506). */
final class ExampleServer {
  private static final int CREDIT_CONTROL = 4;
  private static final int CC_REQUEST_TYPE = 416;
  private static final int CC_REQUEST_NUMBER = 415;

  private ExampleServer() {}

  static DiameterNode start() {
    return DiameterNode.named("ocs.example.com", "example.com")
        .applications(Application.auth(CREDIT_CONTROL))
        .onRequest((_, ccr) ->
            ccr.answer(ResultCode.SUCCESS)
                .copy(ccr.find(CC_REQUEST_TYPE).orElseThrow())
                .copy(ccr.find(CC_REQUEST_NUMBER).orElseThrow())
                .build())
        .start();
  }

  public static void main(String[] args) throws Exception {
    try (DiameterNode server = start()) {
      System.out.println("listening on " + server.listen(new InetSocketAddress(3868)));
      Thread.currentThread().join();
    }
  }
}
