package io.diametergw.gateway.fuzz;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Which cases are tried: {@code -Dfuzz.seed}, {@code -Dfuzz.first} and {@code -Dfuzz.cases} say so,
 * and try one of them again. A case depends on the seed and its number alone.
 *
 * @param first number of the first case
 */
record Campaign(String name, long seed, int first, int cases) {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** One mutation: what is sent, and what was done to the valid message. */
  record Case(int number, byte[] bytes, String how) {
    @Override
    public String toString() {
      return "case " + number + ", " + bytes.length + " bytes: " + how;
    }
  }

  static Campaign of(String name) {
    var campaign =
        new Campaign(
            name,
            Long.getLong("fuzz.seed", 6733),
            Integer.getInteger("fuzz.first", 0),
            Integer.getInteger("fuzz.cases", 20_000));
    System.out.println(campaign);
    return campaign;
  }

  /** The number behind the last case's. */
  int end() {
    return first + cases;
  }

  /** The dice of one case. */
  SplittableRandom random(int number) {
    return new SplittableRandom(seed * GOLDEN + number);
  }

  /** A failure, with what repeats it. */
  AssertionError failure(String what, List<Case> suspects) {
    String cases = suspects.stream().map(Case::toString).collect(Collectors.joining("\n  "));
    int number = suspects.isEmpty() ? first : suspects.getFirst().number();
    return new AssertionError(
        name
            + ": "
            + what
            + "\n  "
            + cases
            + "\nagain with -Dfuzz.seed="
            + seed
            + " -Dfuzz.first="
            + number
            + " -Dfuzz.cases="
            + Math.max(1, suspects.size()));
  }
}
