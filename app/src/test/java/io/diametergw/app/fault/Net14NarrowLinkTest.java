package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.Commands;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.LabApplication;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What was accepted waits in two queues: the gateway's, max-outbound-bytes (1 MiB), and the
 * socket's send buffer, which the system lets grow to the last figure of tcp_wmem. Their sum at the
 * rate of the link is the longest that a request may wait.
 */
@Scenario(
    id = "NET-14",
    what = "the link to the only DRA carries 10 Mbit/s, three times as much is asked",
    goal =
        "the surplus gets 3004; 0 lost; latency of the accepted <= what the queues hold at 10"
            + " Mbit/s; no collapse; p99 as before, 2 s after it",
    namespaces = true)
class Net14NarrowLinkTest {
  private static final int REQUEST_BYTES = 1_200;
  private static final int RATE = 3_000; // 3.6 MB/s, almost 30 Mbit/s
  private static final int RATE_THAT_FITS = 300;
  private static final double LINK_BYTES_PER_SECOND = 10e6 / 8;

  /**
   * Of the link's rate, what a request as it leaves needs with its headers and acknowledgements.
   */
  private static final double EFFICIENCY = 0.9;

  private static final double QUEUE_BYTES = 1 << 20;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NOISE_MILLIS = 150;

  @Test
  void surplusIsRefusedAndTheRestIsInTime(FaultSite site) {
    var machine = site.namespace();
    var dra1 = site.dra(machine, 1);
    site.warm(dra1);
    var gateway = site.gateway(GatewayProcess.dras(dra1)).awaitDras(1);
    var fitting =
        site.load(gateway, RATE_THAT_FITS, plan -> plan.asking(LabApplication.S6A, REQUEST_BYTES));
    site.play(Duration.ofSeconds(3));

    long begun = System.nanoTime();
    machine.limitTowards("10mbit", "32kb", "50ms");
    var surplus = site.load(gateway, RATE, plan -> plan.asking(LabApplication.S6A, REQUEST_BYTES));
    site.play(Duration.ofSeconds(8));
    long over = System.nanoTime();
    var overload = surplus.end();
    long drained = System.nanoTime();
    site.play(Duration.ofSeconds(5));
    var beside = fitting.end();
    gateway.stopClean();

    var steady = overload.timeline().ended(over - 4 * SECOND, over);
    int fitted = beside.timeline().ended(over - 4 * SECOND, over).good();
    double goodPerSecond = (steady.good() + fitted) / 4.0;
    double possible = LINK_BYTES_PER_SECOND / REQUEST_BYTES;
    double longest = steady.latency().getMaxValue() / NANOS_PER_MILLI;
    double bound = 1_000 * (QUEUE_BYTES + maxSendBuffer()) / (EFFICIENCY * LINK_BYTES_PER_SECOND);
    double before = FaultLedger.p99Millis(beside.timeline().due(begun - 2 * SECOND, begun));
    double after =
        FaultLedger.p99Millis(beside.timeline().due(drained + 2 * SECOND, drained + 5 * SECOND));
    site.measured(
        "%.0f answered a second, the link carries %.0f; latency p50 %.0f ms, longest %.0f ms, queues"
            + " of 1 MiB and %.1f MiB make %.0f ms; drained in %.1f s; p99 afterwards %.1f ms, was"
            + " %.1f ms; %s",
        goodPerSecond,
        possible,
        steady.latency().getValueAtPercentile(50) / NANOS_PER_MILLI,
        longest,
        maxSendBuffer() / (1 << 20),
        bound,
        (drained - over) / 1e9,
        after,
        before,
        overload.counts());
    overload.assertNothingLost();
    beside.assertNothingLost();
    assertThat(overload.errors().keySet()).as("codes").isEqualTo(Set.of(3004));
    assertThat(beside.errors().keySet()).as("codes").isSubsetOf(3004);
    assertThat(goodPerSecond).as("answered a second").isGreaterThan(0.8 * possible);
    assertThat(longest).as("longest latency, ms").isLessThan(bound);
    assertThat(after).as("p99 afterwards, ms").isLessThan(before + NOISE_MILLIS);
  }

  /** Not by Files, which reads a byte first: such a file gives its content to the first read. */
  private static double maxSendBuffer() {
    String sizes = Commands.run("cat", "/proc/sys/net/ipv4/tcp_wmem");
    return Double.parseDouble(sizes.split("\\s+", -1)[2]);
  }
}
