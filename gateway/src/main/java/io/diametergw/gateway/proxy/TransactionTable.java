package io.diametergw.gateway.proxy;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The transactions awaiting an answer from one connection (the pending message queue of RFC 6733
 * §5.5.4).
 *
 * <p>Confined to the connection's event loop. Whoever removes a transaction owes its requester
 * exactly one answer. Bounded: {@link #begin} refuses when {@code capacity} requests are in flight.
 *
 * <p>We choose the Hop-by-Hop Identifier, one higher for each request, so its low bits are the
 * place in a ring and its high bits tell one use of the place from the next. A place still taken
 * when its turn comes again is passed over. With one timeout per connection the ring's order is the
 * order of expiry; only requests that were moved here from a lost peer are older than their
 * neighbours.
 */
final class TransactionTable {
  private static final int FIRST_PLACES = 64;
  private static final int SPARSE = 8; // a place in so many is taken

  private final int capacity;
  private @Nullable Transaction[] ring = new @Nullable Transaction[FIRST_PLACES];
  private int mask = FIRST_PLACES - 1;
  private int oldest; // no transaction is older than the one with this identifier
  private int next;
  private int pending;
  private int most; // at once, since the last trim()
  private int moved; // how many of them were moved here

  /**
   * @param capacity the most transactions at once
   * @param firstHopByHopId the identifier to begin with; starts at random (RFC 6733 §3)
   */
  TransactionTable(int capacity, int firstHopByHopId) {
    this.capacity = capacity;
    this.next = firstHopByHopId;
    this.oldest = firstHopByHopId;
  }

  /** Transactions awaiting an answer. */
  int pending() {
    return pending;
  }

  int capacity() {
    return capacity;
  }

  boolean isFull() {
    return pending >= capacity;
  }

  /**
   * A new transaction with a Hop-by-Hop Identifier that no other here has; the rest is the caller's
   * to fill. Not when full.
   */
  Transaction begin() {
    if (pending * 2 >= ring.length) {
      grow();
    }
    Transaction place = place(next);
    while (place.live) { // a slow one that the ring has come round to
      place = place(++next);
    }
    if (pending == 0) {
      oldest = next;
    }
    place.hopByHopId = next++;
    place.live = true;
    place.moved = false;
    most = Math.max(most, ++pending);
    return place;
  }

  /** The transaction that an answer with these identifiers belongs to, or null. */
  @Nullable Transaction find(int hopByHopId, int endToEndId) {
    Transaction place = find(hopByHopId);
    return place != null && place.endToEndId == endToEndId ? place : null;
  }

  /** The transaction that was sent with this identifier, or null. */
  @Nullable Transaction find(int hopByHopId) {
    Transaction place = ring[hopByHopId & mask];
    return place != null && place.live && place.hopByHopId == hopByHopId ? place : null;
  }

  /** The Hop-by-Hop Identifiers of all transactions, oldest first. */
  int[] pendingIds() {
    int[] ages = new int[pending];
    int count = 0;
    for (Transaction place : ring) {
      if (place != null && place.live) {
        ages[count++] = place.hopByHopId - oldest;
      }
    }
    Arrays.sort(ages);
    for (int i = 0; i < count; i++) {
      ages[i] += oldest;
    }
    return ages;
  }

  /** Ends a transaction. Its content is the caller's until the next {@link #begin}. */
  void remove(Transaction transaction) {
    transaction.live = false;
    pending--;
    if (transaction.moved) {
      moved--;
    }
  }

  /** The transaction was moved here from a lost peer: it is older than its neighbours. */
  void markMoved(Transaction transaction) {
    transaction.moved = true;
    moved++;
  }

  /**
   * Calls {@code expired} for every transaction received before {@code limitNanos}; it has to
   * remove it.
   */
  void expire(long limitNanos, Consumer<Transaction> expired) {
    if (moved > 0) { // rare, and over in one session timeout: look at every place
      for (Transaction place : ring) {
        if (place != null && place.live && place.receivedNanos - limitNanos < 0) {
          expired.accept(place);
        }
      }
      return;
    }
    Transaction first = first();
    while (first != null && first.receivedNanos - limitNanos < 0) {
      expired.accept(first);
      first = first();
    }
  }

  /** Calls {@code action} for every transaction, oldest first; it may remove it. */
  void forEach(Consumer<Transaction> action) {
    for (int id : pendingIds()) {
      Transaction transaction = find(id);
      if (transaction != null) {
        action.accept(transaction);
      }
    }
  }

  private @Nullable Transaction first() {
    if (pending == 0) {
      return null;
    }
    for (int steps = 1; ; steps++) {
      Transaction place = ring[oldest & mask];
      if (place != null && place.live && place.hopByHopId == oldest) {
        return place;
      }
      oldest++;
      if (steps == ring.length) { // a slow one held it back: not one step for each request since
        oldest = firstInRing();
      }
    }
  }

  private int firstInRing() {
    int least = next - oldest;
    for (Transaction place : ring) {
      if (place != null && place.live) {
        least = Math.min(least, place.hopByHopId - oldest);
      }
    }
    return oldest + least;
  }

  private Transaction place(int id) {
    Transaction place = ring[id & mask];
    if (place == null) {
      place = new Transaction();
      ring[id & mask] = place;
    }
    return place;
  }

  /**
   * Gives half the places back when hardly any was taken since the last call. A burst would else
   * leave so many places, each written again and again, that collecting garbage takes longer.
   */
  void trim() {
    boolean sparse = ring.length > FIRST_PLACES && most <= ring.length / SPARSE;
    most = pending;
    if (!sparse) {
      return;
    }
    int half = ring.length / 2;
    @Nullable Transaction[] fewer = Arrays.copyOf(ring, half);
    for (int i = 0; i < half; i++) {
      Transaction other = ring[i + half];
      if (other != null && other.live) {
        Transaction place = fewer[i];
        if (place != null && place.live) {
          return; // two slow ones that need one place: another time
        }
        fewer[i] = other;
      }
    }
    ring = fewer;
    mask = half - 1;
  }

  /** Twice the places; each transaction keeps its identifier, whose place follows from it. */
  private void grow() {
    @Nullable Transaction[] old = ring;
    ring = new @Nullable Transaction[old.length * 2];
    mask = ring.length - 1;
    for (Transaction place : old) {
      if (place != null && place.live) {
        ring[place.hopByHopId & mask] = place;
      }
    }
  }
}
