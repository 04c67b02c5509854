package io.diametergw.app.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.LoggedProcess;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.ResultCode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Kamailio's C Diameter Peer in front of the gateway as a Logic App, and behind it as a DRA. */
@Execution(ExecutionMode.CONCURRENT)
class KamailioTest {
  private static final String KAMAILIO = "Kamailio cdp";
  private static final int REQUESTS = 100;
  private static final int SUCCESS = ResultCode.SUCCESS.code();
  private static final int USER_AUTHORIZATION = 300;
  private static final int ITS_OWN = 3;
  private static final int REFUSALS = 5;
  private static final Duration WITHOUT_BACK_OFF =
      Duration.ofMillis((REFUSALS - 1) * 1200); // at most; with it 8.1 s, or 6.5 s
  private static final String UAA = "diameter.cmd.code == 300 && diameter.flags.request == 0";
  private static final String DWR = "diameter.cmd.code == 280 && diameter.flags.request == 1";
  private static final String DWA = "diameter.cmd.code == 280 && diameter.flags.request == 0";
  private static final String DPR = "diameter.cmd.code == 282 && diameter.flags.request == 1";
  private static final String DPA = "diameter.cmd.code == 282 && diameter.flags.request == 0";

  @Interop(
      what = "The gateway dials Kamailio as its DRA, with its default list of applications",
      peer = KAMAILIO,
      holds =
          "CER accepted; 100 CCRs of a Logic App: each 2001; then 15 s, more than 2 Tw of 6 s, of"
              + " watchdogs alone; the gateway ends with DPR, though Kamailio gives no DPA")
  void kamailioAsDra(InteropSite site) {
    int port = site.peerPort();
    var kamailio = Kamailio.start(site, port, site.unwatchedPort());
    var gateway = site.gateway(yaml("gw.example.org", "", port)).awaitDras(1);
    var app =
        site.own(
            new SimulatedLogicApp("app1.example.com", "example.com")
                .application(LabApplication.GY)
                .connect(site.gatewayPort()));

    var ledger = app.sendAtRate(REQUESTS, Duration.ofSeconds(1));
    site.play(Duration.ofSeconds(15));

    assertThat(ledger.answered(SUCCESS)).as(app.report()).isEqualTo(REQUESTS);
    assertThat(kamailio.linesWith("was asked: 4 272")).isEqualTo(REQUESTS);
    assertThat(gateway.linesWith(" closed: ")).as("connections that ended").isZero();
    app.disconnect();
    var end = gateway.stopClean();
    assertThat(kamailio.isAlive()).isTrue();
    String here = " && tcp.port == " + port;
    int asked = site.captured().fields(DWR + here, "frame.number").size();
    int answered = site.captured().fields(DWA + here, "frame.number").size();
    assertThat(asked).as("DWRs").isGreaterThanOrEqualTo(2).isEqualTo(answered);
    assertThat(site.captured().fields(DPR + here, "diameter.Disconnect-Cause"))
        .containsExactly(List.of(List.of("0")));
    site.showed(
        "%s; %d DWRs; DPR REBOOTING, %d DPAs of Kamailio (its log: Bad file descriptor), ended"
            + " after %d ms",
        ledger, asked, site.captured().fields(DPA + here, "frame.number").size(), end.millis());
  }

  @Interop(
      what = "Kamailio dials the gateway as a Logic App",
      peer = KAMAILIO,
      holds =
          "CER accepted; its UARs get 2001 of a DRA; 100 requests of the DRA each get 2001; told"
              + " to end, its connection ends, and the DRA gets 3002")
  void kamailioAsLogicApp(InteropSite site) {
    var server = site.own(new SimulatedDra("dra1.example.net", "example.net").start());
    var gateway = site.gateway(yaml(Kamailio.DIALLED, "", server.port())).awaitDras(1);
    var kamailio = Kamailio.start(site, site.unwatchedPort(), site.gatewayPort());
    site.await("requests of Kamailio", () -> requestsOfKamailio(server) >= ITS_OWN);

    var pushes = IntStream.range(0, REQUESTS).mapToObj(_ -> ask(server)).toList();
    assertThat(pushes).allSatisfy(push -> assertThat(push.join().resultCode()).isEqualTo(SUCCESS));
    long disabled = System.nanoTime();
    kamailio.disablePeer();
    gateway.awaitLog(" closed: ", disabled);

    assertThat(ask(server).join().resultCode()).isEqualTo(ResultCode.UNABLE_TO_DELIVER.code());
    gateway.stopClean();
    assertThat(kamailio.isAlive()).isTrue();
    var results =
        site
            .captured()
            .fields(UAA + " && tcp.srcport == " + site.gatewayPort(), "diameter.Result-Code")
            .stream()
            .flatMap(row -> row.getFirst().stream())
            .toList();
    assertThat(results).hasSize((int) requestsOfKamailio(server)).containsOnly("2001");
    site.showed(
        "%d UARs, each UAA with 2001; requests of the DRA %s; %s",
        results.size(),
        server.pushResults(),
        gateway.awaitLog(" closed: ", disabled).text().replaceAll(".*closed: ", "closed: "));
  }

  private static long requestsOfKamailio(SimulatedDra server) {
    return server.requestsByCommand().getOrDefault(USER_AUTHORIZATION, 0L);
  }

  private static CompletableFuture<LabMessage> ask(SimulatedDra server) {
    return server.push(PushCommand.ASR, Kamailio.IDENTITY, "example.com");
  }

  @Interop(
      what = "A gateway that advertises only Relay dials Kamailio",
      peer = KAMAILIO,
      holds =
          "CEA 5010, told in a line each time; dialled again after 1 s, 1.5 s, 2.25 s, … (± 20 %)")
  void relayAloneIsRefused(InteropSite site) {
    int port = site.peerPort();
    var kamailio = Kamailio.start(site, port, site.unwatchedPort());
    var gateway = site.gateway(yaml("gw.example.org", "applications: [relay]\n", port));

    String told = " WARN .* closed: CEA with Result-Code 5010";
    site.await("refusals", () -> gateway.linesWith(told) >= REFUSALS);
    var refused =
        gateway.process().lines().stream().filter(line -> line.text().matches(".*" + told + ".*"));
    var nanos = refused.limit(REFUSALS).mapToLong(LoggedProcess.Line::nanos).toArray();

    var took = Duration.ofNanos(nanos[REFUSALS - 1] - nanos[0]);
    assertThat(took).isGreaterThan(WITHOUT_BACK_OFF);
    gateway.stopClean();
    assertThat(kamailio.isAlive()).isTrue();
    site.showed(
        "%d refusals in %d ms: %s",
        REFUSALS,
        took.toMillis(),
        gateway.awaitLog(told, nanos[0]).text().replaceAll("^\\S+ ", ""));
  }

  private static String yaml(String originHost, String more, int draPort) {
    return """
    origin-host: %s
    origin-realm: example.org
    log: debug
    %slogic-apps: { watchdog-interval: 6s, watchdog-timeout: 5s }
    dra-pool: { dwr-interval: 6s, dwr-timeout: 5s, reconnect-interval: 1s }
    dras:
      - { name: DRA-1, host: 127.0.0.1, port: %d, priority: 1 }
    """
        .formatted(originHost, more, draPort);
  }
}
