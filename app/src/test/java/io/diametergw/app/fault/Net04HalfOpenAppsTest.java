package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.app.process.LoggedProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The DRA takes 3 s for each answer, so that answers come for Logic Apps that are gone. The
 * watchdog runs at 1 s instead of 30 s.
 */
@Scenario(
    id = "NET-04",
    what = "100 of 200 Logic Apps lose their power: no FIN, no RST, all packets dropped",
    goal =
        "gone <= 3 x (Tw + 2 s); their answers dropped; file descriptors as before they came; the"
            + " other 100 unaffected",
    namespaces = true)
class Net04HalfOpenAppsTest {
  private static final int APPS = 100;
  private static final int RATE = 500;
  private static final int WATCHDOG_SECONDS = 1;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final String GONE = " far\\d+\\.example\\.com .* closed: ";

  @Test
  void halfOpenAppsAreFoundByTheWatchdog(FaultSite site) {
    var elsewhere = site.namespace();
    var dra1 = site.dra(1, "-delay", "3s");
    site.warm(dra1);
    var gateway =
        site.gateway(
                GatewayProcess.Launch.of(
                        "logic-apps: { watchdog-interval: %ds, watchdog-timeout: 500ms }\n%s"
                            .formatted(WATCHDOG_SECONDS, GatewayProcess.dras(dra1)))
                    .listenOn(elsewhere.hostAddress()))
            .awaitDras(1);
    var load = site.load(gateway, RATE, plan -> plan.connections(APPS));
    site.play(Duration.ofSeconds(1));
    long filesBefore = gateway.process().openFiles();
    var far =
        site.own(
            LoggedProcess.program(
                site.folder().resolve("far.log"),
                elsewhere.prefix(),
                List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"),
                List.of(
                    "load",
                    "-connect",
                    elsewhere.hostAddress() + ":" + gateway.port(),
                    "-connections",
                    String.valueOf(APPS),
                    "-origin-host",
                    "far%d.example.com",
                    "-rate",
                    String.valueOf(RATE),
                    "-timeout",
                    "30s",
                    "-seconds",
                    "120")));
    site.await("the far Logic Apps", () -> gateway.process().openFiles() >= filesBefore + APPS);
    site.play(Duration.ofSeconds(6));

    long cut = System.nanoTime();
    elsewhere.dropAll();
    site.await("the end of the far Logic Apps", () -> gateway.linesWith(GONE) == APPS);
    double gone = (lastGone(gateway) - cut) / NANOS_PER_SECOND;
    site.await("closed sockets", () -> gateway.process().openFiles() <= filesBefore);
    long filesAfter = gateway.process().openFiles();
    long ended = System.nanoTime();
    far.kill();
    site.play(Duration.ofSeconds(1));
    var ledger = load.end();
    var others = Disturbance.of(ledger, cut, ended);
    var end = gateway.stopClean();

    long dropped = end.statistics().count("Books.requester_gone");
    site.measured(
        "gone after %.1f s, Tw %d s; %d answers dropped; files %d, were %d; %s; %s",
        gone, WATCHDOG_SECONDS, dropped, filesAfter, filesBefore, others, ledger.counts());
    ledger.assertAllGood();
    assertThat(gone).as("gone, s").isLessThanOrEqualTo(3.0 * (WATCHDOG_SECONDS + 2));
    assertThat(dropped).as("answers dropped").isPositive();
    assertThat(filesAfter).as("files").isEqualTo(filesBefore);
    others.assertWithin(1.2);
  }

  private static long lastGone(GatewayProcess gateway) {
    return gateway.process().lines().stream()
        .filter(line -> line.text().contains(" far"))
        .mapToLong(LoggedProcess.Line::nanos)
        .max()
        .orElseThrow();
  }
}
