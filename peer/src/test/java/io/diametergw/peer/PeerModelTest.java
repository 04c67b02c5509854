package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.peer.ModelWorld.Step;
import io.diametergw.peer.PeerModel.Due;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random sequences of what may happen to three peers, on a clock that stands still between the
 * steps, against {@link PeerModel}.
 *
 * <p>{@code -Dmodel.sequences=100000} runs so many, {@code -Dmodel.seed=N} the one that failed. A
 * failure is shrunk, and tells the steps that are left.
 */
class PeerModelTest {
  private static final int SEQUENCES = Integer.getInteger("model.sequences", 4000);
  private static final @Nullable Long ONLY = Long.getLong("model.seed");
  private static final long FIRST_SEED = 20_261_125;
  private static final int MAX_STEPS = 40;
  private static final int MAX_TRIES = 300;
  private static final long MILLI = WatchdogModel.MILLI;

  /** Some states take many steps to reach: sequences begin on the way there. */
  private static final List<List<Step>> BEGINNINGS =
      List.of(
          List.of(),
          open(0),
          reopened(),
          join(
              reopened(), one(0, ModelEvent.DWA), pass(1_000), one(0, ModelEvent.DWA), pass(1_000)),
          join(open(1), open(2)));

  /** States that hardly anything leads to. */
  private static final List<List<Step>> RARE_BEGINNINGS =
      List.of(
          join(open(0), one(0, ModelEvent.PART), pass(28_500), one(0, ModelEvent.STOP)),
          join(open(1), one(1, ModelEvent.PART), pass(28_500), one(1, ModelEvent.STOP)),
          join(
              open(1),
              one(1, ModelEvent.REQUEST_HELD),
              one(1, ModelEvent.PART),
              pass(29_500),
              one(1, ModelEvent.FIN)));

  private static final int RARE = 24;

  private final ModelRows rows = new ModelRows();
  private final Map<String, Long> covered = new TreeMap<>();
  private final Map<WatchdogModel.Row, Long> watchdogCovered = WatchdogModel.noneCovered();
  private long steps;

  @Test
  @DisplayName("RFC 6733 §5.6, RFC 3539 App. A: whatever happens, a peer does what the tables say")
  void peersDoWhatTheTablesSay() {
    if (ONLY != null) {
      run(ONLY);
      return;
    }
    long began = System.nanoTime();
    for (int i = 0; i < SEQUENCES; i++) {
      run(FIRST_SEED + i);
    }
    tell(System.nanoTime() - began);
    assertThat(rows.pairs())
        .filteredOn(pair -> !covered.containsKey(pair))
        .as("never exercised")
        .isEmpty();
    assertThat(WatchdogModel.Row.values())
        .filteredOn(row -> !watchdogCovered.containsKey(row))
        .as("never exercised")
        .isEmpty();
  }

  @Test
  @DisplayName("DPR, then FIN: the answers of the second that follows the FIN are delivered")
  void answersAfterDprAndFinAreDelivered() {
    var sequence =
        join(
            open(1),
            one(1, ModelEvent.REQUEST_HELD),
            one(1, ModelEvent.DPR),
            pass(3_000),
            one(1, ModelEvent.FIN),
            pass(900),
            one(1, ModelEvent.SETTLE));

    assertThat(failure(FIRST_SEED, sequence)).isNull();
  }

  private void tell(long nanos) {
    long pairs = covered.values().stream().mapToLong(Long::longValue).sum();
    long watchdog = watchdogCovered.values().stream().mapToLong(Long::longValue).sum();
    System.out.printf(
        "%,d sequences, %,d steps in %,d ms%n%d rows of RFC 6733 §5.6 exercised %,d times,"
            + " least: %s%n%d rows of RFC 3539 exercised %,d times, least: %s%n",
        SEQUENCES,
        steps,
        nanos / MILLI,
        covered.size(),
        pairs,
        least(covered),
        watchdogCovered.size(),
        watchdog,
        least(watchdogCovered));
  }

  private static String least(Map<?, Long> counts) {
    return counts.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow().toString();
  }

  // ---------------------------------------------------------------- one sequence

  private static List<Step> open(int peer) {
    return peer == 0
        ? join(one(peer, ModelEvent.ACK), one(peer, ModelEvent.CEA))
        : join(
            one(peer, ModelEvent.ACCEPT), one(peer, ModelEvent.CER), one(peer, ModelEvent.ADMIT));
  }

