package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.script.ScriptedPeer;
import java.time.Duration;
import java.util.ArrayList;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** As many connections a second as one thread can begin; the catalogue's figure is 20,000. */
@Scenario(
    id = "NET-09",
    what = "a flood of connections while max-connections, 1,000, are there",
    goal =
        "p99 of those there <= 2 x before; others refused in 100 ms; <= 1 line of log a second; a"
            + " new Logic App connects <= 1 s after the flood")
class Net09FloodTest {
  private static final int SECONDS = Integer.getInteger("faults.flood-seconds", 4);
  private static final int MAX_CONNECTIONS = 1_000;
  private static final int OF_LOAD = 4;
  private static final int AT_ONCE = 100;
  private static final int RATE = 1_000;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final String LINE = " (INFO|WARN|ERROR) ";

  @Test
  void floodIsRefusedAndOthersWork(FaultSite site) {
    var dra1 = site.dra(1);
    site.warm(dra1);
    var gateway = site.gateway(GatewayProcess.dras(dra1)).awaitDras(1);
    var load = site.load(gateway, RATE, plan -> plan.connections(OF_LOAD));
    var crowd = site.own(new Crowd(gateway.address()));
    var there = crowd.open("app", MAX_CONNECTIONS - OF_LOAD, MAX_CONNECTIONS);
    crowd.play(Duration.ofSeconds(4));
    long linesBefore = gateway.linesWith(LINE);
    double cpuBefore = gateway.process().cpuSeconds();

    long begun = System.nanoTime();
    var refused = new Histogram(3);
    var flood = site.own(new Crowd(gateway.address()));
    long end = begun + Duration.ofSeconds(SECONDS).toNanos();
    var open = new ArrayList<Link>();
    while (System.nanoTime() - end < 0) {
      while (open.size() < AT_ONCE) {
        open.add(flood.connect());
      }
      flood.turn();
      open.removeIf(link -> isRefused(link, refused));
      flood.forgetEnded();
    }
    flood.await("the last refusals", () -> open.stream().allMatch(Link::hasEnded));
    open.removeIf(link -> isRefused(link, refused));
    long ended = System.nanoTime();
    double cpu = gateway.process().cpuSeconds() - cpuBefore;
    long lines = gateway.linesWith(LINE) - linesBefore;
    assertThat(there).as("those that were there").allMatch(Link::isOpen);

    there.getFirst().disconnect();
    crowd.await("a DPA", there.getFirst()::hasEnded);
    long asked = System.nanoTime();
    ScriptedPeer.connect(gateway.address()).sendCer(Crowd.app("new", 0));
    double newMillis = (System.nanoTime() - asked) / NANOS_PER_MILLI;
    var ledger = load.end();
    var others = Disturbance.of(ledger, begun, ended);
    crowd.close();
    gateway.stopClean();

    double seconds = (ended - begun) / 1e9;
    double p99 = refused.getValueAtPercentile(99) / NANOS_PER_MILLI;
    site.measured(
        "%,d connections refused, %,.0f/s, p99 %.1f ms, longest %.0f ms; CPU %.0f %% of a core; %d"
            + " lines of log; a new one open after %.0f ms; %s; %s",
        refused.getTotalCount(),
        refused.getTotalCount() / seconds,
        p99,
        refused.getMaxValue() / NANOS_PER_MILLI,
        100 * cpu / seconds,
        lines,
        newMillis,
        others,
        ledger.counts());
    ledger.assertAllGood();
    assertThat(refused.getTotalCount()).as("refused").isGreaterThan(1_000);
    assertThat(p99).as("refused, p99 ms").isLessThan(100);
    assertThat(lines).as("lines of log").isLessThanOrEqualTo(SECONDS);
    assertThat(newMillis).as("a new Logic App, ms").isLessThan(1_000);
    others.assertWithin(2);
  }

  private static boolean isRefused(Link link, Histogram refused) {
    if (link.hasEnded()) {
      refused.recordValue(link.endedNanos() - link.begunNanos());
    }
    return link.hasEnded();
  }
}
