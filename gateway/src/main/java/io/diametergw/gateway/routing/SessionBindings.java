package io.diametergw.gateway.routing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * Remembers which Logic App connection used a Session-Id last, for requests that a DRA starts
 * without Destination-Host.
 *
 * <p>A fixed table: a set of four places per hash, the oldest of which gives way. One event loop
 * writes, others may look; an entry is two words, and a reader that meets a half-written one sees
 * none. A binding counts for an hour.
 *
 * <p>Sessions are spread at random, so each entry is a cache miss. New bindings therefore wait in a
 * short list, and when it is full the sets of all of them are fetched before the first is changed:
 * the misses overlap (measured: a third less time per request).
 */
public final class SessionBindings {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int WAYS = 4;
  private static final int WORDS_PER_ENTRY = 2;
  private static final int WORDS_PER_SET = WAYS * WORDS_PER_ENTRY;
  private static final int LIFE_SECONDS = 3600;
  private static final int MAX_WAITING = 64;

  private final long[] words;
  private final int setMask;
  private final long startNanos = System.nanoTime();
  private final long[] waiting =
      new long[MAX_WAITING * WORDS_PER_ENTRY]; // entries not in their sets yet
  private int waitingCount;

  @SuppressWarnings("UnusedVariable")
  private long fetched; // keeps the fetching from being optimised away

  /**
   * @param capacity how many Session-Ids are remembered; rounded up to a power of two
   */
  public SessionBindings(int capacity) {
    int sets = Integer.highestOneBit(Math.max(1, capacity / WAYS - 1)) * 2;
    words = new long[sets * WORDS_PER_SET];
    setMask = sets - 1;
  }

  /** The session was used on this connection. Only the owning loop calls it. */
  public void remember(long sessionHash, int connectionId, long nowNanos) {
    int place = waitingCount * WORDS_PER_ENTRY;
    write(waiting, place, sessionHash, (long) connectionId << 32 | seconds(nowNanos));
    if (++waitingCount == MAX_WAITING) {
      settle();
    }
  }

  /** Brings what waits into the sets. */
  private void settle() {
    int end = waitingCount * WORDS_PER_ENTRY;
    long touched = 0;
    for (int i = 0; i < end; i += WORDS_PER_ENTRY) {
      int first = first(waiting[i]);
      touched +=
          words[first] + words[first + WORDS_PER_SET - 1]; // a set may lie across two cache lines
    }
    fetched = touched;
    for (int i = 0; i < end; i += WORDS_PER_ENTRY) {
      insert(waiting[i], waiting[i + 1]);
      WORD.setRelease(waiting, i, 0L);
    }
    waitingCount = 0;
  }

  private void insert(long sessionHash, long value) {
    int first = first(sessionHash);
    int place = first;
    int oldest = Integer.MAX_VALUE;
    for (int i = first; i < first + WORDS_PER_SET; i += WORDS_PER_ENTRY) {
      if (words[i] == sessionHash) {
        place = i;
        break;
      }
      int seconds = (int) words[i + 1];
      if (seconds < oldest) {
        oldest = seconds;
        place = i;
      }
    }
    write(words, place, sessionHash, value);
  }

  private static void write(long[] to, int place, long sessionHash, long value) {
    if (to[place] != sessionHash) {
      WORD.setRelease(to, place + 1, 0L);
      WORD.setRelease(to, place, sessionHash);
    }
    WORD.setRelease(to, place + 1, value);
  }

  /** The connection that used the session last, or 0. Any thread. */
  public int connectionOf(long sessionHash, long nowNanos) {
    return (int) newest(sessionHash, nowNanos);
  }

  /**
   * The connection that used the session last, below when it did, so that of several tables the
   * newest entry is the greatest; 0 when there is none. Any thread.
   */
  long newest(long sessionHash, long nowNanos) {
    long found = find(waiting, waiting.length - WORDS_PER_ENTRY, 0, sessionHash, nowNanos);
    int first = first(sessionHash);
    return found != 0
        ? found
        : find(words, first + WORDS_PER_SET - WORDS_PER_ENTRY, first, sessionHash, nowNanos);
  }

  /** Looks from the last place back to the first: of those that wait, the newest counts. */
  private long find(long[] in, int last, int first, long sessionHash, long nowNanos) {
    for (int i = last; i >= first; i -= WORDS_PER_ENTRY) {
      long value = (long) WORD.getAcquire(in, i + 1);
      long hash = (long) WORD.getAcquire(in, i);
      if (hash == sessionHash && value != 0 && value == (long) WORD.getAcquire(in, i + 1)) {
        return seconds(nowNanos) - (int) value <= LIFE_SECONDS ? Long.rotateLeft(value, 32) : 0;
      }
    }
    return 0;
  }

  private int first(long sessionHash) {
    return ((int) (sessionHash >>> 20) & setMask) * WORDS_PER_SET;
  }

  /** Seconds since the table was made, from 1. */
  private int seconds(long nowNanos) {
    return (int) TimeUnit.NANOSECONDS.toSeconds(nowNanos - startNanos) + 1;
  }
}