  private static List<Step> reopened() {
    return join(open(0), one(0, ModelEvent.RST), pass(6_000), open(0));
  }

  private static List<Step> one(int peer, ModelEvent event) {
    return List.of(new Step(peer, event, 0));
  }

  private static List<Step> pass(long millis) {
    return List.of(new Step(0, ModelEvent.TIME, millis * MILLI));
  }

  @SafeVarargs
  private static List<Step> join(List<Step>... parts) {
    var all = new ArrayList<Step>();
    for (List<Step> part : parts) {
      all.addAll(part);
    }
    return all;
  }

  private void run(long seed) {
    var made = new ArrayList<Step>();
    try (var world = world(seed)) {
      var random = new SplittableRandom(seed);
      int focus = random.nextInt(ModelWorld.PEERS);
      var beginnings = random.nextInt(RARE) == 0 ? RARE_BEGINNINGS : BEGINNINGS;
      var begin = new ArrayDeque<>(beginnings.get(random.nextInt(beginnings.size())));
      int length = MAX_STEPS / 4 + random.nextInt(MAX_STEPS * 3 / 4);
      for (int i = 0; i < length; i++) {
        Step step = begin.isEmpty() ? next(world, focus, random) : begin.remove();
        made.add(step);
        world.make(step);
        steps++;
      }
    } catch (AssertionError | RuntimeException e) {
      List<Step> least = shrink(seed, made, e);
      throw new AssertionError(
          "-Dmodel.seed=" + seed + " fails after " + made + "\nso do " + least,
          failure(seed, least));
    }
  }

  private ModelWorld world(long seed) {
    return new ModelWorld(seed, rows, covered, watchdogCovered);
  }

  /** A step that can be made now, more often one of the peer in focus. */
  private static Step next(ModelWorld world, int focus, RandomGenerator random) {
    int peer = random.nextInt(4) == 0 ? random.nextInt(ModelWorld.PEERS) : focus;
    if (random.nextInt(4) == 0) {
      return new Step(0, ModelEvent.TIME, pause(world, peer, random));
    }
    Map<ModelEvent, Integer> possible = world.model(peer).possible();
    int all = possible.values().stream().mapToInt(Integer::intValue).sum();
    int chosen = all == 0 ? 0 : random.nextInt(all);
    for (var entry : possible.entrySet()) {
      chosen -= entry.getValue();
      if (chosen < 0) {
        return new Step(peer, entry.getKey(), 0);
      }
    }
    return new Step(0, ModelEvent.TIME, pause(world, peer, random)); // nothing but time helps here
  }

  /** A moment, just before something is due, just after, or any time. */
  private static long pause(ModelWorld world, int peer, RandomGenerator random) {
    List<Due> due = world.model(peer).due();
    if (due.isEmpty() || random.nextInt(4) == 0) {
      return random.nextLong(random.nextBoolean() ? 2_000 * MILLI : 70_000 * MILLI);
    }
    Due one = due.get(random.nextInt(due.size()));
    long until = random.nextInt(3) == 0 ? one.window().from() - 1 : one.window().to();
    return Math.max(0, until - world.now());
  }

  // ---------------------------------------------------------------- a failure

  private @Nullable Throwable failure(long seed, List<Step> sequence) {
    try (var world = new ModelWorld(seed, rows, new TreeMap<>(), WatchdogModel.noneCovered())) {
      sequence.forEach(world::make);
      return null;
    } catch (AssertionError | RuntimeException e) {
      return e;
    }
  }

  /** Leaves out steps while it still fails, many at once at first. */
  private List<Step> shrink(long seed, List<Step> sequence, Throwable failure) {
    List<Step> least = List.copyOf(sequence);
    if (failure(seed, least) == null) {
      failure.addSuppressed(new AssertionError("the same steps do not fail again"));
      return least;
    }
    int tries = 0;
    for (int drop = Math.max(1, least.size() / 2); drop >= 1; drop /= 2) {
      for (int at = 0; at + drop <= least.size() && tries < MAX_TRIES; tries++) {
        var fewer = new ArrayList<>(least.subList(0, at));
        fewer.addAll(least.subList(at + drop, least.size()));
        if (failure(seed, fewer) == null) {
          at += drop;
        } else {
          least = fewer;
        }
      }
    }
    return least;
  }
}
