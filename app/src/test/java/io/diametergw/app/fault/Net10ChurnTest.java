package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.GatewayProcess;
import io.diametergw.lab.Ending;
import org.junit.jupiter.api.Test;

/** The catalogue's 10 minutes are {@code -Dfaults.churn-seconds=600}. */
@Scenario(
    id = "NET-10",
    what = "Logic Apps connect, exchange capabilities and leave with DPR, 500 a second",
    goal = "file descriptors, threads and heap as at the start; every CEA and DPA comes")
class Net10ChurnTest {
  private static final int SECONDS = Integer.getInteger("faults.churn-seconds", 15);
  private static final int PER_SECOND = 500;
  private static final int WARM_UP = 1_500;
  private static final double MIB = 1 << 20;

  /**
   * What the log and the pools of buffers keep, whether 7,500 came or 22,500: a leak of 300 bytes
   * each would be more.
   */
  private static final double NOISE_MIB = 2;

  private int left;

  @Test
  void nothingIsKeptOfThoseWhoLeft(FaultSite site) {
    var dra1 = site.dra(1);
    var launch =
        GatewayProcess.Launch.of(GatewayProcess.dras(dra1))
            .jvmFlags("-XX:-UseDynamicNumberOfCompilerThreads");
    var gateway = site.gateway(launch).awaitDras(1);
    var process = gateway.process();
    long idleFiles = process.openFiles();
    var crowd = site.own(new Crowd(gateway.address()));
    churn(crowd, WARM_UP);
    site.await("closed sockets", () -> process.openFiles() <= idleFiles);
    long heapBefore = process.liveHeapBytes();
    long filesBefore = process.openFiles();
    long threadsBefore = process.threads();
    long rssBefore = process.rssBytes();
    double cpuBefore = process.cpuSeconds();

    int count = SECONDS * PER_SECOND;
    churn(crowd, count);

    double cpu = process.cpuSeconds() - cpuBefore;
    site.await("closed sockets", () -> process.openFiles() <= filesBefore);
    long files = process.openFiles();
    long threads = process.threads();
    double heap = (process.liveHeapBytes() - heapBefore) / MIB;
    double rss = (process.rssBytes() - rssBefore) / MIB;
    var end = gateway.stopClean();

    site.measured(
        "%,d came and left; files %d, were %d; threads %d, were %d; heap %.1f MiB %+.2f MiB; RSS"
            + " %+.1f MiB; CPU %.0f %% of a core",
        left - WARM_UP,
        files,
        filesBefore,
        threads,
        threadsBefore,
        heapBefore / MIB,
        heap,
        rss,
        100 * cpu / SECONDS);
    assertThat(left).as("left with a DPA").isEqualTo(WARM_UP + count);
    assertThat(files).as("files").isEqualTo(filesBefore);
    assertThat(threads).as("threads").isEqualTo(threadsBefore);
    assertThat(heap).as("growth of the heap, MiB").isLessThan(NOISE_MIB);
    assertThat(end.statistics().count("Logic Apps.connections")).isZero();
  }

  private void churn(Crowd crowd, int count) {
    var links =
        crowd.connect(
            count,
            PER_SECOND,
            (link, i) -> {
              link.hello(Crowd.app("app", i), Link::disconnect);
              if (i % PER_SECOND == 0) {
                crowd.forgetEnded();
              }
            });
    crowd.await("the last DPA", () -> links.stream().allMatch(Link::hasEnded));
    left += (int) links.stream().filter(link -> link.ending() == Ending.CLOSED_HERE).count();
    crowd.forgetEnded();
  }
}
