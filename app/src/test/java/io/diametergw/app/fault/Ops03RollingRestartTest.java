package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.DraProcess;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.app.process.Ports;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "OPS-03",
    what =
        "Two gateways restarted in turn (SIGTERM), 20 times, under 1,000 requests a second of Logic"
            + " Apps with a connection to each, which ask the other after a refusal",
    goal = "unanswered 0; lost 0 of what a gateway had accepted; exit 0 each time")
class Ops03RollingRestartTest {
  private static final int RESTARTS = 20;
  private static final int RATE = 1_000;

  @Test
  void noRequestIsLostOverTwentyRestarts(FaultSite site) {
    var dra = site.dra(1, "-delay", "20ms");
    var launches = List.of(launch(dra), launch(dra));
    var gateways = new ArrayList<GatewayProcess>();
    launches.forEach(launch -> gateways.add(site.gateway(launch).awaitDras(1)));
    var app =
        site.own(TwoGatewayApp.start(gateways.get(0).address(), gateways.get(1).address(), RATE));
    site.play(Duration.ofSeconds(1));

    long drained = 0;
    long lost = 0;
    for (int i = 0; i < RESTARTS; i++) {
      int turn = i % 2;
      var end = gateways.get(turn).stop();
      assertThat(end.exitCode()).as("exit code of stop %d", i).isZero();
      assertThat(end.statistics().count("Books.unaccounted")).as("unaccounted").isZero();
      drained += end.drained();
      lost += end.lost();
      gateways.set(turn, site.gateway(launches.get(turn)).awaitDras(1));
      site.await("a connection to it", () -> app.isConnected(turn));
      site.play(Duration.ofMillis(300));
    }
    app.end();
    var counters = dra.counters();
    app.close();
    gateways.forEach(GatewayProcess::stopClean);

    site.measured(
        "asked %,d, good %,d, failed %d; %,d refused and %,d unanswered were asked again at the"
            + " other; drained %,d, lost %d in %d stops; with T at the DRA %d, twice %d",
        app.asked(),
        app.good(),
        app.failures().size(),
        app.refused(),
        app.unanswered(),
        drained,
        lost,
        RESTARTS,
        counters.getOrDefault(DraCounter.RETRANSMITTED, 0L),
        counters.getOrDefault(DraCounter.DUPLICATES, 0L));
    assertThat(app.failures()).as("good from neither").isEmpty();
    assertThat(app.good()).as("good").isEqualTo(app.asked());
    assertThat(lost).as("lost").isZero();
    assertThat(drained).as("drained").isPositive();
    assertThat(counters.getOrDefault(DraCounter.DUPLICATES, 0L)).as("executed twice").isZero();
  }

  private static GatewayProcess.Launch launch(DraProcess dra) {
    return GatewayProcess.Launch.of(GatewayProcess.dras(dra))
        .flags("-listen", "127.0.0.1:" + Ports.free());
  }
}
