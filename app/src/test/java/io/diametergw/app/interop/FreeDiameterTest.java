package io.diametergw.app.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabMessage;
import io.diametergw.lab.PushCommand;
import io.diametergw.wire.ResultCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** freeDiameter in front of the gateway as a Logic App, and behind it as a DRA. */
@Execution(ExecutionMode.CONCURRENT)
class FreeDiameterTest {
  private static final String FREE_DIAMETER = "freeDiameter";
  private static final int REQUESTS = 1000;
  private static final int BATCH = 100;
  private static final int SELDOM = 60; // seconds; a side that never asks in a test
  private static final String ONLY_REBOOTING =
      "freeDiameter cannot be made to send BUSY or DO_NOT_WANT_TO_TALK_TO_YOU";

  @Interop(
      what = "A Logic App asks a server through freeDiameter, the gateway, freeDiameter",
      peer = FREE_DIAMETER,
      holds = "1,000 requests: each 2001, at the server 3 Route-Records in order")
  void requestsOfALogicApp(InteropSite site) {
    var chain = new Chain(site);

    chain.assertAnswered(REQUESTS);

    assertThat(chain.server().requests())
        .hasSize(REQUESTS)
        .allSatisfy(request ->
            assertThat(Chain.routeRecords(request))
                .containsExactly(Chain.APP, Chain.FD_APP, FreeDiameter.GATEWAY));
    assertThat(chain.app().ledger().isClean()).as(chain.app().report()).isTrue();
    chain.endClean();
    site.showed(
        "%s; Route-Records %s",
        chain.app().ledger(), Chain.routeRecords(chain.server().requests().getLast()));
  }

  @Interop(
      what = "A server asks a Logic App through freeDiameter, the gateway, freeDiameter",
      peer = FREE_DIAMETER,
      holds = "1,000 requests: each 2001, at the Logic App 3 Route-Records in order")
  void requestsOfAServer(InteropSite site) {
    var chain = new Chain(site);
    var received = new ConcurrentLinkedQueue<LabMessage>();
    chain.app().onPush(received::add);

    var answers = new ArrayList<LabMessage>();
    for (int sent = 0; sent < REQUESTS; sent += BATCH) {
      var batch =
          IntStream.range(0, BATCH)
              .mapToObj(_ -> chain.server().push(PushCommand.CLR, null, Chain.APPS_REALM))
              .toList();
      batch.stream().map(CompletableFuture::join).forEach(answers::add);
    }

    assertThat(answers)
        .hasSize(REQUESTS)
        .allSatisfy(answer -> assertThat(answer.resultCode()).isEqualTo(ResultCode.SUCCESS.code()));
    assertThat(received)
        .hasSize(REQUESTS)
        .allSatisfy(request ->
            assertThat(Chain.routeRecords(request))
                .containsExactly(Chain.SERVER, Chain.FD_DRA, FreeDiameter.GATEWAY));
    chain.endClean();
    site.showed(
        "%d requests, results %s; Route-Records %s",
        received.size(),
        chain.server().pushResults(),
        Chain.routeRecords(received.iterator().next()));
  }

