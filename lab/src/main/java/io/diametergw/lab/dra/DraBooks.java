package io.diametergw.lab.dra;

import static java.util.Objects.requireNonNull;

import io.diametergw.lab.LabMessage;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SimulatedDra} has seen, over all its connections and lives. Written by every
 * connection's reader.
 */
final class DraBooks {
  private final Map<DraCounter, LongAdder> counters = new EnumMap<>(DraCounter.class);
  private final Map<Integer, LongAdder> byCommand = new ConcurrentHashMap<>();
  private final Map<Integer, LongAdder> pushResults = new ConcurrentHashMap<>();
  private final AtomicLong requestNumber = new AtomicLong();
  private final SeenRequests seen = new SeenRequests();
  private final Deque<LabMessage> kept = new ArrayDeque<>();
  private volatile @Nullable Identity lastRouteRecord;

  DraBooks() {
    for (var counter : DraCounter.values()) {
      counters.put(counter, new LongAdder());
    }
  }

  void add(DraCounter counter) {
    adder(counter).increment();
  }

  void addIf(boolean condition, DraCounter counter) {
    if (condition) {
      add(counter);
    }
  }

  long count(DraCounter counter) {
    return adder(counter).sum();
  }

  private LongAdder adder(DraCounter counter) {
    return requireNonNull(counters.get(counter));
  }

  Map<DraCounter, Long> counts() {
    var counts = new EnumMap<DraCounter, Long>(DraCounter.class);
    for (var counter : DraCounter.values()) {
      counts.put(counter, count(counter));
    }
    return counts;
  }

  /**
   * Counts a request, keeps a copy of it among the last {@code keep}, and returns its number: 1 for
   * the first.
   */
  long request(ByteBuf buf, int at, int keep) {
    add(DraCounter.REQUESTS);
    addIf((Header.flags(buf, at) & Header.RETRANSMITTED) != 0, DraCounter.RETRANSMITTED);
    byCommand.computeIfAbsent(Header.commandCode(buf, at), _ -> new LongAdder()).increment();
    if (keep > 0) {
      var message = LabMessage.copyOf(buf, at);
      synchronized (kept) {
        while (kept.size() >= keep) {
          kept.remove();
        }
        kept.add(message);
      }
    }
    return requestNumber.incrementAndGet();
  }

  void origin(int originHostHash, int endToEndId) {
    addIf(
        seen.seen((long) originHostHash << 32 | (endToEndId & 0xFFFFFFFFL)), DraCounter.DUPLICATES);
  }

  void routeRecord(AvpCursor cursor) {
    var last = lastRouteRecord;
    if (last == null || !cursor.identityEquals(last)) {
      lastRouteRecord = Identity.of(cursor.text());
    }
  }

  void pushAnswered(int resultCode) {
    add(DraCounter.PUSH_ANSWERED);
    pushResults.computeIfAbsent(resultCode, _ -> new LongAdder()).increment();
  }

  Map<Integer, Long> requestsByCommand() {
    return sums(byCommand);
  }

  Map<Integer, Long> pushResults() {
    return sums(pushResults);
  }

  List<LabMessage> requests() {
    synchronized (kept) {
      return List.copyOf(kept);
    }
  }

  @Nullable String lastRouteRecord() {
    var last = lastRouteRecord;
    return last == null ? null : last.name();
  }

  private static Map<Integer, Long> sums(Map<Integer, LongAdder> adders) {
    var sums = new TreeMap<Integer, Long>();
    adders.forEach((key, adder) -> sums.put(key, adder.sum()));
    return sums;
  }
}
