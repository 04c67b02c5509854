package io.diametergw.app.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.ResultCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * The gateway between two freeDiameters that relay, and a simulator at each end: {@code app1 -
 * fdapp - gateway - fddra - server}.
 */
final class Chain {
  static final String APP = "app1.example.com";
  static final String FD_APP = "fdapp.example.com";
  static final String FD_DRA = "fddra.example.net";
  static final String SERVER = "server.example.net";
  static final String APPS_REALM = "example.com";
  static final String SERVERS_REALM = "example.net";

  private final InteropSite site;
  private final int draPort;
  private final SimulatedDra server;
  private final FreeDiameter fdDra;
  private final FreeDiameter fdApp;
  private final SimulatedLogicApp app;
  private GatewayProcess gateway;

  /** Starts all five, from the server to the Logic App, and returns when they are connected. */
  Chain(InteropSite site) {
    this.site = site;
    server = site.own(new SimulatedDra(SERVER, SERVERS_REALM).start());
    draPort = site.peerPort();
    fdDra =
        FreeDiameter.start(
                site,
                FD_DRA,
                draPort,
                FreeDiameter.SHORTEST_TW,
                FreeDiameter.dials(SERVER, server.port()))
            .awaitOpen(SERVER);
    gateway = newGateway();
    int front = site.unwatchedPort();
    fdApp =
        FreeDiameter.start(
                site,
                FD_APP,
                front,
                FreeDiameter.SHORTEST_TW,
                FreeDiameter.dials(FreeDiameter.GATEWAY, site.gatewayPort()))
            .awaitOpen(FreeDiameter.GATEWAY);
    app =
        site.own(
            new SimulatedLogicApp(APP, APPS_REALM)
                .destinationRealm(SERVERS_REALM)
                .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), front)));
  }

  private GatewayProcess newGateway() {
    String yaml =
        """
        origin-host: %s
        origin-realm: example.org
        log: debug
        logic-apps: { watchdog-interval: 6s, watchdog-timeout: 5s }
        dra-pool: { dwr-interval: 6s, dwr-timeout: 5s, reconnect-interval: 1s }
        dras:
          - { name: DRA-1, host: 127.0.0.1, port: %d, priority: 1, identity: %s }
        """
            .formatted(FreeDiameter.GATEWAY, draPort, FD_DRA);
    return site.gateway(yaml).awaitDras(1);
  }

  SimulatedDra server() {
    return server;
  }

  FreeDiameter fdDra() {
    return fdDra;
  }

  FreeDiameter fdApp() {
    return fdApp;
  }

  SimulatedLogicApp app() {
    return app;
  }

  GatewayProcess gateway() {
    return gateway;
  }

  /** Starts a gateway in the place of one that has ended. */
  void restartGateway() {
    gateway = newGateway();
  }

  /** Waits until a request gets through again after something was down; nothing may be lost. */
  void awaitTraffic() {
    site.await(
        "a request that gets 2001 from the server",
        () -> app.send().join().resultCode() == ResultCode.SUCCESS.code());
  }

  /** Sends that many requests of the Logic App; every one must get 2001 from the server. */
  void assertAnswered(int requests) {
    long before = app.ledger().answered(ResultCode.SUCCESS.code());
    var ledger = app.sendAtRate(requests, Duration.ofSeconds(1));
    assertThat(ledger.answered(ResultCode.SUCCESS.code()) - before)
        .as(() -> "answers with 2001, " + app.report())
        .isEqualTo(requests);
  }

  /** Ends the Logic App, then the gateway, which must have lost nothing. */
  void endClean() {
    app.disconnect();
    gateway.stopClean();
  }

  /** The values of the Route-Record AVPs of a request, in order. */
  static List<String> routeRecords(LabMessage request) {
    return request.avps(AvpCode.ROUTE_RECORD).stream().map(LabAvp::text).toList();
  }
}
