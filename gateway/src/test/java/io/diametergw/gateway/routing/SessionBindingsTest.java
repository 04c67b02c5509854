package io.diametergw.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SessionBindingsTest {
  private static final long NOW = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);

  private final SessionBindings bindings = new SessionBindings(4_096);
  private final SplittableRandom random = new SplittableRandom(1);

  @Test
  void lastConnectionCounts() {
    long session = random.nextLong();
    for (int i = 1; i <= 200; i++) { // in the waiting list and beyond
      bindings.remember(session, i, NOW);
      assertThat(bindings.connectionOf(session, NOW)).isEqualTo(i);
    }
  }

  @Test
  void manySessionsAreKeptApart() {
    long[] sessions = random.longs(1_000).toArray();
    for (int i = 0; i < sessions.length; i++) {
      bindings.remember(sessions[i], i + 1, NOW);
    }

    int found = 0;
    for (int i = 0; i < sessions.length; i++) {
      int connection = bindings.connectionOf(sessions[i], NOW);
      assertThat(connection).isIn(0, i + 1);
      found += connection == 0 ? 0 : 1;
    }
    assertThat(found).isGreaterThan(950);
  }

  @Test
  void unknownSessionHasNone() {
    assertThat(bindings.connectionOf(random.nextLong(), NOW)).isZero();
  }

  @Test
  void bindingEndsAfterAnHour() {
    long session = random.nextLong();
    bindings.remember(session, 7, NOW);

    assertThat(bindings.connectionOf(session, NOW + TimeUnit.SECONDS.toNanos(3_599))).isEqualTo(7);
    assertThat(bindings.connectionOf(session, NOW + TimeUnit.SECONDS.toNanos(3_602))).isZero();
  }

  @Test
  void oldestGivesWay() {
    long set = 0x1234L << 20;
    for (int i = 1; i <= 5; i++) { // one more than a set holds
      bindings.remember(set | i, i, NOW + TimeUnit.SECONDS.toNanos(i));
    }
    for (int i = 0; i < 64; i++) { // brings what waits into the sets
      bindings.remember(0x4321L << 20 | 1, 99, NOW);
    }

    assertThat(bindings.connectionOf(set | 1, NOW)).isZero();
    for (int i = 2; i <= 5; i++) {
      assertThat(bindings.connectionOf(set | i, NOW)).isEqualTo(i);
    }
  }

  @Test
  void newestOfTwoTablesIsTheGreater() {
    var other = new SessionBindings(4_096);
    long session = random.nextLong();
    bindings.remember(session, 9, NOW);
    other.remember(session, 3, NOW + TimeUnit.SECONDS.toNanos(2));

    assertThat(other.newest(session, NOW)).isGreaterThan(bindings.newest(session, NOW));
    assertThat((int) other.newest(session, NOW)).isEqualTo(3);
  }
}
