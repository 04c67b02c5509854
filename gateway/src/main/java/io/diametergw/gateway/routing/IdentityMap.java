package io.diametergw.gateway.routing;

import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds a value by a DiameterIdentity where it stands in a message, without making an object.
 * Immutable.
 */
final class IdentityMap<V> {
  private record Entry<V>(Identity key, V value) {}

  private final List<@Nullable Entry<V>> entries;
  private final int mask;

  IdentityMap(Map<Identity, V> values) {
    int size = Integer.highestOneBit(Math.max(1, values.size()) * 2) * 2;
    var places = new ArrayList<@Nullable Entry<V>>(size);
    for (int i = 0; i < size; i++) {
      places.add(null);
    }
    mask = size - 1;
    values.forEach((identity, value) -> {
      int i = spread(identity.hashCode()) & mask;
      while (places.get(i) != null) {
        i = i + 1 & mask;
      }
      places.set(i, new Entry<>(identity, value));
    });
    entries = places;
  }

  /** The value of the identity {@code buf[at, at + length)}, or null. */
  @Nullable V find(ByteBuf buf, int at, int length) {
    int i = spread(Identity.hash(buf, at, length)) & mask;
    Entry<V> entry = entries.get(i);
    while (entry != null && !entry.key.matches(buf, at, length)) {
      i = i + 1 & mask;
      entry = entries.get(i);
    }
    return entry == null ? null : entry.value;
  }

  private static int spread(int hash) {
    return hash ^ hash >>> 16;
  }
}
