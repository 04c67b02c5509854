package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Requests;
import io.diametergw.lab.dra.DraCounter;
import java.time.Duration;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * Every second one in its CER, the others in a request. {@code -Dfaults.resets=10000} plays as many
 * as the catalogue has.
 */
@Scenario(
    id = "NET-12",
    what = "2,000 Logic Apps reset their connection in the middle of a message, under load",
    goal = "no leak of file descriptors and memory, no partial message forwarded")
class Net12ResetInMessageTest {
  private static final int RESETS = Integer.getInteger("faults.resets", 2_000);
  private static final int PER_SECOND = 400;
  private static final int RATE = 2_000;
  private static final int WARM_UP = 400;
  private static final Duration UNTIL_RESET = Duration.ofMillis(20);
  private static final double MIB = 1 << 20;

  private final long seed = Long.getLong("faults.seed", System.nanoTime());
  private final RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
  private int resets;

  @Test
  void halfMessagesLeaveNothingBehind(FaultSite site) {
    var dra1 = site.dra(1);
    var gateway =
        site.gateway(
                GatewayProcess.Launch.of(GatewayProcess.dras(dra1))
                    .jvmFlags("-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1"))
            .awaitDras(1);
    var process = gateway.process();
    var load = site.load(gateway, RATE, plan -> plan);
    site.play(Duration.ofSeconds(3));
    var crowd = site.own(new Crowd(gateway.address()));
    reset(crowd, WARM_UP);
    long heapBefore = process.liveHeapBytes();
    long filesBefore = process.openFiles(); // with the one that the line before has opened
    long rssBefore = process.rssBytes();

    long begun = System.nanoTime();
    reset(crowd, RESETS);
    long ended = System.nanoTime();
    site.await("closed sockets", () -> process.openFiles() <= filesBefore);
    long files = process.openFiles();
    double heap = (process.liveHeapBytes() - heapBefore) / MIB;
    double rss = (process.rssBytes() - rssBefore) / MIB;
    var ledger = load.end();
    long atDra = dra1.count(DraCounter.REQUESTS);
    long malformed = dra1.count(DraCounter.MALFORMED);
    var others = Disturbance.of(ledger, begun, ended);
    gateway.stopClean();

    site.measured(
        "%,d resets (seed %d); files %d, were %d; heap %+.2f MiB; RSS %+.1f MiB; %,d requests at"
            + " the DRA, %d malformed; %s; %s",
        resets - WARM_UP,
        seed,
        files,
        filesBefore,
        heap,
        rss,
        atDra,
        malformed,
        others,
        ledger.counts());
    ledger.assertAllGood();
    assertThat(resets).isEqualTo(WARM_UP + RESETS);
    assertThat(files).as("files").isEqualTo(filesBefore);
    assertThat(heap).as("growth of the heap, MiB").isLessThan(1);
    assertThat(rss).as("growth of RSS, MiB").isLessThan(8);
    assertThat(atDra).as("requests at the DRA").isEqualTo(ledger.sent());
    assertThat(malformed).as("malformed at the DRA").isZero();
    others.assertWithin(1.2);
  }

  private void reset(Crowd crowd, int count) {
    var request =
        Requests.from("half.example.com", "example.com", "example.com")
            .air("half.example.com;1;1", "001010000000001")
            .bytes();
    var links =
        crowd.connect(
            count,
            PER_SECOND,
            (link, i) -> {
              var app = Crowd.app("half", i);
              if (i % 2 == 0) {
                resetWithin(crowd, link, BaseMessages.cer(app).bytes());
              } else {
                link.hello(app, open -> resetWithin(crowd, open, request));
              }
            });
    crowd.await("the last reset", () -> links.stream().allMatch(Link::hasEnded));
    crowd.forgetEnded();
  }

  private void resetWithin(Crowd crowd, Link link, byte[] message) {
    link.send(Arrays.copyOf(message, random.nextInt(1, message.length)));
    crowd.after(
        UNTIL_RESET,
        () -> {
          assertThat(link.hasEnded()).as("ended before").isFalse();
          link.reset();
          resets++;
        });
  }
}
