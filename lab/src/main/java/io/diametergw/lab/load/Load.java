package io.diametergw.lab.load;

import io.diametergw.lab.LabNode;
import io.diametergw.lab.MessageLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Drives requests through a gateway, or straight at a DRA, and measures.
 *
 * <p>In an open loop latency counts from the moment a request was due, not from when it was sent: a
 * peer that stalls for a second makes every request of that second late, as its users would see it
 * (no coordinated omission). In a closed loop the two are the same.
 */
public final class Load {
  private static final long SWEEP_NANOS = 50_000_000;
  private static final long PROGRESS_NANOS = 500_000_000;
  private static final Duration DPA_PATIENCE = Duration.ofSeconds(1);

  private final LoadPlan plan;
  private final Consumer<LoadProgress> progress;
  private final LoadListener listener;
  private final MessageLog log = new MessageLog();
  private final List<LoadConnection> connections = new ArrayList<>();
  private final CompletableFuture<LoadResult> result = new CompletableFuture<>();
  private volatile long endNanos; // no further request from then on
  private volatile boolean stopped;

  private Load(LoadPlan plan, Consumer<LoadProgress> progress, LoadListener listener) {
    this.plan = plan;
    this.progress = progress;
    this.listener = listener;
  }

  /** Runs {@code plan} to its end. An IOException when not every connection could be opened. */
  public static LoadResult run(LoadPlan plan) throws IOException, InterruptedException {
    return run(plan, _ -> {});
  }

  /** Runs {@code plan} to its end and tells {@code progress} about it twice a second. */
  public static LoadResult run(LoadPlan plan, Consumer<LoadProgress> progress)
      throws IOException, InterruptedException {
    var load = new Load(plan, progress, LoadListener.NONE);
    try {
      load.open();
      return load.run();
    } finally {
      load.disconnect();
    }
  }

  /**
   * Opens the connections and lets {@code plan} run on a thread of its own, to its end or to {@link
   * #stop}. An IOException when not every connection could be opened.
   */
  public static Load start(LoadPlan plan, LoadListener listener)
      throws IOException, InterruptedException {
    var load = new Load(plan, _ -> {}, listener);
    try {
      load.open();
    } catch (IOException | InterruptedException | RuntimeException e) {
      load.disconnect();
      throw e;
    }
    Thread.ofPlatform().name("load").daemon().start(load::complete);
    return load;
  }

  private void complete() {
    try {
      var found = run();
      disconnect();
      result.complete(found);
    } catch (InterruptedException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  /** Sends no further request; {@link #result} comes when the last answers have. */
  public void stop() {
    stopped = true;
    endNanos = System.nanoTime();
  }

  /** Waits for the end of a load that was started. */
  public LoadResult result() throws InterruptedException, ExecutionException {
    return result.get();
  }

  private LoadResult run() throws InterruptedException {
    long start = System.nanoTime();
    long measured = start + plan.warmup().toNanos();
    endNanos = measured + plan.duration().toNanos();
    if (stopped) {
      endNanos = start;
    }
    connections.forEach(connection -> connection.measureFrom(measured));
    switch (plan.pace()) {
      case LoadPlan.Pace.Window(int perConnection) -> {
        connections.forEach(connection -> connection.fill(perConnection));
        watch(start);
      }
      case LoadPlan.Pace.Rate(double perSecond) -> {
        var pacer =
            Thread.ofPlatform().name("load-pacer").daemon().start(() -> pace(start, perSecond));
        watch(start);
        pacer.join();
      }
    }
    connections.forEach(LoadConnection::stopRefilling);
    drain();
    var tally = new LoadTally();
    connections.forEach(connection -> tally.add(connection.tally()));
    double seconds = Math.max(0, endNanos - measured) / 1e9;
    return LoadResult.of(seconds, connections.getFirst().requestBytes(), tally);
  }

  private void disconnect() throws InterruptedException {
    for (var connection : connections) {
      connection.disconnect(
          plan.answerTimeout().compareTo(DPA_PATIENCE) < 0 ? plan.answerTimeout() : DPA_PATIENCE);
    }
  }

  private void open() throws IOException, InterruptedException {
    double each =
        switch (plan.pace()) {
          case LoadPlan.Pace.Window(int perConnection) -> perConnection;
          case LoadPlan.Pace.Rate(double perSecond) ->
              perSecond * plan.answerTimeout().plusSeconds(1).toSeconds() / plan.connections();
        };
    int slots = (int) Math.min(each * 2, 1 << 20);
    int endToEndBase = ThreadLocalRandom.current().nextInt();
    int apart = (int) ((1L << 32) / plan.connections());
    for (int i = 0; i < plan.connections(); i++) {
      String host =
          plan.originHost().contains("%d")
              ? String.format(Locale.ROOT, plan.originHost(), i)
              : plan.originHost();
      var node = LabNode.of(host, plan.originRealm(), plan.application());
      var connection = new LoadConnection(plan, node, slots, endToEndBase + i * apart, listener);
      connections.add(connection);
      connection.open(plan, log);
    }
  }

  /** Gives every request its moment; those that are overdue go out together. */
  private void pace(long start, double perSecond) {
    double interval = 1e9 / perSecond;
    long n = 0;
    for (long due = start; due - endNanos < 0; ) {
      long now = System.nanoTime();
      if (due - now > 0) {
        LockSupport.parkNanos(due - now);
        continue;
      }
      while (due - now <= 0 && due - endNanos < 0) {
        connections.get((int) (n % connections.size())).append(due);
        n++;
        due = start + (long) (n * interval);
      }
      connections.forEach(LoadConnection::flush);
    }
  }

  private void watch(long start) throws InterruptedException {
    long timeout = plan.answerTimeout().toNanos();
    var total = Duration.ofNanos(endNanos - start);
    long reported = start;
    long answeredThen = 0;
    for (long now = System.nanoTime(); now - endNanos < 0; now = System.nanoTime()) {
      Thread.sleep(Duration.ofNanos(Math.min(SWEEP_NANOS, Math.max(0, endNanos - now))));
      long later = System.nanoTime();
      connections.forEach(connection -> connection.expire(later - timeout));
      if (later - reported >= PROGRESS_NANOS) {
        long answered = connections.stream().mapToLong(LoadConnection::answered).sum();
        long lost = connections.stream().mapToLong(LoadConnection::lost).sum();
        double rate = (answered - answeredThen) * 1e9 / (later - reported);
        progress.accept(
            new LoadProgress(Duration.ofNanos(later - start), total, answered, rate, lost));
        reported = later;
        answeredThen = answered;
      }
    }
  }

  /** Waits for the last answers, at most as long as one may take. */
  private void drain() throws InterruptedException {
    long timeout = plan.answerTimeout().toNanos();
    long deadline = System.nanoTime() + timeout;
    while (System.nanoTime() - deadline < 0 && waiting(System.nanoTime() - timeout) > 0) {
      Thread.sleep(1);
    }
    waiting(System.nanoTime() + timeout);
  }

  private int waiting(long before) {
    return connections.stream().mapToInt(connection -> connection.expire(before)).sum();
  }
}
