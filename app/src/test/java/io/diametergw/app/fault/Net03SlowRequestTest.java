package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.Requests;
import io.diametergw.wire.AvpCursor;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * The read-timeout is 5 s here; {@code -Dfaults.read-timeout=30} plays it as it is by default.
 * Nobody sends a byte over more than that, so that the announced message never gets whole.
 */
@Scenario(
    id = "NET-03",
    what = "1,000 Logic Apps send a request of 60,000 bytes at 10 bytes a second (slowloris)",
    goal =
        "each closed after read-timeout ± 1 s; memory grows with what arrived (< 4 KiB), not with"
            + " what was announced (60,000 bytes)")
class Net03SlowRequestTest {
  private static final int CONNECTIONS = 1_000;
  private static final int READ_TIMEOUT_SECONDS = Integer.getInteger("faults.read-timeout", 5);
  private static final int REQUEST_BYTES = 60_000;
  private static final int BYTES_A_SECOND = 10;
  private static final int CLASS = 25;
  private static final int RATE = 2_000;
  private static final double NANOS_PER_SECOND = 1e9;

  @Test
  void slowRequestsAreNotWaitedForLong(FaultSite site) {
    var dra1 = site.dra(1);
    site.warm(dra1);
    var launch =
        GatewayProcess.Launch.of(
                "logic-apps: { max-connections: 1010, read-timeout: %ds }\n%s"
                    .formatted(READ_TIMEOUT_SECONDS, GatewayProcess.dras(dra1)))
            .jvmFlags("-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1");
    var gateway = site.gateway(launch).awaitDras(1);
    var load = site.load(gateway, RATE, plan -> plan);
    site.play(Duration.ofSeconds(3));
    var crowd = site.own(new Crowd(gateway.address()));
    var links = crowd.open("slow", CONNECTIONS, CONNECTIONS);
    crowd.play(Duration.ofSeconds(2));
    long heapBefore = gateway.process().liveHeapBytes();
    long rssBefore = gateway.process().rssBytes();

    long begun = System.nanoTime();
    byte[] request = request();
    long[] firstByte = new long[CONNECTIONS];
    for (int second = 0; second < READ_TIMEOUT_SECONDS + 2; second++) {
      int from = second * BYTES_A_SECOND;
      byte[] next = Arrays.copyOfRange(request, from, from + BYTES_A_SECOND);
      crowd.pace(
          CONNECTIONS,
          CONNECTIONS,
          i -> {
            firstByte[i] = firstByte[i] == 0 ? System.nanoTime() : firstByte[i];
            links.get(i).send(next);
          });
      if (second == READ_TIMEOUT_SECONDS - 2) {
        assertThat(links).as("open so far").noneMatch(Link::hasEnded);
        long heap = gateway.process().liveHeapBytes() - heapBefore;
        long rss = gateway.process().rssBytes() - rssBefore;
        site.measured(
            "a begun request of %d bytes: %,d bytes of heap, RSS + %,d bytes",
            from + BYTES_A_SECOND, heap / CONNECTIONS, rss / CONNECTIONS);
        assertThat(heap / CONNECTIONS).as("heap a begun request").isLessThan(4 << 10);
        assertThat(rss / CONNECTIONS).as("RSS a begun request").isLessThan(4 << 10);
      }
    }
    long ended = System.nanoTime();
    assertThat(links).as("closed").allMatch(Link::hasEnded);
    double first = Double.MAX_VALUE;
    double last = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
      double life = (links.get(i).endedNanos() - firstByte[i]) / NANOS_PER_SECOND;
      first = Math.min(first, life);
      last = Math.max(last, life);
    }
    var ledger = load.end();
    var others = Disturbance.of(ledger, begun, ended);
    gateway.stopClean();

    site.measured(
        "%d closed after %.1f to %.1f s of %d; %s; %s",
        CONNECTIONS, first, last, READ_TIMEOUT_SECONDS, others, ledger.counts());
    ledger.assertAllGood();
    assertThat(first).as("first closed, s").isGreaterThan(READ_TIMEOUT_SECONDS - 1);
    assertThat(last).as("last closed, s").isLessThan(READ_TIMEOUT_SECONDS + 1);
    others.assertWithin(1.2);
  }

  private static byte[] request() {
    var request =
        Requests.from("slow0.example.com", "example.com", "example.com")
            .air("slow0.example.com;1;1", "001010000000001");
    int missing = REQUEST_BYTES - request.lengthBytes() - AvpCursor.HEADER_LENGTH;
    return request.with(LabAvp.of(CLASS, AvpCursor.MANDATORY, 0, new byte[missing])).bytes();
  }
}
