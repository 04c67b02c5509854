package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.Requests;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Logic Apps of an even number ask a DRA that answers in time, the others one that does not. */
@Scenario(
    id = "NET-05",
    what = "500 Logic Apps ask 20 times, send FIN and wait for their answers, under load",
    goal =
        "answers pending are delivered for <= 1 s, then the connection is closed; 0 lost of those"
            + " that came in time")
class Net05HalfCloseTest {
  private static final int APPS = 500;
  private static final int APPS_PER_SECOND = 100;
  private static final int REQUESTS = 20;
  private static final int RATE = 2_000;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double PATIENCE_MILLIS = 1_000; // of the gateway
  private static final double SLACK_MILLIS = 300;

  private final Map<Link, Set<Integer>> answered = new HashMap<>();
  private final Map<Link, Long> closed = new HashMap<>();

  @Test
  void pendingAnswersAreDeliveredForASecond(FaultSite site) {
    var dra1 = site.dra(1, "-delay", "300ms");
    var dra2 = site.dra(2, "-delay", "3s");
    site.warm(dra1, dra2);
    var gateway = site.gateway(GatewayProcess.dras(dra1, dra2)).awaitDras(2);
    var load = site.load(gateway, RATE, plan -> plan);
    site.play(Duration.ofSeconds(4));

    long begun = System.nanoTime();
    var crowd = site.own(new Crowd(gateway.address()).listener(this::onAnswer));
    var links =
        crowd.connect(
            APPS,
            APPS_PER_SECOND,
            (link, i) -> link.hello(Crowd.app("half", i), open -> ask(open, i)));
    crowd.await("the end of all", () -> links.stream().allMatch(Link::hasEnded));
    long ended = System.nanoTime();
    var ledger = load.end();
    var others = Disturbance.of(ledger, begun, ended);
    var end = gateway.stopClean();

    double longest = 0;
    double shortest = Double.MAX_VALUE;
    int complete = 0;
    for (int i = 0; i < APPS; i++) {
      var link = links.get(i);
      double life = (link.endedNanos() - closed.getOrDefault(link, 0L)) / NANOS_PER_MILLI;
      longest = Math.max(longest, life);
      assertThat(link.ending()).as("end of %d", i).isEqualTo(Ending.FIN);
      int answers = answered.getOrDefault(link, Set.of()).size();
      if (i % 2 == 0) {
        complete += answers == REQUESTS ? 1 : 0;
      } else {
        shortest = Math.min(shortest, life);
        assertThat(answers).as("answers of %d after 3 s", i).isZero();
      }
    }
    long gone = end.statistics().count("Books.requester_gone");
    site.measured(
        "%d of %d got all answers before FIN; those that waited in vain closed after %.0f ms to"
            + " %.0f ms; %s; %s",
        complete, APPS / 2, shortest, longest, others, ledger.counts());
    assertThat(complete).as("Logic Apps with all their answers").isEqualTo(APPS / 2);
    assertThat(shortest).isGreaterThan(PATIENCE_MILLIS - SLACK_MILLIS);
    assertThat(longest).isLessThan(PATIENCE_MILLIS + SLACK_MILLIS);
    assertThat(gone).as("requester gone").isEqualTo((long) APPS / 2 * REQUESTS);
    ledger.assertAllGood();
    others.assertWithin(1.2);
  }

  private void ask(Link link, int number) {
    String host = Crowd.app("half", number).originHost();
    String dra = number % 2 == 0 ? "dra1.example.com" : "dra2.example.com";
    var requests = Requests.from(host, "example.com", "example.com").to(dra);
    for (int i = 0; i < REQUESTS; i++) {
      link.send(
          requests
              .air(requests.sessionId(i), "001010000000001")
              .withHopByHopId(i)
              .withEndToEndId(i)
              .bytes());
    }
    link.shutdownOutput();
    closed.put(link, System.nanoTime());
  }

  private void onAnswer(Link link, LabMessage answer) {
    assertThat(answer.resultCode()).isEqualTo(2001);
    assertThat(answered.computeIfAbsent(link, _ -> new TreeSet<>()).add(answer.hopByHopId()))
        .as("first answer to this request")
        .isTrue();
  }
}
