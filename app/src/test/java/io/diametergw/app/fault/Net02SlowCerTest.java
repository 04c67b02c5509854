package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.BaseMessages;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "NET-02",
    what = "5,000 connections send their CER a byte a second (slowloris) beside Logic Apps",
    goal =
        "each closed after 10 s ± 1 s; p99 of the others <= 1.2 x before; <= 4 KiB of memory a"
            + " connection")
class Net02SlowCerTest {
  private static final int CONNECTIONS = Integer.getInteger("faults.slow-connections", 5_000);
  private static final int CONNECTS_PER_SECOND = 5_000;
  private static final int RATE = 2_000;
  private static final int SECONDS = 10; // capabilities-timeout by default
  private static final int MEASURED_AT = 7;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final double NANOS_PER_SECOND = SECOND;

  @Test
  void slowConnectionsAreClosedAndCostLittle(FaultSite site) {
    var dra1 = site.dra(1);
    site.warm(dra1);
    var launch =
        GatewayProcess.Launch.of(
                "logic-apps: { max-connections: "
                    + (CONNECTIONS + 10)
                    + " }\n"
                    + GatewayProcess.dras(dra1))
            .jvmFlags("-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1");
    var gateway = site.gateway(launch).awaitDras(1);
    var load = site.load(gateway, RATE, plan -> plan);
    site.play(Duration.ofSeconds(4));
    long heapBefore = gateway.process().liveHeapBytes();
    long rssBefore = gateway.process().rssBytes();

    long begun = System.nanoTime();
    var crowd = site.own(new Crowd(gateway.address()));
    long measuring = 0; // collecting garbage for it holds everybody up: not the connections' fault
    long measured = 0;
    var cer = BaseMessages.cer(Crowd.app("slow", 0)).bytes();
    var links = crowd.connect(CONNECTIONS, CONNECTS_PER_SECOND, (_, _) -> {});
    for (int second = 0; second < SECONDS + 2; second++) {
      byte[] next = {cer[second]};
      crowd.pace(CONNECTIONS, CONNECTIONS, i -> links.get(i).send(next));
      if (second == MEASURED_AT - 1) {
        assertThat(links).as("open so far").noneMatch(Link::hasEnded);
        measuring = System.nanoTime();
        long heap = gateway.process().liveHeapBytes() - heapBefore;
        long rss = gateway.process().rssBytes() - rssBefore;
        measured = System.nanoTime();
        site.measured(
            "a connection: %,d bytes of heap, %,d bytes beside it",
            heap / CONNECTIONS, rss / CONNECTIONS);
        assertThat((heap + rss) / CONNECTIONS).as("bytes a connection").isLessThan(4 << 10);
      }
    }
    long ended = System.nanoTime();
    assertThat(links).as("closed").allMatch(Link::hasEnded);
    var lives =
        links.stream()
            .mapToDouble(l -> (l.endedNanos() - l.connectedNanos()) / NANOS_PER_SECOND)
            .summaryStatistics();
    var ledger = load.end();
    var others = Disturbance.of(ledger, begun, measuring);
    double closing = FaultLedger.p99Millis(ledger.timeline().due(measured + SECOND, ended));
    var othersThen = new Disturbance(others.beforeMillis(), closing);
    gateway.stopClean();

    site.measured(
        "%d closed after %.1f to %.1f s; %s; while they are closed %.1f ms; %s",
        links.size(), lives.getMin(), lives.getMax(), others, closing, ledger.counts());
    ledger.assertAllGood();
    assertThat(lives.getMin()).as("first closed, s").isGreaterThan(SECONDS - 1);
    assertThat(lives.getMax()).as("last closed, s").isLessThan(SECONDS + 1);
    others.assertWithin(1.2);
    othersThen.assertWithin(1.2);
  }
}
