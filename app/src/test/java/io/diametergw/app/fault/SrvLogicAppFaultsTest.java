package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** What becomes of requests that a DRA starts when Logic Apps, or the DRA itself, fail. */
class SrvLogicAppFaultsTest {
  private static final String REALM = "example.com";
  private static final String HOST = "mme.example.com"; // beside those of the load
  private static final int PUSHES = 1_000;
  private static final double AT_ONCE_MILLIS = 250;
  private static final Duration MOMENT = Duration.ofSeconds(1);

  /** An answer to a request of the DRA, and how long it took. */
  private record Answered(LabMessage answer, long sentNanos, long nanos) {
    int code() {
      return answer.resultCode();
    }

    double millis() {
      return FaultLedger.millis(nanos - sentNanos);
    }
  }

  private static GatewayProcess gateway(FaultSite site, SimulatedDra dra) {
    return site.gateway(
            "session-timeout: 2s\n" + StartedGateway.dras(dra.port()), "-stats-interval", "200ms")
        .awaitDras(1);
  }

  private static SimulatedLogicApp app(FaultSite site, GatewayProcess gateway, boolean answers) {
    return site.own(
        new SimulatedLogicApp(HOST, REALM).answersPushes(answers).connect(gateway.address()));
  }

  private static CompletableFuture<Answered> push(SimulatedDra dra, String host) {
    long sent = System.nanoTime();
    return dra.push(PushCommand.CLR, host, REALM)
        .thenApply(answer -> new Answered(answer, sent, System.nanoTime()));
  }

  private static List<CompletableFuture<Answered>> push(SimulatedDra dra, String host, int n) {
    return IntStream.range(0, n).mapToObj(_ -> push(dra, host)).toList();
  }

  private static List<Answered> all(List<CompletableFuture<Answered>> pushes) {
    return pushes.stream().map(CompletableFuture::join).toList();
  }

  private static double longest(Stream<Answered> answers, long sinceNanos) {
    return answers.mapToDouble(a -> FaultLedger.millis(a.nanos() - sinceNanos)).max().orElseThrow();
  }

  @Test
  @Scenario(
      id = "SRV gone",
      what = "A DRA asks a Logic App that has gone, under load",
      goal = "3002 at once; the load's requests all 2001")
  void requestToALogicAppThatIsGoneIsRefusedAtOnce(FaultSite site) {
    var dra = site.innerDra(1);
    var gateway = gateway(site, dra);
    var load = site.load(gateway);
    var app = app(site, gateway, true);
    site.play(MOMENT);
    assertThat(push(dra, HOST).join().code()).isEqualTo(2001);
    app.disconnect();
    site.await("3002", () -> push(dra, HOST).join().code() == 3002);

    var answers = all(push(dra, HOST, PUSHES));
    site.play(MOMENT);
    var ledger = load.end();
    gateway.stopClean();

    double longest = answers.stream().mapToDouble(Answered::millis).max().orElseThrow();
    site.measured("%d times 3002 within %.0f ms; load: %s", PUSHES, longest, ledger.counts());
    assertThat(answers).extracting(Answered::code).containsOnly(3002);
    assertThat(longest).as("the last, ms").isLessThan(AT_ONCE_MILLIS);
    ledger.assertAllGood();
  }

