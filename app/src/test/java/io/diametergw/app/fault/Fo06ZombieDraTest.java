package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultSite.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-06",
    what = "DRA-1 still answers watchdogs but no request (session-timeout 8 s)",
    goal =
        "unanswered 0, each request answered or moved within session-timeout; after 20 timeouts in"
            + " a row DRA-1 gets a request a second; from 10 s on >= 99 % of requests are good")
class Fo06ZombieDraTest {
  private static final double TIMEOUT_MILLIS = 8_000;
  private static final int SECONDS_OF_PROBES = 4;

  @Test
  void draThatAnswersNoRequestIsFoundAndOnlyProbed(FaultSite site) {
    var dra1 = site.innerDra(1);
    var dra2 = site.dra(2);
    var gateway =
        site.gateway("session-timeout: 8s\n" + StartedGateway.dras(dra1.port(), dra2.port()))
            .awaitDras(2);
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(2));

    long dead = System.nanoTime();
    dra1.dropEvery(1);
    long found = gateway.awaitLog("DRA-1 answers watchdogs but no requests", dead).nanos();
    site.play(Duration.ofSeconds(1));
    long before = dra1.count(DraCounter.REQUESTS);
    site.play(Duration.ofSeconds(SECONDS_OF_PROBES));
    long probes = dra1.count(DraCounter.REQUESTS) - before;
    long end = System.nanoTime();
    var ledger = load.end();
    gateway.stopClean();

    var later = ledger.timeline().due(dead + 10 * SECOND, end);
    double good = 100.0 * later.good() / later.count();
    double longest = FaultLedger.millis(ledger.timeline().all().longestNanos());
    site.measured(
        "%s %s; found %.1f s after its last answer; longest answer %.0f ms; then %d requests to"
            + " DRA-1 in %d s; %.2f %% of requests good from 10 s on",
        ledger.counts(),
        ledger.errors(),
        FaultLedger.millis(found - dead) / 1000,
        longest,
        probes,
        SECONDS_OF_PROBES,
        good);
    ledger.assertNothingLost();
    assertThat(ledger.errorCount()).as("failed until all have moved").isLessThan(FaultSite.RATE);
    assertThat(longest).as("longest answer, ms").isLessThan(TIMEOUT_MILLIS + 500);
    assertThat(probes).as("requests to DRA-1").isBetween(1L, SECONDS_OF_PROBES + 2L);
    assertThat(good).as("good from 10 s on, %").isGreaterThanOrEqualTo(99);
    assertThat(gateway.linesWith("DRA-2 answers watchdogs but no requests"))
        .as("DRA-2 taken for a zombie, for requests that came to it too late")
        .isZero();
  }
}
