package io.diametergw.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.diametergw.gateway.metrics.Counter;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a transaction costs that can be counted rather than timed, so that no rise passes. */
class DataPathTest {
  private static final int WARM_RUNS = 30;
  private static final int RUNS = 100;

  /**
   * What a run allocated when this was landed: what each read and write takes in netty. A tenth
   * more fails; who gets below it writes the new figure here.
   */
  private static final long LANDED_BYTES = 620;

  /**
   * The same for a run in which every request is refused: one object for each that writes the
   * answer.
   */
  private static final long LANDED_BYTES_REFUSED = 3540;

  /** Of the build's tests: it keeps a trace of each touch of a buffer. */
  private final ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();

  @BeforeEach
  void withoutLeakDetection() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
  }

  @AfterEach
  void withLeakDetection() {
    ResourceLeakDetector.setLevel(leakDetection);
  }

  @Test
  void everyRequestIsForwardedAndAnswered() {
    try (var path = new DataPath()) {
      assertThat(path.run()).isEqualTo(DataPath.BATCH);
      assertThat(path.run()).isEqualTo(DataPath.BATCH);

      assertThat(path.counted(Counter.REQUESTS_TO_DRAS)).isEqualTo(2L * DataPath.BATCH);
      assertThat(path.counted(Counter.ANSWERED)).isEqualTo(2L * DataPath.BATCH);
    }
  }

  @Test
  void nothingIsAllocatedPerTransaction() {
    try (var path = new DataPath()) {
      assertThat(allocatedBytes(path::run))
          .as("bytes allocated for %d transactions", DataPath.BATCH)
          .isLessThanOrEqualTo(LANDED_BYTES + LANDED_BYTES / 10);
    }
  }

  @Test
  void nothingIsAllocatedPerRefusal() {
    try (var path = new DataPath()) {
      path.drain();
      assertThat(path.refuse()).isEqualTo(DataPath.BATCH);
      assertThat(allocatedBytes(path::refuse))
          .as("bytes allocated for %d refusals", DataPath.BATCH)
          .isLessThanOrEqualTo(LANDED_BYTES_REFUSED + LANDED_BYTES_REFUSED / 10);
      assertThat(path.counted(Counter.TOO_BUSY))
          .isEqualTo((1L + WARM_RUNS + RUNS) * DataPath.BATCH);
    }
  }

  /** By one run of a warm data path. */
  private static long allocatedBytes(Runnable run) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < WARM_RUNS; i++) {
      run.run();
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < RUNS; i++) {
      run.run();
    }
    return (threads.getCurrentThreadAllocatedBytes() - before) / RUNS;
  }
}
