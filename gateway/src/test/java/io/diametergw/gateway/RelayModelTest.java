package io.diametergw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.RelayModel.Event;
import io.diametergw.gateway.RelayPlay.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random sequences of what Logic Apps and DRAs do to a running gateway, against {@link RelayModel}.
 *
 * <p>{@code -Dmodel.relay.sequences=1000} runs so many, {@code -Dmodel.seed=N} the one that failed.
 * A failure is shrunk, and tells the steps that are left.
 */
class RelayModelTest {
  private static final int SEQUENCES = Integer.getInteger("model.relay.sequences", 200);
  private static final @Nullable Long ONLY = Long.getLong("model.seed");
  private static final long FIRST_SEED = 20_261_125;
  private static final int MAX_STEPS = 24;
  private static final int MAX_TRIES = 40;

  /**
   * A peer that leaves, or has sent FIN, has a second or two by the gateway's own timers. A
   * sequence that fails when that took this long already proves nothing, and is made again; one
   * that fails again and again is no matter of time.
   */
  private static final long HURRY_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  private static final int ATTEMPTS = 5;

  private static final int DRA_1 = RelayModel.APPS;
  private static final int DRA_2 = DRA_1 + 1;

  /** Some states take many steps to reach: sequences begin on the way there. */
  private static final List<List<Step>> BEGINNINGS =
      List.of(
          List.of(),
          List.of(new Step(DRA_1, Event.CEA), new Step(DRA_2, Event.CEA)),
          reopened(),
          join(reopened(), List.of(new Step(DRA_1, Event.DWA), new Step(DRA_1, Event.DWA))),
          join(
              reopened(),
              List.of(
                  new Step(DRA_1, Event.DWA),
                  new Step(DRA_1, Event.DWA),
                  new Step(DRA_1, Event.DWA))));

  private final Map<String, Long> covered = new TreeMap<>();
  private long steps;
  private long madeAgain;

  @Test
  @DisplayName("whatever Logic Apps and DRAs do, requests get one answer and go where they may")
  void theGatewayDoesWhatTheModelSays() {
    if (ONLY != null) {
      run(ONLY);
      return;
    }
    long buffers = Site.buffers();
    long began = System.nanoTime();
    for (int i = 0; i < SEQUENCES; i++) {
      run(FIRST_SEED + i);
    }
    long events = covered.values().stream().mapToLong(Long::longValue).sum();
    System.out.printf(
        "%,d sequences, %,d steps in %,d ms, %d made again; %d pairs of state and event exercised"
            + " %,d times, least: %s%n",
        SEQUENCES,
        steps,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
        madeAgain,
        covered.size(),
        events,
        covered.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow());
    assertThat(RelayModel.pairs())
        .filteredOn(pair -> !covered.containsKey(pair))
        .as("never exercised")
        .isEmpty();
    await("buffers given back")
        .atMost(Site.PATIENCE)
        .untilAsserted(() -> assertThat(Site.buffers()).isLessThanOrEqualTo(buffers));
  }

  // ---------------------------------------------------------------- one sequence

  /** What came of a sequence: its steps, how long a hurried state lasted, and the failure. */
  private record Outcome(List<Step> made, long hurriedNanos, @Nullable Throwable failure) {
    boolean provesNothing() {
      return failure != null && hurriedNanos > HURRY_NANOS;
    }
  }

  private void run(long seed) {
    Outcome outcome = generate(seed);
    for (int i = 1; outcome.provesNothing() && i < ATTEMPTS; i++) {
      madeAgain++;
      outcome = generate(seed);
    }
    Throwable failure = outcome.failure();
    if (failure != null) {
      List<Step> least = shrink(outcome.made());
      throw new AssertionError(
          "-Dmodel.seed=" + seed + " fails after " + outcome.made() + "\nso do " + least, failure);
    }
  }

  private static List<Step> reopened() {
    return List.of(
        new Step(0, Event.CONNECT),
        new Step(DRA_1, Event.CEA),
        new Step(0, Event.REQUEST),
        new Step(DRA_1, Event.RST),
        new Step(DRA_1, Event.CEA),
        new Step(0, Event.REQUEST));
  }

  private static List<Step> join(List<Step> first, List<Step> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private Outcome generate(long seed) {
    var random = new SplittableRandom(seed);
    int length = MAX_STEPS / 2 + random.nextInt(MAX_STEPS / 2);
    var begin = new ArrayDeque<>(BEGINNINGS.get(random.nextInt(BEGINNINGS.size())));
    var made = new ArrayList<Step>();
    var model = new RelayModel(covered);
    return play(
        model,
        made,
        () -> {
          Step first = begin.poll();
          return first != null ? first : made.size() >= length ? null : next(model, random);
        });
  }

  private Outcome again(List<Step> sequence) {
    var left = new ArrayDeque<>(sequence);
    return play(new RelayModel(new TreeMap<>()), new ArrayList<>(), left::poll);
  }

  /** Where the steps of a sequence come from; null ends it. */
  private interface Source {
    @Nullable Step next();
  }

  private Outcome play(RelayModel model, List<Step> made, Source source) {
    try (var play = new RelayPlay(model)) {
      try {
        for (Step step = source.next(); step != null; step = source.next()) {
          made.add(step);
          play.make(step);
          steps++;
        }
        play.end();
        return new Outcome(made, 0, null);
      } catch (AssertionError | ConditionTimeoutException e) {
        return new Outcome(made, play.hurriedNanos(), e);
      }
    }
  }

  private static Step next(RelayModel model, RandomGenerator random) {
    while (true) {
      int end = random.nextInt(RelayModel.APPS + RelayModel.DRAS);
      Map<Event, Integer> possible = model.possible(end);
      int all = possible.values().stream().mapToInt(Integer::intValue).sum();
      int chosen = all == 0 ? 0 : random.nextInt(all);
      for (var entry : possible.entrySet()) {
        chosen -= entry.getValue();
        if (chosen < 0) {
          return new Step(end, entry.getKey());
        }
      }
    }
  }

  /** Leaves out steps while it still fails, many at once at first. */
  private List<Step> shrink(List<Step> sequence) {
    List<Step> least = List.copyOf(sequence);
    int tries = 0;
    for (int drop = Math.max(1, least.size() / 2); drop >= 1; drop /= 2) {
      for (int at = 0; at + drop <= least.size() && tries < MAX_TRIES; tries++) {
        var fewer = new ArrayList<>(least.subList(0, at));
        fewer.addAll(least.subList(at + drop, least.size()));
        if (again(fewer).failure() == null) {
          at += drop;
        } else {
          least = fewer;
        }
      }
    }
    return least;
  }
}
