package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.Commands;
import io.diametergw.app.process.GatewayProcess;
import io.diametergw.app.process.LoggedProcess;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.Requests;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The Logic App asks for answers of 20 KB until nobody takes its requests any more, first alone,
 * then beside others. Its write-timeout is 5 s here; {@code -Dfaults.write-timeout=10} plays it as
 * it is by default.
 */
@Scenario(
    id = "NET-06",
    what = "a Logic App sends and never reads, with a receive buffer of 4 KiB",
    goal =
        "its queue stops at 1 MiB, it is not read any more and closed after write-timeout; RSS + <="
            + " 4 MiB and the queue; < 5 % of a core while it hangs; others unaffected")
class Net06SlowReaderTest {
  private static final int WRITE_TIMEOUT_SECONDS = Integer.getInteger("faults.write-timeout", 5);
  private static final int RECEIVE_BUFFER = 4 << 10;
  private static final int PAYLOAD = 20_000;
  private static final int REQUESTS_PER_SECOND = 500;
  private static final int RATE = 2_000;
  private static final double MIB = 1 << 20;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final String CLOSED = " slow\\d+\\.example\\.com .* closed: took no bytes for ";

  /** A message or a read of the socket may be under way when the limit is reached. */
  private static final double BEYOND_LIMIT_MIB = 0.5;

  private int number;

  @Test
  void slowReaderIsBoundedAndClosed(FaultSite site) {
    var dra1 = site.dra(1);
    site.warm(dra1);
    var launch =
        GatewayProcess.Launch.of(
                "logic-apps: { write-timeout: %ds }\n%s"
                    .formatted(WRITE_TIMEOUT_SECONDS, GatewayProcess.dras(dra1)))
            .flags("-stats-interval", "200ms")
            .jvmFlags("-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1");
    var gateway = site.gateway(launch).awaitDras(1);
    site.play(Duration.ofSeconds(1));
    var warming = site.load(gateway, RATE, plan -> plan);
    site.play(Duration.ofSeconds(2));
    warming.end().assertAllGood();
    var crowd = site.own(new Crowd(gateway.address()));

    alone(site, gateway, crowd);
    besideOthers(site, gateway, crowd);
    gateway.stopClean();
  }

  private void alone(FaultSite site, GatewayProcess gateway, Crowd crowd) {
    crowd.play(Duration.ofMillis(500));
    long answeredBefore = gateway.statistics().count("Books.answered");
    long rssBefore = gateway.process().rssBytes();
    var link = open(crowd);
    link.send(request().bytes());
    long[] answerBytes = {0};
    crowd.await("the first answer", () -> (answerBytes[0] = firstAnswer) > 0);
    link.stopReading();

    long blocked = askUntilBlocked(crowd, link);
    crowd.play(Duration.ofMillis(500));
    double cpuBefore = gateway.process().cpuSeconds();
    long cpuFrom = System.nanoTime();
    crowd.play(Duration.ofSeconds(WRITE_TIMEOUT_SECONDS - 2));
    double cpu =
        (gateway.process().cpuSeconds() - cpuBefore)
            / ((System.nanoTime() - cpuFrom) / NANOS_PER_SECOND);
    double queueMib = queueBytes(gateway, link, answerBytes[0], answeredBefore) / MIB;
    double rss = (gateway.process().rssBytes() - rssBefore) / MIB;
    double closed = awaitClosed(crowd, gateway, blocked);

    site.measured(
        "queue %.2f MiB; RSS + %.1f MiB; CPU %.1f %% of a core; closed %.1f s after it was not read"
            + " any more",
        queueMib, rss, 100 * cpu, closed);
    assertThat(queueMib).as("queue, MiB").isBetween(0.5, 1 + BEYOND_LIMIT_MIB);
    assertThat(rss).as("RSS growth, MiB").isLessThan(4 + queueMib);
    assertThat(cpu).as("CPU while it hangs, cores").isLessThan(0.05);
    assertThat(closed).as("closed, s").isLessThan(WRITE_TIMEOUT_SECONDS + 2.5);
  }

