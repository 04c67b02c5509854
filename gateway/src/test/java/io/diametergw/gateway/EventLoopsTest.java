package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.Pushes;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same with one event loop and with several, where messages are handed over from loop to loop.
 */
class EventLoopsTest {
  @RegisterExtension final Site site = new Site();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  @DisplayName("both directions, failover and failback: nothing is lost, the books balance")
  void everythingAtOnce(int loops) {
    var dra1 = site.dra(1).delay(Duration.ofMillis(1), Duration.ofMillis(3));
    var dra2 = site.dra(2);
    site.start(c -> c.eventLoops(loops));
    var app = site.connect(new SimulatedLogicApp("app%d." + LOCAL, LOCAL).connections(6));
    dra2.push(new Pushes(PushCommand.CLR, "app%d." + LOCAL, 6, LOCAL, 500));
    var load = Site.supply(() -> app.sendWindow(60, PATIENCE));

    await().atMost(PATIENCE).until(() -> dra1.count(DraCounter.REQUESTS) > 1_000);
    dra1.kill();
    site.awaitPriority(2);
    await().atMost(PATIENCE).until(() -> dra2.count(DraCounter.REQUESTS) > 1_000);
    dra1.restart();
    site.awaitPriority(1);
    long before = dra1.count(DraCounter.REQUESTS);
    await().atMost(PATIENCE).until(() -> dra1.count(DraCounter.REQUESTS) > before + 500);
    app.stopSending();
    dra2.stopPushing();

    var ledger = load.join();
    assertThat(ledger.isClean()).as(app.report()).isTrue();
    assertThat(ledger.answered(2001)).as(app.report()).isEqualTo(ledger.sent());
    var last = site.awaitQuiet();
    await()
        .atMost(PATIENCE)
        .until(() -> dra2.count(DraCounter.PUSH_ANSWERED) == dra2.count(DraCounter.PUSHED));
    assertThat(dra2.pushResults()).containsOnlyKeys(2001);
    assertThat(app.ledger().misroutedPushes()).isZero();
    assertThat(last.count(Counter.RETRANSMITTED)).isEqualTo(dra2.count(DraCounter.RETRANSMITTED));
    assertThat(last.totalRequests()).isEqualTo(ledger.sent() + dra2.count(DraCounter.PUSHED));
    assertThat(last.count(Counter.ANSWERED)).isEqualTo(last.totalRequests());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  @DisplayName("CONF-RTE-22 every DRA at its limit: 3004 at once, wherever the DRAs live")
  void everyDraIsFull(int loops) {
    var dras =
        List.of(site.dra(1).dropEvery(1), site.dra(1).dropEvery(1), site.dra(2).dropEvery(1));
    site.start(c ->
        c.eventLoops(loops)
            .draPool(pool -> pool.maxPending(5).stallTimeout(Duration.ofSeconds(20))));
    var apps =
        List.of(site.peer("app1." + LOCAL), site.peer("app2." + LOCAL), site.peer("app3." + LOCAL));

    for (int i = 0; i < 30; i++) {
      apps.get(i % 3).send(site.request("app" + (i % 3 + 1) + "." + LOCAL));
    }

    var refusals =
        site.awaitStats("15 refusals", now -> now.count(Counter.ANSWERED_BY_GATEWAY) == 15);
    assertThat(refusals.inFlight()).isEqualTo(15);
    assertThat(site.count(Counter.TOO_BUSY)).isEqualTo(15);
    for (var dra : dras) {
      await().atMost(PATIENCE).until(() -> dra.count(DraCounter.REQUESTS) == 5);
    }
    apps.forEach(app -> app.reset());
    site.awaitStats(
        "all gone", now -> now.count(Counter.REQUESTER_GONE) == 15 && now.inFlight() == 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  @DisplayName(
      "CONF-SRV-03 the session's last connection is found, whichever loop its requests went through")
  void sessionsLastConnection(int loops) throws Exception {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    site.start(c -> c.eventLoops(loops));
    var first = site.peer("app1." + LOCAL);
    var request = site.request();
    String session = requireNonNull(request.text(AvpCode.SESSION_ID));
    var toSecond =
        request.with(io.diametergw.lab.LabAvp.text(AvpCode.DESTINATION_HOST, "dra2." + REMOTE));

    for (var sent : List.of(request, toSecond, request)) {
      first.send(sent);
      assertThat(first.expectAnswer(272).resultCode()).isEqualTo(2001);
    }
    first.reset();
    site.awaitStats("gone", now -> now.logicApps() == 0);
    var other = site.peer("app2." + LOCAL);
    var again = site.peer("app1." + LOCAL);
    again.send(toSecond);
    assertThat(again.expectAnswer(272).resultCode()).isEqualTo(2001);

    for (int i = 0; i < 4; i++) {
      for (var dra : List.of(dra1, dra2)) {
        var push =
            PushCommand.RAR.request(
                LabNode.relay(dra.node().originHost(), REMOTE), null, LOCAL, session, "1");
        var pushed = dra.push(push);
        again.send(
            new io.diametergw.lab.Answers("app1." + LOCAL, LOCAL)
                .to(again.expectRequest(258), 2001));
        assertThat(pushed.get(10, TimeUnit.SECONDS).resultCode()).isEqualTo(2001);
      }
    }
    assertThat(other.log()).doesNotContain("RAR");
  }

  @Test
  @DisplayName(
      "Logic Apps that go while their requests are in flight on other loops leave balanced books")
  void goneRequesters() {
    site.dra(1).dropEvery(1);
    site.dra(1).dropEvery(2);
    site.start(c -> c.eventLoops(3).sessionTimeout(Duration.ofMillis(500)));
    for (int round = 0; round < 10; round++) {
      var peers =
          List.of(site.peer("a." + LOCAL), site.peer("b." + LOCAL), site.peer("c." + LOCAL));
      for (int i = 0; i < 60; i++) {
        peers.get(i % 3).send(site.request());
      }
      peers.forEach(peer -> peer.awaitWritten(PATIENCE));
      peers.forEach(peer -> peer.reset());
    }

    var last = site.awaitQuiet();

    assertThat(last.totalRequests()).isPositive();
    assertThat(
            last.count(Counter.ANSWERED)
                + last.count(Counter.ANSWERED_BY_GATEWAY)
                + last.count(Counter.REQUESTER_GONE))
        .isEqualTo(last.totalRequests());
  }

  @Test
  @DisplayName("of several connections to a DRA a request takes the one on its own loop, if any")
  void nearConnectionIsTaken() {
    var listener = site.scriptedDra(1);
    var dra = LabNode.relay("dra1." + REMOTE, REMOTE);
    site.start(c -> c.eventLoops(2).draPool(pool -> pool.connectionsPerDra(2)));
    var links = List.of(site.accept(listener, dra), site.accept(listener, dra));
    site.awaitConnections(2);
    var apps = List.of(site.peer("app1." + LOCAL), site.peer("app2." + LOCAL)); // a loop each

    for (var app : apps) {
      for (int i = 0; i < 10; i++) {
        app.send(site.request());
      }
    }

    var answers = new Answers("server." + REMOTE, REMOTE);
    for (var link : links) {
      var passed = new HashSet<String>();
      for (int i = 0; i < 10; i++) {
        var request = link.expectRequest(272);
        passed.add(request.text(AvpCode.ROUTE_RECORD));
        link.send(answers.to(request, 2001));
      }
      assertThat(passed).as("whose requests came over one connection").hasSize(1);
    }
    for (var app : apps) {
      for (int i = 0; i < 10; i++) {
        assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
      }
    }
  }
}