  @Interop(
      what = "freeDiameters and the gateway have nothing to say but watchdogs",
      peer = FREE_DIAMETER,
      holds =
          "in 20 s, more than 2 Tw of 6 s: at least 2 DWRs of the gateway where it alone asks, of"
              + " freeDiameter where it alone asks, of any where both ask; all answered, all"
              + " connections stay; every freeDiameter ends with DPR REBOOTING")
  void watchdogsBothWays(InteropSite site) {
    int bothAsk = site.peerPort();
    int gatewayAsks = site.peerPort();
    var dra1 = FreeDiameter.start(site, "fd1.example.net", bothAsk, FreeDiameter.SHORTEST_TW);
    var dra2 = FreeDiameter.start(site, "fd2.example.net", gatewayAsks, SELDOM);
    var gateway =
        site.gateway(
                """
                origin-host: %s
                origin-realm: example.org
                log: debug
                logic-apps: { watchdog-interval: %ds }
                dra-pool: { dwr-interval: 6s, dwr-timeout: 5s }
                dras:
                  - { name: DRA-1, host: 127.0.0.1, port: %d, priority: 1 }
                  - { name: DRA-2, host: 127.0.0.1, port: %d, priority: 2 }
                """
                    .formatted(FreeDiameter.GATEWAY, SELDOM, bothAsk, gatewayAsks))
            .awaitDras(2);
    var app =
        FreeDiameter.start(
                site,
                "fdapp.example.com",
                site.unwatchedPort(),
                FreeDiameter.SHORTEST_TW,
                FreeDiameter.dials(FreeDiameter.GATEWAY, site.gatewayPort()))
            .awaitOpen(FreeDiameter.GATEWAY);

    site.play(Duration.ofSeconds(20));
    assertThat(gateway.linesWith(" closed: ")).as("connections that ended").isZero();
    app.stop();
    dra1.stop();
    dra2.stop();
    gateway.stopClean();

    var capture = site.captured();
    String dwr = "diameter.cmd.code == 280 && diameter.flags.request == 1 && tcp.port == ";
    String dwa = "diameter.cmd.code == 280 && diameter.flags.request == 0 && tcp.port == ";
    int asked1 = capture.fields(dwr + bothAsk, "frame.number").size();
    int asked2 = capture.fields(dwr + gatewayAsks, "frame.number").size();
    int askedGateway = capture.fields(dwr + site.gatewayPort(), "frame.number").size();
    for (int port : List.of(bothAsk, gatewayAsks, site.gatewayPort())) {
      assertThat(capture.fields(dwa + port, "frame.number"))
          .as("DWAs of port %d", port)
          .hasSameSizeAs(capture.fields(dwr + port, "frame.number"));
    }
    assertThat(asked1).as("DWRs of both sides").isGreaterThanOrEqualTo(2);
    assertThat(asked2).as("DWRs of the gateway").isGreaterThanOrEqualTo(2);
    assertThat(askedGateway).as("DWRs of the Logic App").isGreaterThanOrEqualTo(2);
    assertThat(causes(site)).as("Disconnect-Causes").hasSize(3).containsOnly("0");
    site.showed(
        "DWRs: %d by the gateway, %d by the Logic App, %d where both ask; 3 DPR REBOOTING; %s",
        asked2, askedGateway, asked1, ONLY_REBOOTING);
  }

  @Interop(
      what = "freeDiameter as the only DRA is stopped with SIGTERM, killed, started again",
      peer = FREE_DIAMETER,
      holds = "DPR REBOOTING; each time the gateway reconnects and requests flow again")
  void draIsStoppedAndKilled(InteropSite site) {
    var chain = new Chain(site);
    chain.assertAnswered(BATCH);

    long stopped = System.nanoTime();
    chain.fdDra().stop();
    chain.gateway().awaitLog(" DRA-1 .* closed: ", stopped);
    chain.fdDra().restart();
    chain.fdDra().awaitOpen(Chain.SERVER);
    chain.gateway().awaitLog("DRA-1 OPEN ", stopped);
    chain.awaitTraffic();
    chain.assertAnswered(BATCH);
    long killed = System.nanoTime();
    chain.fdDra().kill();
    chain.gateway().awaitLog(" DRA-1 .* closed: ", killed);
    chain.fdDra().restart();
    chain.fdDra().awaitOpen(Chain.SERVER);
    chain.gateway().awaitLog("DRA-1 OPEN ", killed);
    chain.awaitTraffic();
    chain.assertAnswered(BATCH);

    chain.endClean();
    assertThat(causes(site)).as("Disconnect-Causes").hasSize(3).containsOnly("0");
    site.showed(
        "reconnected after DPR and after kill -9; %s; %s", chain.app().ledger(), ONLY_REBOOTING);
  }

  @Interop(
      what = "The gateway between freeDiameters is stopped with SIGTERM and started again",
      peer = FREE_DIAMETER,
      holds = "both see DPR REBOOTING; the one in front connects again, requests flow again")
  void gatewayIsRestarted(InteropSite site) {
    var chain = new Chain(site);
    chain.assertAnswered(BATCH);

    long stopped = System.nanoTime();
    chain.gateway().stopClean();
    String dpr = "'gw.example.org' sent a DPR with cause: REBOOTING";
    chain.fdApp().awaitLog(dpr, stopped);
    chain.fdDra().awaitLog(dpr, stopped);
    chain.restartGateway();
    chain.fdApp().awaitOpen(FreeDiameter.GATEWAY, stopped);
    chain.awaitTraffic();
    chain.assertAnswered(BATCH);

    chain.endClean();
    site.showed("both saw REBOOTING, connected again; %s", chain.app().ledger());
  }

  /** The Disconnect-Causes of all DPRs. */
  private static List<String> causes(InteropSite site) {
    return site
        .captured()
        .fields(
            "diameter.cmd.code == 282 && diameter.flags.request == 1", "diameter.Disconnect-Cause")
        .stream()
        .flatMap(row -> row.getFirst().stream())
        .toList();
  }
}