  private void besideOthers(FaultSite site, GatewayProcess gateway, Crowd crowd) {
    var load = site.load(gateway, RATE, plan -> plan);
    crowd.play(Duration.ofSeconds(3));
    long begun = System.nanoTime();
    var link = open(crowd);
    link.stopReading();
    long blocked = askUntilBlocked(crowd, link);
    awaitClosed(crowd, gateway, blocked);
    long ended = System.nanoTime();
    var ledger = load.end();
    var others = Disturbance.of(ledger, begun, ended);
    site.measured("%s; %s", others, ledger.counts());
    ledger.assertAllGood();
    others.assertWithin(1.2);
  }

  private long firstAnswer;

  private Link open(Crowd crowd) {
    crowd.listener((_, answer) -> firstAnswer = answer.lengthBytes());
    var link = crowd.connect(RECEIVE_BUFFER).hello(Crowd.app("slow", number++), _ -> {});
    crowd.await("a CEA", link::isOpen);
    return link;
  }

  private static LabMessage request() {
    return Requests.from("slow.example.com", "example.com", "example.com")
        .air("slow.example.com;1;1", "001010000000001")
        .with(
            LabAvp.of(
                AvpCode.PROXY_INFO,
                AvpCursor.MANDATORY,
                0,
                new byte[PAYLOAD])); // comes back in the answer
  }

  /** Sends until nothing was taken for a second; since when. */
  private static long askUntilBlocked(Crowd crowd, Link link) {
    var request = request();
    long[] taken = {System.nanoTime()};
    int[] hopByHopId = {0};
    crowd.await(
        "a full queue",
        () -> {
          crowd.pace(
              1,
              REQUESTS_PER_SECOND,
              _ -> {
                if (!link.isBlocked()) {
                  taken[0] = System.nanoTime();
                  link.send(request.withHopByHopId(hopByHopId[0]++).bytes());
                }
              });
          return System.nanoTime() - taken[0] > NANOS_PER_SECOND;
        });
    assertThat(link.hasEnded()).as("closed while it was still read").isFalse();
    return taken[0];
  }

  /** What waits in the gateway itself: neither in the socket's buffers nor read. */
  private static double queueBytes(
      GatewayProcess gateway, Link link, long answerBytes, long answeredBefore) {
    long answers = gateway.statistics().count("Books.answered") - answeredBefore;
    return (double) answers * answerBytes
        - answerBytes // the first, which was read
        - socketQueue(gateway.port(), link.port(), 2)
        - socketQueue(link.port(), gateway.port(), 1);
  }

  /** Bytes in a receive (1) or send queue (2) of the connection from that port to that port. */
  private static long socketQueue(int from, int to, int column) {
    String line =
        Commands.run(
            "ss", "-tnH", "state", "established", "sport = :" + from + " and dport = :" + to);
    var columns = Pattern.compile("^(\\d+)\\s+(\\d+)\\s").matcher(line);
    assertThat(columns.find()).as(line).isTrue();
    return Long.parseLong(columns.group(column));
  }

  /** Waits for the line that says so; how long after it was. */
  private static double awaitClosed(Crowd crowd, GatewayProcess gateway, long blocked) {
    long[] closed = {0};
    crowd.await(
        "the end of the slow reader",
        () -> {
          crowd.play(Duration.ofMillis(100));
          closed[0] =
              gateway.process().lines().stream()
                  .filter(line -> line.nanos() - blocked > 0)
                  .filter(line -> Pattern.compile(CLOSED).matcher(line.text()).find())
                  .mapToLong(LoggedProcess.Line::nanos)
                  .findFirst()
                  .orElse(0);
          return closed[0] != 0;
        });
    return (closed[0] - blocked) / NANOS_PER_SECOND;
  }
}
