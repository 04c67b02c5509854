package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.peer.Watchdog.Action;
import io.diametergw.peer.Watchdog.Health;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The rows of RFC 3539 Appendix A and the timing that the settings add; time is a number. As long
 * as there are rows.
 */
class WatchdogTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;
  private static final long NOTHING_WAITS = Long.MIN_VALUE;

  /**
   * Interval 30 s, timeout 10 s, 3 failures, stall 1 s, probe 1 s, reopen 1 s; jitter is always
   * zero.
   */
  private final Watchdog watchdog = new Watchdog(PeerSettings.DEFAULTS, withoutJitter());

  private long now = 1000 * SECOND;

  // ---------------------------------------------------------------- INITIAL

  @Test
  @DisplayName("CONF-DW-12 INITIAL, connection up -> OKAY: traffic at once, without a DWR")
  void firstConnectionIsOkayAtOnce() {
    Action action = watchdog.onConnectionUp(now);

    assertThat(action).isEqualTo(Action.NOTHING);
    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
    assertThat(watchdog.isPending()).isFalse();
  }

  @Test
  @DisplayName("INITIAL, timer expires -> INITIAL: no DWR without a connection")
  void nothingIsSentBeforeTheFirstConnection() {
    assertThat(watchdog.onTimer(now + 3600 * SECOND, NOTHING_WAITS)).isEqualTo(Action.NOTHING);
    assertThat(watchdog.health()).isEqualTo(Health.INITIAL);
  }

  @Test
  @DisplayName(
      "INITIAL, connect failed -> INITIAL: the peer owes no DWAs when it comes for the first time")
  void failedFirstAttemptLeavesInitial() {
    watchdog.onConnectionDown(false);

    assertThat(watchdog.onConnectionUp(now)).isEqualTo(Action.NOTHING);
    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
  }

  // ---------------------------------------------------------------- OKAY

  @Test
  @DisplayName("OKAY, timer expires, !Pending -> SendWatchdog, Pending")
  void idlePeerIsAskedAfterTheInterval() {
    up();

    assertThat(timerAfter(30 * SECOND - 1)).isEqualTo(Action.NOTHING);
    assertThat(timerAfter(1)).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.isPending()).isTrue();
    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
  }

  @Test
  @DisplayName("OKAY, receive DWA -> Pending = FALSE, SetWatchdog")
  void dwaEndsThePendingDwr() {
    up();
    timerAfter(30 * SECOND);

    receiveDwa(now + 10 * MILLI);

    assertThat(watchdog.isPending()).isFalse();
    assertThat(timerAfter(30 * SECOND - 1)).isEqualTo(Action.NOTHING);
    assertThat(timerAfter(1)).isEqualTo(Action.SEND_DWR);
  }

  @Test
  @DisplayName("CONF-DW-05 OKAY, receive non-DWA -> SetWatchdog: any byte resets the timer")
  void anyByteResetsTheTimer() {
    up();

    for (int i = 0; i < 20; i++) {
      assertThat(timerAfter(15 * SECOND)).isEqualTo(Action.NOTHING);
      watchdog.onReceived(now);
    }

    assertThat(watchdog.deadlineNanos(NOTHING_WAITS)).isEqualTo(now + 30 * SECOND);
  }

  @Test
  @DisplayName("CONF-DW-04 jitter: intervals are spread over T-2 s ... T+2 s")
  void intervalsAreSpread() {
    var jittery = new Watchdog(PeerSettings.DEFAULTS, new SplittableRandom(20260322));
    var idle = new TreeSet<Long>();
    jittery.onConnectionUp(now);

    for (int i = 0; i < 200; i++) {
      jittery.onReceived(now);
      jittery.onDwa(now);
      idle.add(jittery.deadlineNanos(NOTHING_WAITS) - now);
    }

    assertThat(idle.first()).isBetween(28 * SECOND, 29 * SECOND);
    assertThat(idle.last()).isBetween(31 * SECOND, 32 * SECOND);
    assertThat(idle).hasSizeGreaterThan(190);
  }

  @Test
  @DisplayName("CONF-DW-08 OKAY, timer expires, Pending -> Failover: SUSPECT, and the next DWR")
  void unansweredDwrMakesSuspect() {
    up();
    timerAfter(30 * SECOND);

    assertThat(timerAfter(10 * SECOND - 1)).isEqualTo(Action.NOTHING);
    assertThat(timerAfter(1)).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
  }

  @Test
  @DisplayName("CONF-DW-07 at most one DWR is outstanding")
  void noSecondDwrBeforeTheFirstRanOut() {
    up();
    timerAfter(30 * SECOND);

    for (int i = 0; i < 9; i++) {
      assertThat(timerAfter(SECOND)).isEqualTo(Action.NOTHING);
      assertThat(watchdog.probe(now)).isEqualTo(Action.NOTHING);
    }
  }

  // ---------------------------------------------------------------- SUSPECT

  @Test
  @DisplayName(
      "CONF-DW-07 CONF-DW-09 SUSPECT, timer expires -> CloseConnection after maxWatchdogFailures DWRs")
  void threeUnansweredDwrsCloseTheConnection() {
    up();

    assertThat(timerAfter(30 * SECOND)).isEqualTo(Action.SEND_DWR); // first
    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.SEND_DWR); // second
    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.SEND_DWR); // third
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.CLOSE);
  }

  @Test
  @DisplayName("CONF-DW-10 SUSPECT, receive anything -> Failback: OKAY at once")
  void anyByteMakesSuspectOkay() {
    suspect();

    watchdog.onReceived(now + SECOND);

    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
  }

  @Test
  @DisplayName(
      "CONF-DW-11 a non-DWA in SUSPECT does not clear Pending: the next expiry is SUSPECT again")
  void nonDwaDoesNotAnswerTheDwr() {
    suspect();
    now += SECOND;
    watchdog.onReceived(now);

    Action action = timerAfter(10 * SECOND);

    assertThat(action).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
  }

  @Test
  @DisplayName("failures are counted in a row: a byte begins the count again")
  void byteBeginsTheCountAgain() {
    suspect(); // one failure
    timerAfter(10 * SECOND); // two
    watchdog.onReceived(now);

    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.SEND_DWR);
    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.SEND_DWR);
    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.CLOSE);
  }

  // ---------------------------------------------------------------- stall probe

  @Test
  @DisplayName(
      "requests wait and no byte comes for 1 s: a DWR at once; none for another second: SUSPECT")
  void silentPeerIsFoundInTwoSeconds() {
    up();
    long waitingSince = now + 20 * SECOND;
    now = waitingSince;

    assertThat(timerAfter(SECOND - 1, waitingSince)).isEqualTo(Action.NOTHING);
    assertThat(timerAfter(1, waitingSince)).isEqualTo(Action.SEND_DWR);
    assertThat(timerAfter(SECOND - 1, waitingSince)).isEqualTo(Action.NOTHING);
    assertThat(timerAfter(1, waitingSince)).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
  }

  @Test
  @DisplayName("requests wait while an ordinary DWR is out: that DWR is the probe")
  void pendingDwrServesAsProbe() {
    up();
    timerAfter(30 * SECOND);
    long waitingSince = now + SECOND;

    now = waitingSince;
    assertThat(timerAfter(2 * SECOND - 1, waitingSince)).isEqualTo(Action.NOTHING);
    timerAfter(1, waitingSince);

    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
  }

  @Test
  @DisplayName("a byte after the probe is enough: the DWR still has its ordinary timeout")
  void byteAfterTheProbeIsEnough() {
    up();
    long waitingSince = now;
    timerAfter(SECOND, waitingSince); // probe
    watchdog.onReceived(now + MILLI); // the answer: nothing waits any more

    Action action = timerAfter(9 * SECOND);

    assertThat(action).isEqualTo(Action.NOTHING);
    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
  }

  @Test
  @DisplayName("a peer that answers slowly but answers the DWR stays OKAY")
  void slowPeerStaysOkay() {
    up();
    long waitingSince = now;

    for (int i = 0; i < 10; i++) {
      assertThat(timerAfter(SECOND, waitingSince)).isEqualTo(Action.SEND_DWR);
      receiveDwa(now);
    }

    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
  }

  @Test
  @DisplayName("the owner's doubt is answered within the probe timeout")
  void doubtedPeerIsSuspectAfterASecond() {
    up();

    assertThat(watchdog.probe(now)).isEqualTo(Action.SEND_DWR);
    assertThat(timerAfter(SECOND)).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
  }

  // ---------------------------------------------------------------- DOWN, REOPEN

  @Test
  @DisplayName("CONF-DW-21 DOWN, timer expires -> DOWN: no DWR on a closed connection")
  void nothingIsSentWhileDown() {
    down();

    assertThat(timerAfter(3600 * SECOND)).isEqualTo(Action.NOTHING);
    assertThat(watchdog.probe(now)).isEqualTo(Action.NOTHING);
  }

  @Test
  @DisplayName("OKAY, connection down -> DOWN")
  void lostConnectionIsDown() {
    up();

    watchdog.onConnectionDown(false);

    assertThat(watchdog.health()).isEqualTo(Health.DOWN);
  }

  @Test
  @DisplayName("CONF-DP-11 a disconnect with DPR -> INITIAL: the next connection serves at once")
  void orderlyDisconnectIsInitial() {
    up();

    watchdog.onConnectionDown(true);

    assertThat(watchdog.health()).isEqualTo(Health.INITIAL);
    assertThat(watchdog.onConnectionUp(now)).isEqualTo(Action.NOTHING);
    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
  }

  @Test
  @DisplayName(
      "CONF-DW-13 DOWN, connection up -> REOPEN: DWR at once, OKAY with the third DWA, 1 s apart")
  void threeDwasReopen() {
    down();

    assertThat(watchdog.onConnectionUp(now)).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.health()).isEqualTo(Health.REOPEN);
    for (int answered = 1; answered <= 2; answered++) {
      receiveDwa(now);
      assertThat(watchdog.health()).isEqualTo(Health.REOPEN);
      assertThat(timerAfter(SECOND - 1)).isEqualTo(Action.NOTHING);
      assertThat(timerAfter(1)).isEqualTo(Action.SEND_DWR);
    }
    receiveDwa(now);

    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
    assertThat(watchdog.deadlineNanos(NOTHING_WAITS)).isEqualTo(now + 30 * SECOND);
  }

  @Test
  @DisplayName(
      "REOPEN, receive non-DWA -> REOPEN, timer untouched: traffic does not put off the next DWR")
  void trafficDoesNotPutOffReopening() {
    down();
    watchdog.onConnectionUp(now);
    receiveDwa(now);
    for (int i = 0; i < 9; i++) {
      assertThat(timerAfter(100 * MILLI)).isEqualTo(Action.NOTHING);
      watchdog.onReceived(now);
    }

    assertThat(timerAfter(100 * MILLI)).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.health()).isEqualTo(Health.REOPEN);
  }

  @Test
  @DisplayName("CONF-DW-15 REOPEN, timer expires, Pending: NumDWA = -1, then CloseConnection")
  void twoUnansweredDwrsCloseWhileReopening() {
    down();
    watchdog.onConnectionUp(now);

    assertThat(timerAfter(10 * SECOND - 1)).isEqualTo(Action.NOTHING);
    assertThat(timerAfter(1)).isEqualTo(Action.SEND_DWR);
    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.CLOSE);
  }

  @Test
  @DisplayName("REOPEN, receive DWA, NumDWA = -1 -> NumDWA 0: three more are owed")
  void dwaAfterAnExpiryOnlyMakesGood() {
    down();
    watchdog.onConnectionUp(now);
    timerAfter(10 * SECOND); // NumDWA = -1

    for (int i = 0; i < 3; i++) {
      receiveDwa(now);
      assertThat(watchdog.health()).isEqualTo(Health.REOPEN);
      timerAfter(SECOND);
    }
    receiveDwa(now);

    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
  }

  @Test
  @DisplayName("REOPEN, connection down -> DOWN")
  void lostWhileReopeningIsDown() {
    down();
    watchdog.onConnectionUp(now);

    watchdog.onConnectionDown(false);

    assertThat(watchdog.health()).isEqualTo(Health.DOWN);
    assertThat(watchdog.isPending()).isFalse();
  }

  // ----------------------------------------------------------------

  private void up() {
    watchdog.onConnectionUp(now);
  }

  private void suspect() {
    up();
    timerAfter(30 * SECOND);
    timerAfter(10 * SECOND);
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
  }

  private void down() {
    up();
    watchdog.onConnectionDown(false);
  }

  private void receiveDwa(long at) {
    now = at;
    watchdog.onReceived(now);
    watchdog.onDwa(now);
  }

  private Action timerAfter(long nanos) {
    return timerAfter(nanos, NOTHING_WAITS);
  }

  private Action timerAfter(long nanos, long waitingSince) {
    now += nanos;
    return watchdog.onTimer(now, waitingSince);
  }

  private static RandomGenerator withoutJitter() {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        return 0;
      }

      @Override
      public long nextLong(long from, long to) {
        return 0;
      }
    };
  }

  // ---------------------------------------------------------------- requests not answered

  @Test
  @DisplayName(
      "OKAY, requests not answered -> SUSPECT, which a DWA does not end but an answer does")
  void unresponsivePeerIsOkayWhenItAnswersARequest() {
    up();
    watchdog.onUnresponsive();
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);
    assertThat(watchdog.isUnresponsive()).isTrue();

    watchdog.onReceived(now);
    assertThat(timerAfter(30 * SECOND)).isEqualTo(Action.SEND_DWR);
    receiveDwa(now + MILLI);
    assertThat(watchdog.health()).isEqualTo(Health.SUSPECT);

    watchdog.onAnswered();
    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
    assertThat(watchdog.isProven()).isTrue();
  }

  @Test
  @DisplayName("an unresponsive peer that stops answering DWRs too is silent: any byte ends that")
  void unresponsivePeerMayFallSilentToo() {
    up();
    watchdog.onUnresponsive();
    assertThat(timerAfter(30 * SECOND)).isEqualTo(Action.SEND_DWR);
    assertThat(timerAfter(10 * SECOND)).isEqualTo(Action.SEND_DWR);
    assertThat(watchdog.isUnresponsive()).isFalse();

    watchdog.onReceived(now);

    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
    assertThat(watchdog.isProven()).isFalse();
  }

  @Test
  @DisplayName("CONF-DW-17 who failed is proven again by its first answer, not by DWAs")
  void failureTakesTheProof() {
    up();
    assertThat(watchdog.isProven()).isTrue();
    watchdog.onConnectionDown(false);
    watchdog.onConnectionUp(now);
    for (int i = 0; i < 3; i++) {
      receiveDwa(now + MILLI);
      timerAfter(SECOND);
    }
    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
    assertThat(watchdog.isProven()).isFalse();

    watchdog.onAnswered();

    assertThat(watchdog.isProven()).isTrue();
  }

  @Test
  @DisplayName("CONF-DP-11 who said good-bye needs no proof")
  void goodByeKeepsTheProof() {
    up();
    watchdog.onConnectionDown(true);
    watchdog.onConnectionUp(now);

    assertThat(watchdog.health()).isEqualTo(Health.OKAY);
    assertThat(watchdog.isProven()).isTrue();
  }
}
