package io.diametergw.lab.dra;

import java.util.Arrays;

/**
 * Remembers the last million requests by a number each, to find those that come twice. Bounded: the
 * older half is forgotten at once.
 */
final class SeenRequests {
  private static final int SLOTS = 1 << 20; // a power of two; each half is filled to one half
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long[] current = new long[SLOTS >>> 6];
  private long[] before = new long[0];
  private int count;

  /** Notes a request; true when it was noted before. */
  synchronized boolean seen(long request) {
    long key = request == 0 ? 1 : request; // 0 marks a free slot
    boolean known = contains(before, key);
    int slot = slot(current, key);
    if (current[slot] == key) {
      return true;
    }
    current[slot] = key;
    if (++count > current.length / 2) {
      turnOver();
    }
    return known;
  }

  private void turnOver() {
    if (current.length < SLOTS) {
      long[] grown = new long[current.length * 4];
      for (long key : current) {
        if (key != 0) {
          grown[slot(grown, key)] = key;
        }
      }
      current = grown;
    } else {
      long[] oldest = before;
      before = current;
      current = oldest.length == SLOTS ? oldest : new long[SLOTS];
      Arrays.fill(current, 0);
      count = 0;
    }
  }

  private static boolean contains(long[] table, long key) {
    return table.length > 0 && table[slot(table, key)] == key;
  }

  /** Where {@code key} stands, or the free slot where it belongs. */
  private static int slot(long[] table, long key) {
    int mask = table.length - 1;
    int slot = (int) ((key * GOLDEN) >>> 32) & mask;
    while (table[slot] != 0 && table[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
