package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.config.Command;
import io.diametergw.gateway.config.DraPoolBuilder;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a DRA that failed, or that answers watchdogs alone, gets its requests back. */
class FailbackTest {
  private static final String APP = "app1." + LOCAL;
  private static final LabNode DRA1 = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final LabNode DRA2 = LabNode.relay("dra2." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);

  @RegisterExtension final Site site = new Site();

  /** A DRA on trial has 100 ms for an answer. */
  private static void brief(DraPoolBuilder pool) {
    pool.stallTimeout(Duration.ofMillis(50)).stallProbeTimeout(Duration.ofMillis(50));
  }

  private static void patient(DraPoolBuilder pool) {
    pool.stallTimeout(Duration.ofSeconds(15)).stallProbeTimeout(Duration.ofSeconds(15));
  }

  private int ask(ScriptedPeer app) {
    app.send(site.request());
    return app.expectAnswer(272).resultCode();
  }

  private void awaitHealth(String health) {
    site.awaitStats(health, now -> now.dras().getFirst().health().equals(health));
  }

  /** DRA-1 opens and fails, DRA-2 takes over. */
  private void failOnce(ScriptedListener listener) {
    var dra = site.accept(listener, DRA1);
    site.awaitConnections(2);
    dra.reset();
    site.awaitPriority(2);
  }

  /** Takes the gateway's next connection, and answers the three DWRs that it sends first. */
  private ScriptedPeer reopened(ScriptedListener listener) {
    var dra = site.accept(listener, DRA1);
    for (int i = 0; i < 3; i++) {
      dra.send(BaseMessages.dwa(DRA1, dra.expectRequest(280)));
    }
    return dra;
  }

  @Test
  @DisplayName("a DRA that answers DWRs but no requests is suspect, until it answers one again")
  void unresponsiveDraIsSetAside() {
    var dra1 = site.dra(1).dropEvery(1);
    var dra2 = site.dra(2);
    site.start(
        c -> c.sessionTimeout(Duration.ofMillis(300)).draPool(pool -> brief(pool.maxTimeouts(3))));
    var app = site.peer(APP);
    for (int i = 0; i < 3; i++) {
      assertThat(ask(app)).isEqualTo(3002);
    }
    awaitHealth("SUSPECT");
    site.awaitPriority(2);

    for (int i = 0; i < 5; i++) { // the one that is risked on DRA-1 moves in time
      assertThat(ask(app)).isEqualTo(2001);
    }
    assertThat(dra1.count(DraCounter.CONNECTIONS)).isEqualTo(1);
    assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(5);

    dra1.dropEvery(0);
    await()
        .atMost(PATIENCE)
        .until(() -> ask(app) == 2001 && site.stats().activePriority() == 1); // a probe each second
    awaitHealth("OKAY");
    var last = site.awaitQuiet();
    assertThat(last.failovers()).isEqualTo(1);
    assertThat(last.failbacks()).isEqualTo(1);
  }

  @Test
  @DisplayName("an answer between them keeps timeouts from adding up")
  void timeoutsInBetweenAreForgiven() {
    var dra1 = site.dra(1);
    site.start(c ->
        c.sessionTimeout(Duration.ofMillis(100)).draPool(pool -> patient(pool.maxTimeouts(2))));
    var app = site.peer(APP);

    for (int i = 0; i < 3; i++) {
      dra1.dropEvery(1);
      assertThat(ask(app)).isEqualTo(3002);
      dra1.dropEvery(0);
      assertThat(ask(app)).isEqualTo(2001);
    }

    assertThat(site.stats().dras().getFirst().health()).isEqualTo("OKAY");
  }

  @Test
  @DisplayName("timeouts are not in a row when requests sent later were answered before they ended")
  void timeoutsOfATickAreNotInARow() {
    var listener = site.scriptedDra(1);
    site.start(c ->
        c.sessionTimeout(Duration.ofMillis(500)).draPool(pool -> patient(pool.maxTimeouts(2))));
    var dra = site.accept(listener, DRA1);
    site.awaitPriority(1);
    var app = site.peer(APP);
    for (int i = 0; i < 5; i++) {
      app.send(site.request());
      dra.expectRequest(272);
    }
    app.send(site.request());
    dra.send(ANSWERS.to(dra.expectRequest(272), 2001));
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);

