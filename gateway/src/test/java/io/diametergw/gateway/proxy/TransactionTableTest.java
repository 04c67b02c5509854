package io.diametergw.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionTableTest {
  private static final int CAPACITY = 10_000;

  private final List<Integer> expired = new ArrayList<>();

  private static Transaction begin(TransactionTable table, int endToEndId, long receivedNanos) {
    var transaction = table.begin();
    transaction.endToEndId = endToEndId;
    transaction.receivedNanos = receivedNanos;
    transaction.sentNanos = receivedNanos;
    return transaction;
  }

  private void expire(TransactionTable table, long limitNanos) {
    table.expire(
        limitNanos,
        transaction -> {
          expired.add(transaction.endToEndId);
          table.remove(transaction);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 0x7FFFFFF0, -10, -1})
  @DisplayName("CONF-HDR-18 CONF-HDR-21 identifiers are unique and found, also across the wrap")
  void identifiersAreUniqueAcrossTheWrap(int first) {
    var table = new TransactionTable(CAPACITY, first);
    var pending = new ArrayList<Transaction>();
    var ids = new HashSet<Integer>();
    for (int i = 0; i < 1_000; i++) {
      pending.add(begin(table, i, i));
      assertThat(ids.add(pending.getLast().hopByHopId)).isTrue();
    }

    for (int i = 0; i < 1_000; i++) {
      assertThat(table.find(pending.get(i).hopByHopId, i)).isSameAs(pending.get(i));
      assertThat(table.find(pending.get(i).hopByHopId, i + 1)).isNull();
    }
    var order = new ArrayList<Integer>();
    table.forEach(transaction -> order.add(transaction.endToEndId));
    assertThat(order).isSorted().hasSize(1_000);
    expire(table, 500);
    assertThat(expired).hasSize(500).isSorted();
    assertThat(table.pending()).isEqualTo(500);
  }

  @Test
  void slowOneIsPassedOver() {
    var table = new TransactionTable(CAPACITY, -100);
    var slow = begin(table, -1, 0);
    int slowId = slow.hopByHopId;

    for (int i = 0; i < 100_000; i++) {
      var quick = begin(table, i, i);
      assertThat(quick).isNotSameAs(slow);
      assertThat(table.find(quick.hopByHopId, i)).isSameAs(quick);
      table.remove(quick);
    }

    assertThat(table.find(slowId, -1)).isSameAs(slow);
    begin(table, 7, 200_000);
    expire(table, 200_000);
    assertThat(expired).containsExactly(-1);
    assertThat(table.find(slowId, -1)).isNull();
    expire(table, 200_001);
    assertThat(expired).containsExactly(-1, 7);
  }

  @Test
  void burstsPlacesAreGivenBack() {
    var table = new TransactionTable(CAPACITY, 3);
    var burst = new ArrayList<Transaction>();
    for (int i = 0; i < CAPACITY; i++) {
      burst.add(begin(table, i, 0));
    }
    burst.forEach(table::remove);
    for (int i = 0; i < 20; i++) {
      table.trim();
      table.remove(begin(table, i, 0));
    }

    Set<Transaction> used = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < CAPACITY; i++) {
      var transaction = begin(table, i, 0);
      used.add(transaction);
      table.remove(transaction);
    }

    assertThat(used).hasSizeLessThan(100);
  }

  @Test
  void answeredIdentifierIsNotFoundAgain() {
    var table = new TransactionTable(CAPACITY, 1);
    var transaction = begin(table, 5, 0);
    int id = transaction.hopByHopId;

    table.remove(transaction);

    assertThat(table.find(id, 5)).isNull();
    for (int i = 0; i < 500; i++) {
      table.remove(begin(table, 5, 0));
      assertThat(table.find(id, 5)).isNull();
    }
  }

  @Test
  void isFullAtItsCapacity() {
    var table = new TransactionTable(3, 1);
    begin(table, 1, 0);
    begin(table, 2, 0);
    assertThat(table.isFull()).isFalse();

    var third = begin(table, 3, 0);

    assertThat(table.isFull()).isTrue();
    table.remove(third);
    assertThat(table.isFull()).isFalse();
  }

  @Test
  void movedOnesExpireInTimeToo() {
    var table = new TransactionTable(CAPACITY, 1);
    begin(table, 1, 100);
    var moved = begin(table, 2, 10);
    table.markMoved(moved);
    begin(table, 3, 101);

    expire(table, 50);
    assertThat(expired).containsExactly(2);

    expire(table, 200);
    assertThat(expired).containsExactly(2, 1, 3);
    assertThat(table.pending()).isZero();
  }

  @Test
  void randomLifeKeepsEveryTransaction() {
    long seed = 42;
    var random = new SplittableRandom(seed);
    var table = new TransactionTable(CAPACITY, random.nextInt());
    var pending = new ArrayList<Transaction>();
    for (int i = 0; i < 400_000; i++) {
      int most = i / 20_000 % 2 == 0 ? 3_000 : 20; // bursts, and little after each
      boolean more = pending.size() < 2 || (pending.size() < most && random.nextInt(100) < 60);
      if (more) {
        pending.add(begin(table, i, i));
      } else {
        int at = random.nextInt(pending.size());
        var ended = pending.set(at, pending.getLast());
        pending.removeLast();
        assertThat(table.find(ended.hopByHopId, ended.endToEndId)).isSameAs(ended);
        table.remove(ended);
      }
      if (i % 1_000 == 0) {
        table.trim();
        assertThat(table.pendingIds())
            .as("seed " + seed)
            .containsExactly(
                pending.stream()
                    .sorted(Comparator.comparingLong(t -> t.sentNanos))
                    .mapToInt(t -> t.hopByHopId)
                    .toArray());
      }
    }
    assertThat(table.pending()).isEqualTo(pending.size());
  }
}
