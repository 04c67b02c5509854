package io.diametergw.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.diametergw.gateway.Site;
import io.diametergw.gateway.metrics.Counter;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.LoggerFactory;

/**
 * What holds whatever the gateway was sent: nothing is logged but the parse errors, which are
 * counted, and everything is as it was before.
 */
final class Invariants implements AutoCloseable {
  private static final String BAD_REQUEST = "{} sent a bad request: {}";
  private static final String BAD_ANSWER = "{} sent a bad answer: {}";
  private static final String NO_DIAMETER = "{} {} sent no Diameter: {}";
  private static final List<String> PARSE_ERRORS = List.of(BAD_REQUEST, BAD_ANSWER, NO_DIAMETER);

  /** What Netty's pool may keep of it, and what classes and compiled code take meanwhile. */
  private static final long MARGIN_BYTES = 32 << 20;

  private final Logger ours = (Logger) LoggerFactory.getLogger("io.diametergw");
  private final Logger nettys = (Logger) LoggerFactory.getLogger("io.netty");
  private final ConcurrentLinkedQueue<String> findings = new ConcurrentLinkedQueue<>();
  private final LongAdder badRequests = new LongAdder();
  private final LongAdder badAnswers = new LongAdder();
  private final LongAdder brokenStreams = new LongAdder();
  private final Site site;
  private final AppenderBase<ILoggingEvent> log = new Reader();
  private final long buffersBefore;
  private final long directBefore;
  private final long heapBefore;
  private final int appsBefore;

  private final class Reader extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      switch (event.getMessage()) {
        case BAD_REQUEST -> badRequests.increment();
        case BAD_ANSWER -> badAnswers.increment();
        case NO_DIAMETER -> brokenStreams.increment();
        default -> {}
      }
      String line = event.getFormattedMessage();
      boolean error = event.getLevel() == Level.ERROR && !PARSE_ERRORS.contains(event.getMessage());
      if (error || event.getThrowableProxy() != null || line.chars().anyMatch(c -> c < ' ')) {
        findings.add(event + (event.getThrowableProxy() == null ? "" : trace(event)));
      }
    }

    private static String trace(ILoggingEvent event) {
      return ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(event.getThrowableProxy());
    }
  }

  /** Takes note of how things are: good traffic is connected, nothing broken has been sent. */
  Invariants(Site site) {
    this.site = site;
    log.start();
    for (Logger logger : List.of(ours, nettys)) {
      logger.setAdditive(false); // tens of thousands of lines
      logger.addAppender(log);
    }
    site.awaitQuiet();
    buffersBefore = Site.buffers();
    directBefore = directBytes();
    heapBefore = heapBytes();
    appsBefore = site.stats().logicApps();
  }

  /** Nothing has gone wrong so far. */
  void check() {
    if (!findings.isEmpty()) {
      throw new AssertionError("logged: " + findings.peek());
    }
  }

  /**
   * Those that sent broken messages have gone: all is as it was before. That every buffer is given
   * back, {@link Site} looks when the gateway has ended: until then the loop keeps some at hand.
   */
  void assertHold() {
    site.awaitStats("their connections are gone", now -> now.logicApps() == appsBefore);
    site.awaitQuiet();
    check();
    assertThat(site.count(Counter.DEFECTS)).as("exceptions").isZero();
    assertThat(badRequests.sum()).isEqualTo(site.count(Counter.MALFORMED_REQUESTS));
    assertThat(badAnswers.sum()).isEqualTo(site.count(Counter.MALFORMED_ANSWERS));
    assertThat(directBytes()).as("Netty's pool").isLessThan(directBefore + MARGIN_BYTES);
    assertThat(heapBytes()).as("heap in use").isLessThan(heapBefore + MARGIN_BYTES);
    System.out.printf(
        "parse errors: %d requests, %d answers, %d streams; %d other refusals; buffers %d -> %d,"
            + " pool %d -> %d KiB, heap %d -> %d KiB; %s%n",
        badRequests.sum(),
        badAnswers.sum(),
        brokenStreams.sum(),
        site.count(Counter.ANSWERED_BY_GATEWAY) - badRequests.sum(),
        buffersBefore,
        Site.buffers(),
        directBefore >> 10,
        directBytes() >> 10,
        heapBefore >> 10,
        heapBytes() >> 10,
        site.stats().lines().get(6));
  }

  private static long directBytes() {
    return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }

  private static long heapBytes() {
    System.gc();
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Override
  public void close() {
    for (Logger logger : List.of(ours, nettys)) {
      logger.detachAppender(log);
      logger.setAdditive(true);
    }
  }
}
