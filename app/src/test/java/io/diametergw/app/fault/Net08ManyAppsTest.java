package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.Requests;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "NET-08",
    what = "10,000 Logic Apps connect and ask once a second each",
    goal =
        "all open in 10 s; RSS <= base + 10,000 x 16 KiB; every request answered with 2001, its own")
class Net08ManyAppsTest {
  private static final int APPS = Integer.getInteger("faults.apps", 10_000);
  private static final int APPS_PER_SECOND = 2_500;
  private static final int ROUNDS = 6;
  private static final long BYTES_AN_APP = 16 << 10;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final Duration BEFORE_THE_LAST = Duration.ofMillis(500);

  private final Map<Link, Asker> askers = new HashMap<>();
  private final Histogram latency = new Histogram(3);
  private int sent;
  private int answered;
  private int wrong;

  /** One Logic App's request, and the one that is on its way. */
  private static final class Asker {
    private final LabMessage request;
    private int number;
    private long sentNanos; // 0: none is on its way

    Asker(LabMessage request) {
      this.request = request;
    }
  }

  @Test
  void tenThousandAppsAreServed(FaultSite site) {
    var dra1 = site.dra(1);
    site.warm(dra1);
    var gateway =
        site.gateway(
                "logic-apps: { max-connections: "
                    + (APPS + 10)
                    + " }\n"
                    + GatewayProcess.dras(dra1))
            .awaitDras(1);
    var warming = site.load(gateway, FaultSite.RATE, plan -> plan);
    site.play(Duration.ofSeconds(2));
    warming.end().assertAllGood();
    long base = gateway.process().rssBytes();
    double cpuBefore = gateway.process().cpuSeconds();

    long begun = System.nanoTime();
    var crowd = site.own(new Crowd(gateway.address()).listener(this::onAnswer));
    var links = crowd.open("app", APPS, APPS_PER_SECOND);
    double openMillis = (System.nanoTime() - begun) / NANOS_PER_MILLI;
    prepare(links);
    long asking = System.nanoTime();
    crowd.pace(ROUNDS * APPS, APPS, i -> ask(links.get(i % APPS)));
    double perSecond = sent * 1e9 / (System.nanoTime() - asking);
    crowd.await("the last answers", () -> answered == sent);
    crowd.play(BEFORE_THE_LAST); // a second answer would come by then
    long rss = gateway.process().rssBytes() - base;
    double cpu = gateway.process().cpuSeconds() - cpuBefore;
    assertThat(links).as("open").allMatch(Link::isOpen);
    links.forEach(Link::disconnect);
    crowd.await("DPAs", () -> links.stream().allMatch(Link::hasEnded));
    var end = gateway.stopClean();

    site.measured(
        "%,d open in %.1f s; %,.0f requests/s, sent %,d, answered %,d, wrong %d; p99 %.1f ms; RSS"
            + " %d MiB + %,d bytes an app; CPU %.1f s",
        APPS,
        openMillis / 1e3,
        perSecond,
        sent,
        answered,
        wrong,
        latency.getValueAtPercentile(99) / NANOS_PER_MILLI,
        base >> 20,
        rss / APPS,
        cpu);
    assertThat(openMillis).as("open, ms").isLessThan(10_000);
    assertThat(wrong).as("foreign, duplicate or other than 2001").isZero();
    assertThat(sent).isEqualTo(ROUNDS * APPS);
    assertThat(perSecond).as("requests/s").isGreaterThan(0.9 * APPS);
    assertThat(rss).as("RSS beyond the base").isLessThan(APPS * BYTES_AN_APP);
    assertThat(end.statistics().count("Books.answered_by_gateway")).isZero();
  }

  private void prepare(List<Link> links) {
    for (int i = 0; i < links.size(); i++) {
      String host = Crowd.app("app", i).originHost();
      var requests = Requests.from(host, "example.com", "example.com");
      askers.put(links.get(i), new Asker(requests.air(requests.sessionId(i), "001010000000001")));
    }
  }

  private void ask(Link link) {
    var asker = Objects.requireNonNull(askers.get(link));
    if (asker.sentNanos != 0) {
      return; // a second has not been enough: seen in the rate
    }
    asker.number++;
    asker.sentNanos = System.nanoTime();
    sent++;
    link.send(asker.request.withHopByHopId(asker.number).withEndToEndId(-asker.number).bytes());
  }

  private void onAnswer(Link link, LabMessage answer) {
    var asker = Objects.requireNonNull(askers.get(link));
    answered++;
    boolean own =
        asker.sentNanos != 0
            && answer.hopByHopId() == asker.number
            && answer.endToEndId() == -asker.number
            && answer.resultCode() == 2001
            && Objects.equals(
                answer.text(AvpCode.SESSION_ID), asker.request.text(AvpCode.SESSION_ID));
    wrong += own ? 0 : 1;
    latency.recordValue(Math.min(System.nanoTime() - asker.sentNanos, TimeUnit.HOURS.toNanos(1)));
    asker.sentNanos = 0;
  }
}