    for (int i = 0; i < 5; i++) {
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3002);
    }

    app.send(site.request());
    dra.expectRequest(272);
    assertThat(site.stats().dras().getFirst().health()).isEqualTo("OKAY");
  }

  @Test
  @DisplayName(
      "a request that moved to a DRA when its time was nearly over does not count against it")
  void movedRequestsAreNotHeldAgainstTheirNewDra() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(2);
    site.start(c ->
        c.sessionTimeout(Duration.ofMillis(600)).draPool(pool -> patient(pool.maxTimeouts(2))));
    var dra1 = site.accept(first, DRA1);
    var dra2 = site.accept(second, DRA2);
    site.awaitConnections(2);
    var app = site.peer(APP);
    for (int i = 0; i < 4; i++) {
      app.send(site.request());
      dra1.expectRequest(272);
    }
    dra1.reset();
    for (int i = 0; i < 4; i++) {
      dra2.expectRequest(272);
    }

    for (int i = 0; i < 4; i++) {
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3002);
    }

    site.awaitPriority(2);
    assertThat(site.stats().dras().get(1).health()).isEqualTo("OKAY");
  }

  @Test
  @DisplayName(
      "CONF-DW-17 a DRA that is back but throws requests away gets one, which moves with T")
  void reopenedDraIsTriedWithOneRequest() {
    var listener = site.scriptedDra(1);
    var dra2 = site.dra(2);
    site.start(c -> c.draPool(FailbackTest::brief));
    failOnce(listener);
    var app = site.peer(APP);
    var back = reopened(listener);
    site.awaitPriority(1);

    app.send(site.request());
    app.send(site.request());

    back.expectRequest(272); // and no second one
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(2);
    assertThat(dra2.count(DraCounter.RETRANSMITTED)).isEqualTo(1);
    awaitHealth("SUSPECT");
    site.awaitPriority(2);
    var last = site.awaitQuiet();
    assertThat(last.count(Counter.RETRANSMITTED)).isEqualTo(1);
    assertThat(last.count(Counter.ANSWERED_BY_GATEWAY)).isZero();
  }

  @Test
  @DisplayName("CONF-FO-14 a DRA back in service gets its share step by step")
  void shareGrows() {
    var listener = site.scriptedDra(1);
    var dra2 = site.dra(2);
    site.start(c -> c.draPool(pool -> patient(pool.failbackRamp(Duration.ofHours(1)))));
    failOnce(listener);
    var app = site.peer(APP);
    var back = reopened(listener);
    site.awaitPriority(1);

    app.send(site.request());
    back.send(ANSWERS.to(back.expectRequest(272), 2001)); // the trial
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    for (int i = 0; i < 10; i++) {
      assertThat(ask(app)).isEqualTo(2001); // less than a tenth: DRA-2 still takes them
    }

    assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(10);
    assertThat(site.stats().activePriority()).isEqualTo(1);
  }

  @Test
  void draThatIsNotYetBackInFullTakesWhatNobodyElseCan() {
    var listener = site.scriptedDra(1);
    var dra2 = site.dra(2);
    site.start(c -> c.draPool(pool -> patient(pool.failbackRamp(Duration.ofHours(1)))));
    failOnce(listener);
    var app = site.peer(APP);
    var back = reopened(listener);
    site.awaitPriority(1);
    app.send(site.request());
    back.send(ANSWERS.to(back.expectRequest(272), 2001));
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);

    dra2.kill();
    site.awaitConnections(1);
    app.send(site.request());

    back.send(ANSWERS.to(back.expectRequest(272), 2001));
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  @DisplayName("failback-delay holds a DRA that failed, but not when it is the only one")
  void failbackIsDelayed() {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    site.start(c -> c.draPool(pool -> pool.failbackDelay(Duration.ofHours(1))));
    var app = site.peer(APP);
    dra1.kill();
    site.awaitPriority(2);
    dra1.restart();
    awaitHealth("OKAY");

    assertThat(ask(app)).isEqualTo(2001);
    assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(1);

    dra2.kill();
    site.awaitPriority(1);
    assertThat(ask(app)).isEqualTo(2001);
    assertThat(dra1.count(DraCounter.REQUESTS)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-FO-01 what the last DRA in service leaves moves to one that is held back")
  void heldDraTakesWhatALostOneLeaves() {
    var dra1 = site.dra(1);
    var listener = site.scriptedDra(2);
    site.start(c -> c.draPool(pool -> patient(pool.failbackDelay(Duration.ofHours(1)))));
    var dra2 = site.accept(listener, DRA2);
    site.awaitConnections(2);
    var app = site.peer(APP);
    dra1.kill();
    site.awaitPriority(2);
    dra1.restart();
    awaitHealth("OKAY");
    app.send(site.request());
    dra2.expectRequest(272);

    dra2.reset();

    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(dra1.count(DraCounter.RETRANSMITTED)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-FO-14 a DRA that failed three times in a minute is held back")
  void flappingDraIsHeldBack() {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    site.start();
    var app = site.peer(APP);
    for (int i = 0; i < 3; i++) {
      dra1.kill();
      site.awaitPriority(2);
      dra1.restart();
      awaitHealth("OKAY");
    }

    for (int i = 0; i < 5; i++) {
      assertThat(ask(app)).isEqualTo(2001);
    }
    assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(5);
    assertThat(site.stats().activePriority()).isEqualTo(2);
  }

  @Test
  @DisplayName("CONF-FO-10 what must not be sent twice gets 3002 when its DRA may have seen it")
  void neverResend() {
    var listener = site.scriptedDra(1);
    SimulatedDra dra2 = site.dra(2);
    site.start(c ->
        c.draPool(
            pool -> patient(pool.neverResend(List.of(Command.of("3"), Command.of("4/272"))))));
    var dra1 = site.accept(listener, DRA1);
    site.awaitConnections(2);
    var app = site.peer(APP);
    app.send(site.request());
    dra1.expectRequest(272);

    dra1.reset();

    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3002);
    site.awaitPriority(2);
    assertThat(ask(app)).isEqualTo(2001);
    assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(1);
  }
}
