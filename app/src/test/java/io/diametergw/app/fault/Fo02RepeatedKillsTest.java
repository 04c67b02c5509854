package io.diametergw.app.fault;

import static io.diametergw.app.fault.FaultLedger.millis;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.DraProcess;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Kills without end: 40 of them in the suite, one after the other as soon as the DRA killed before
 * is back; {@code -Dfaults.kills=200} for the full number.
 */
class Fo02RepeatedKillsTest {
  private static final int KILLS = Integer.getInteger("faults.kills", 40);
  private static final int KILLS_UNTIL_HELD_BACK = 10;
  private static final int DWRS_TO_REOPEN = 3;
  private static final Duration DOWN = Duration.ofMillis(100);
  private static final int MOST_PAUSE_MILLIS = 150;

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES) // of 200 kills
  @Scenario(
      id = "FO-02",
      what = "DRA-1 and DRA-2 are killed in turn, again and again, never both at once",
      goal = "unanswered 0, duplicate 0, other than 2001 0 over all kills")
  void nothingIsLostHoweverOften(FaultSite site) {
    kill(site, KILLS, "0s");
  }

  /** After three kills each in a minute both are held back, and have to serve as a last resort. */
  @Test
  @Scenario(
      id = "FO-02 held back",
      what = "The same with hold-back 60s: soon both DRAs are held back",
      goal = "unanswered 0, duplicate 0, other than 2001 0 over all kills")
  void drasThatAreHeldBackServeWhenTheyAreTheLast(FaultSite site) {
    kill(site, KILLS_UNTIL_HELD_BACK, "60s");
  }

  private static void kill(FaultSite site, int kills, String holdBack) {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    DraProcess[] dras = {site.dra(1, "-delay", "5ms"), site.dra(2, "-delay", "5ms")};
    String yaml =
        "dra-pool: { reconnect-interval: 200ms, max-reconnect-delay: 200ms, reopen-interval: 50ms, hold-back: %s }\n"
                .formatted(holdBack)
            + "dras:\n"
            + dras[0].yaml("priority: 1")
            + dras[1].yaml("priority: 1");
    var gateway = site.gateway(yaml).awaitDras(dras.length);
    long begun = System.nanoTime();
    var load = site.load(gateway);
    site.play(Duration.ofSeconds(1));

    var killed = new StringJoiner(", ");
    for (int kill = 0; kill < kills; kill++) {
      var victim = dras[kill % dras.length];
      killed.add("%s at %.1f s".formatted(victim.name(), millis(System.nanoTime() - begun) / 1e3));
      victim.kill();
      site.play(DOWN);
      victim.restart();
      site.await(
          victim.name() + " asked three times after kill " + kill,
          () -> victim.count(DraCounter.DWR_RECEIVED) >= DWRS_TO_REOPEN);
      site.play(Duration.ofMillis(20 + random.nextInt(MOST_PAUSE_MILLIS)));
    }
    double secondsEach = millis(System.nanoTime() - begun) / 1e3 / kills;
    var ledger = load.end();
    site.measured(
        "%d kills, one in %.1f s (seed %d): %s; outage %.0f ms",
        kills, secondsEach, seed, ledger.counts(), ledger.longestOutageMillis());
    if (ledger.errorCount() > 0) {
      site.measured("killed %s", killed);
    }
    ledger.assertAllGood();
    assertThat(gateway.linesWith("closed: connection lost")).isEqualTo(kills);
    gateway.stopClean();
  }
}
