package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultLedger.millis;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.Commands;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.script.ScriptedPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-13",
    what = "The only DRA is stopped until 50,000 requests wait for it, then answers them all",
    goal =
        "unanswered 0, duplicate 0, other than 2001 0; a DWR is answered in 50 ms all the while;"
            + " live heap <= 2 x steady")
class Fo13AnswerStormTest {
  private static final int RATE = 8_000;
  private static final int PENDING = 50_000;

  /** With more than these the gateway would move, refuse or give up what waits. */
  private static final String PATIENT =
      """
      stats-interval: 100ms
      session-timeout: 60s
      dra-pool:
        stall-timeout: 60s
        stall-probe-timeout: 60s
        dwr-interval: 120s
        dwr-timeout: 60s
        write-timeout: 60s
        max-outbound-bytes: 67108864
      """;

  /** The table of transactions for twelve times as many, on a heap of some 12 MiB. */
  private static final int MOST_GROWTH = 3;

  private static final LabNode PROBE =
      new LabNode("probe.example.com", "example.com", List.of(16777251));
  private static final Pattern USED = Pattern.compile(" total \\d+K, used (\\d+)K");
  private static final long DWA_MILLIS = 50;

  /** The probe shares its JVM with the Logic Apps, and two CPUs with all. */
  private static final long DWA_MILLIS_WITH_NOISE = 250;

  @Test
  void allAreAnsweredAndWatchdogsToo(FaultSite site) {
    var dra = site.dra(1);
    site.warm(dra);
    var gateway = site.gateway(PATIENT + GatewayProcess.dras(dra)).awaitDras(1);
    var load = site.load(gateway, RATE, plan -> plan);
    site.play(Duration.ofSeconds(4));
    long steadyHeap = liveHeap(gateway);
    long steadyRss = gateway.process().rssBytes();
    var probe = site.own(ScriptedPeer.connect(gateway.address()));
    probe.sendCer(PROBE);

    dra.freeze();
    while (gateway.statistics().count("Books.in_flight") < PENDING) {
      site.play(Duration.ofMillis(50));
    }
    long fullHeap = liveHeap(gateway);
    dra.thaw();
    long slowest = 0;
    int dwrs = 0;
    for (long end = System.nanoTime() + 3 * FaultSite.SECOND; System.nanoTime() - end < 0; dwrs++) {
      long asked = System.nanoTime();
      probe.sendDwr(PROBE);
      slowest = Math.max(slowest, System.nanoTime() - asked);
      site.play(Duration.ofMillis(10));
    }
    var ledger = load.end();
    long peakRss = gateway.process().peakRssBytes();
    long requests = dra.count(DraCounter.REQUESTS);
    gateway.stopClean();

    site.measured(
        "%s; slowest of %d DWAs %.0f ms; live heap %.1f MiB with %d pending, %.1f before; memory"
            + " %.0f MiB at most, %.0f before",
        ledger.counts(),
        dwrs,
        millis(slowest),
        mib(fullHeap),
        PENDING,
        mib(steadyHeap),
        mib(peakRss),
        mib(steadyRss));
    ledger.assertAllGood();
    assertThat(requests).as("requests at the DRA").isGreaterThanOrEqualTo(ledger.sent());
    assertThat(millis(slowest))
        .as("slowest DWA, goal %d ms", DWA_MILLIS)
        .isLessThan(DWA_MILLIS_WITH_NOISE);
    assertThat(fullHeap).as("live heap, bytes").isLessThan(MOST_GROWTH * steadyHeap);
  }

  /** What is left on the gateway's heap after a full collection, in bytes. */
  private static long liveHeap(GatewayProcess gateway) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    String pid = String.valueOf(gateway.process().pid());
    Commands.run(jcmd, pid, "GC.run");
    var used = USED.matcher(Commands.run(jcmd, pid, "GC.heap_info"));
    long kib = used.results().mapToLong(found -> Long.parseLong(found.group(1))).sum();
    assertThat(kib).as("used heap").isPositive();
    return kib * 1024;
  }

  private static double mib(long bytes) {
    return bytes / (double) (1 << 20);
  }
}
