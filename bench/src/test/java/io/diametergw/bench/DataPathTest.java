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

  /** Of a whole batch, a tenth more than measured: what each read and write takes in netty. */
  private static final long MAX_BYTES_PER_RUN = 760;

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
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (var path = new DataPath()) {
      for (int i = 0; i < WARM_RUNS; i++) {
        path.run();
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < RUNS; i++) {
        path.run();
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(bytes / RUNS)
          .as("bytes allocated for %d transactions", DataPath.BATCH)
          .isLessThanOrEqualTo(MAX_BYTES_PER_RUN);
    }
  }
}
