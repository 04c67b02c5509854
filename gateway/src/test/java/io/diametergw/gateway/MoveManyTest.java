package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.supply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A DRA is lost that owes thousands of answers. */
class MoveManyTest {
  private static final int MANY = 10_000;
  private static final Duration PATIENT = Duration.ofSeconds(20);

  @RegisterExtension final Site site = new Site();

  @Test
  @DisplayName("CONF-FO-15 more than fits into the alternate's outbound buffer moves all the same")
  void thousandsMove() {
    var dra1 = site.dra(1).dropEvery(1).keepRequests(0);
    var dra2 = site.dra(2).keepRequests(0);
    site.start(c ->
        c.sessionTimeout(PATIENCE.plusSeconds(15))
            .draPool(pool ->
                pool.stallTimeout(PATIENT).stallProbeTimeout(PATIENT).maxOutboundBytes(1 << 16)));
    var app = site.connect(new SimulatedLogicApp("app1." + LOCAL, LOCAL).answerTimeout(PATIENCE));
    var load = supply(() -> app.sendWindow(MANY, PATIENCE));
    await().atMost(PATIENCE).until(() -> dra1.count(DraCounter.REQUESTS) == MANY);
    app.stopSending();

    dra1.kill();

    assertThat(load.join().isClean()).as(app.report()).isTrue();
    assertThat(app.ledger().answered(2001)).isEqualTo(app.ledger().answered());
    assertThat(dra2.count(DraCounter.RETRANSMITTED)).isEqualTo(MANY);
    assertThat(dra2.count(DraCounter.MALFORMED)).isZero();
    assertThat(site.awaitQuiet().count(Counter.ANSWERED_BY_GATEWAY)).isZero();
  }

  @Test
  @DisplayName(
      "CONF-DW-08 thousands move from a silent DRA to one that reads slower than they come")
  void thousandsMoveFromASilentDra() {
    var dra1 = site.dra(1).dropEvery(1).keepRequests(0);
    var dra2 = site.dra(2).keepRequests(0);
    site.start(c ->
        c.sessionTimeout(PATIENCE.plusSeconds(15))
            .draPool(pool ->
                pool.stallTimeout(Duration.ofSeconds(3))
                    .stallProbeTimeout(Duration.ofSeconds(1))
                    .maxOutboundBytes(1 << 16)));
    var app = site.connect(new SimulatedLogicApp("app1." + LOCAL, LOCAL).answerTimeout(PATIENCE));
    var load = supply(() -> app.sendWindow(MANY, PATIENCE));
    await().atMost(PATIENCE).until(() -> dra1.count(DraCounter.REQUESTS) == MANY);
    app.stopSending();

    dra1.mute();

    assertThat(load.join().isClean()).as(app.report()).isTrue();
    assertThat(app.ledger().answered(2001)).isEqualTo(app.ledger().answered());
    assertThat(dra2.count(DraCounter.RETRANSMITTED)).isGreaterThanOrEqualTo(MANY);
    assertThat(site.awaitQuiet().count(Counter.ANSWERED_BY_GATEWAY)).isZero();
  }
}