  @Test
  @Scenario(
      id = "SRV moved",
      what =
          "A Logic App dies owing a DRA 500 answers; another connection of its identity is there",
      goal = "all move there at once, with T, and are answered 2001")
  void pendingRequestsMoveToAnotherConnectionOfTheIdentity(FaultSite site) {
    var dra = site.innerDra(1);
    var gateway = gateway(site, dra);
    var silent = app(site, gateway, false);
    var retransmitted = new AtomicLong();
    var other =
        app(site, gateway, true)
            .onPush(request -> {
              if ((request.flags() & Header.RETRANSMITTED) != 0) {
                retransmitted.incrementAndGet();
              }
            });
    var pushes = push(dra, HOST, PUSHES);
    site.await(
        "half at each",
        () -> silent.ledger().pushes() == PUSHES / 2 && other.ledger().pushes() == PUSHES / 2);

    long dead = System.nanoTime();
    silent.reset(0);
    var answers = all(pushes);
    gateway.stopClean();

    double longest = longest(answers.stream(), dead);
    site.measured(
        "%d moved in %.0f ms, %d with T; pushes answered %s",
        other.ledger().pushes() - PUSHES / 2, longest, retransmitted.get(), dra.pushResults());
    assertThat(answers).extracting(Answered::code).containsOnly(2001);
    assertThat(retransmitted.get()).as("with T").isEqualTo(PUSHES / 2);
    assertThat(longest).as("the last, ms").isLessThan(AT_ONCE_MILLIS);
    assertThat(dra.count(DraCounter.FOREIGN_ANSWERS)).isZero();
  }

  @Test
  @Scenario(
      id = "SRV alone",
      what = "A Logic App dies owing a DRA 1,000 answers; nobody else has its identity",
      goal = "3002 at once for each")
  void pendingRequestsOfALogicAppAloneAreRefusedAtOnce(FaultSite site) {
    var dra = site.innerDra(1);
    var gateway = gateway(site, dra);
    var silent = app(site, gateway, false);
    site.own(new SimulatedLogicApp("other.example.com", REALM).connect(gateway.address()));
    var pushes = push(dra, HOST, PUSHES);
    site.await("all there", () -> silent.ledger().pushes() == PUSHES);

    long dead = System.nanoTime();
    silent.reset(0);
    var answers = all(pushes);
    gateway.stopClean();

    double longest = longest(answers.stream(), dead);
    site.measured("%d answered %s in %.0f ms", PUSHES, dra.pushResults(), longest);
    assertThat(answers).extracting(Answered::code).containsOnly(3002);
    assertThat(longest).as("the last, ms").isLessThan(AT_ONCE_MILLIS);
  }

  @Test
  @Scenario(
      id = "SRV slow",
      what = "A Logic App answers no request of a DRA (session-timeout 2 s), under load",
      goal = "3002 after 2 s +-100 ms for each; another Logic App and the load do not notice")
  void slowLogicAppHarmsNobodyElse(FaultSite site) {
    var dra = site.innerDra(1);
    var gateway = gateway(site, dra);
    var load = site.load(gateway, 2_000, plan -> plan);
    app(site, gateway, false);
    String quick = "quick.example.com";
    site.own(new SimulatedLogicApp(quick, REALM).connect(gateway.address()));
    site.play(MOMENT);

    var pushes = push(dra, HOST, PUSHES);
    var codes = new ArrayList<Integer>();
    var roundTrips = new Histogram(3);
    while (pushes.stream().anyMatch(push -> !push.isDone())) {
      var answered = push(dra, quick).join();
      codes.add(answered.code());
      roundTrips.recordValue(answered.nanos() - answered.sentNanos());
    }
    var answers = all(pushes);
    var ledger = load.end();
    gateway.stopClean();

    double first = answers.stream().mapToDouble(Answered::millis).min().orElseThrow();
    double last = answers.stream().mapToDouble(Answered::millis).max().orElseThrow();
    double p99 = FaultLedger.millis(roundTrips.getValueAtPercentile(99));
    site.measured(
        "%d times 3002 after %.0f to %.0f ms; meanwhile %d answers of the other, p99 %.1f ms; load:"
            + " %s, p99 %.1f ms",
        PUSHES,
        first,
        last,
        codes.size(),
        p99,
        ledger.counts(),
        FaultLedger.p99Millis(ledger.timeline().all()));
    assertThat(answers).extracting(Answered::code).containsOnly(3002);
    assertThat(first).as("the first, ms").isGreaterThan(1_900);
    assertThat(last).as("the last, ms").isLessThan(2_000 + AT_ONCE_MILLIS);
    assertThat(codes).as("the other's answers").containsOnly(2001);
    assertThat(p99).as("the other's p99, ms").isLessThan(150);
    ledger.assertAllGood();
  }

