package io.diametergw.app;

import java.util.Collection;
import java.util.Comparator;

/** Finds what somebody probably meant. */
final class Suggestion {
  private static final int LONGEST_COMPARED = 64;

  private Suggestion() {}

  /**
   * {@code ; did you mean x?}, or nothing when no word is close; the prefix stands before the word.
   */
  static String didYouMean(String word, Collection<String> words, String prefix) {
    if (word.length() > LONGEST_COMPARED) {
      return "";
    }
    int most = Math.max(1, Math.min(3, word.length() / 3));
    return words.stream()
        .filter(candidate -> distance(word, candidate) <= most)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .map(candidate -> "; did you mean " + prefix + candidate + "?")
        .orElse("");
  }

  /** How many letters must be changed, added, removed or swapped with their neighbour. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
