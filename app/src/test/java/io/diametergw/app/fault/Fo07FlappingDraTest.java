package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-07",
    what = "DRA-1 accepts, answers the CER and closes after 1 to 500 ms, for ever",
    goal =
        "unanswered 0, other than 2001 0; <= 1 % of requests ever go to it; reconnects as planned"
            + " (5 s x 1.5, +-20 %); per attempt one line that it is open, one that it is closed")
class Fo07FlappingDraTest {
  private static final Duration DURATION = Duration.ofSeconds(32);
  private static final int[] LIVES_MILLIS = {250, 1, 500, 100, 400}; // and again
  private static final double FIRST_PAUSE_MILLIS = 5_000;
  private static final double BACKOFF = 1.5;
  private static final double JITTER = 0.2;
  private static final double LATE_MILLIS = 500;

  @Test
  void draThatComesAndGoesGetsNextToNothing(FaultSite site) {
    var attempts = new CopyOnWriteArrayList<Long>();
    var dra1 = site.innerDra(1);
    dra1.reportTo(line -> flap(dra1, line, attempts));
    var dra2 = site.dra(2);
    var gateway = site.gateway(StartedGateway.dras(dra1.port(), dra2.port()));
    gateway.awaitLog("DRA-2 OPEN", 0);
    var load = site.load(gateway);
    site.play(DURATION);
    var ledger = load.end();
    long warnings = gateway.linesWith(" WARN .*DRA-1");
    long heldBack = gateway.linesWith(" WARN .*DRA-1 failed again and again");
    long lines = gateway.linesWith(" DRA-1 (OPEN|\\S+ closed)");
    gateway.stopClean();

    double routed = 100.0 * dra1.count(DraCounter.REQUESTS) / ledger.sent();
    site.measured(
        "%s; %.2f %% of requests went to DRA-1; %d attempts in %d s, apart %s; %d warnings and %d"
            + " lines in all about them",
        ledger.counts(),
        routed,
        attempts.size(),
        DURATION.toSeconds(),
        gaps(attempts).stream()
            .map(gap -> String.format(Locale.ROOT, "%.1f s", gap / 1000))
            .toList(),
        warnings - heldBack,
        lines);
    ledger.assertAllGood();
    assertThat(routed).as("requests routed to DRA-1, %").isLessThanOrEqualTo(1);
    assertThat(attempts).as("attempts").hasSizeBetween(3, 5);
    assertPlanned(gaps(attempts));
    assertThat(warnings - heldBack).as("warnings").isLessThanOrEqualTo(attempts.size());
    assertThat(lines).as("lines: open, and closed").isLessThanOrEqualTo(2L * attempts.size());
    assertThat(heldBack).as("warnings that it is held back").isLessThanOrEqualTo(1);
  }

  /** Ends each connection a while after its CER. */
  private static void flap(SimulatedDra dra, String line, List<Long> attempts) {
    if (line.startsWith("CER ")) {
      int life = LIVES_MILLIS[attempts.size() % LIVES_MILLIS.length];
      attempts.add(System.nanoTime());
      Thread.ofVirtual()
          .start(() -> {
            LockSupport.parkNanos(life * 1_000_000L);
            StartedGateway.await(
                "its end",
                () -> {
                  dra.resetConnections();
                  return dra.openConnections() == 0;
                });
          });
    }
  }

  private static List<Double> gaps(List<Long> attempts) {
    return IntStream.range(1, attempts.size())
        .mapToObj(i -> FaultLedger.millis(attempts.get(i) - attempts.get(i - 1)))
        .toList();
  }

  private static void assertPlanned(List<Double> gaps) {
    double pause = FIRST_PAUSE_MILLIS;
    for (int i = 0; i < gaps.size(); i++, pause *= BACKOFF) {
      int life = LIVES_MILLIS[i % LIVES_MILLIS.length];
      assertThat(gaps.get(i))
          .as("pause %d, ms", i + 1)
          .isBetween(pause * (1 - JITTER) + life, pause * (1 + JITTER) + life + LATE_MILLIS);
    }
  }
}