  @Test
  @Scenario(
      id = "SRV shared",
      what = "A DRA asks a Logic App that has four connections, under load",
      goal = "each gets a quarter; requests of a session go where that session was used last")
  void connectionsOfOneIdentityTakeTurnsAndKeepTheirSessions(FaultSite site) {
    var dra = site.innerDra(1);
    var gateway = gateway(site, dra);
    var load = site.load(gateway, 2_000, plan -> plan);
    var apps = Stream.generate(() -> app(site, gateway, true)).limit(4).toList();
    site.play(MOMENT);

    var codes = new ArrayList<Integer>();
    all(push(dra, HOST, PUSHES)).forEach(answered -> codes.add(answered.code()));
    var shares = apps.stream().map(app -> app.ledger().pushes()).toList();
    for (int i = 0; i < apps.size(); i++) {
      String session = "session;" + i;
      var asked = apps.get(i).send(0, apps.get(i).requests(0).air(session, "001010000000001"));
      codes.add(asked.join().resultCode());
      for (int n = 0; n <= i; n++) {
        var push = PushCommand.CLR.request(dra.node(), HOST, REALM, session, "001010000000001");
        codes.add(dra.push(push).join().resultCode());
      }
    }
    var owned = IntStream.range(0, 4).mapToObj(i -> apps.get(i).ledger().pushes() - shares.get(i));
    var owners = owned.toList();
    var ledger = load.end();
    gateway.stopClean();

    site.measured(
        "of %d they got %s; of 1, 2, 3 and 4 in their sessions %s; load: %s",
        PUSHES, shares, owners, ledger.counts());
    assertThat(codes).containsOnly(2001);
    assertThat(shares).containsOnly(PUSHES / 4L);
    assertThat(owners).containsExactly(1L, 2L, 3L, 4L);
    ledger.assertAllGood();
  }

  @Test
  @Scenario(
      id = "SRV dra-killed",
      what = "A DRA is killed while 1,000 of its own requests wait for a Logic App's answers",
      goal = "nothing leaks, the books balance, late answers are dropped, the Logic App goes on")
  void requestsOfADraThatIsGoneAreForgotten(FaultSite site) {
    var dra = site.innerDra(1);
    var gateway = gateway(site, dra);
    var app = site.own(ScriptedPeer.connect(gateway.address()));
    var node = LabNode.relay(HOST, REALM);
    app.sendCer(node);
    push(dra, HOST, PUSHES);
    var arrived = IntStream.range(0, PUSHES).mapToObj(_ -> app.expectRequest(317)).toList();

    dra.kill();
    site.await(
        "the books without them",
        () ->
            gateway.statistics().count("Books.requester_gone") == PUSHES
                && gateway.statistics().count("Books.in_flight") == 0);
    var answers = new Answers(HOST, REALM);
    arrived.forEach(request -> app.send(answers.to(request, 2001)));
    app.sendDwr(node);
    dra.restart();
    site.await("the DRA again", () -> dra.openConnections() == 1);
    var again = push(dra, HOST);
    app.send(answers.to(app.expectRequest(317), 2001));
    int code = again.join().code();
    app.sendDpr(node, 0);
    var end = gateway.stopClean();

    site.measured(
        "requester gone %d, late answers dropped %d, unaccounted %d; then %d",
        end.statistics().count("Books.requester_gone"),
        end.statistics().count("Failover.unmatched_answers"),
        end.statistics().count("Books.unaccounted"),
        code);
    assertThat(end.statistics().count("Failover.unmatched_answers")).isEqualTo(PUSHES);
    assertThat(code).isEqualTo(2001);
  }
}
