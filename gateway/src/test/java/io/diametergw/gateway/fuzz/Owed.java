package io.diametergw.gateway.fuzz;

import io.diametergw.gateway.fuzz.Campaign.Case;
import io.diametergw.lab.LabMessage;
import io.diametergw.wire.Header;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The answers that a connection is owed: one for each request, and no other. */
final class Owed {
  private record Key(int hopByHopId, int endToEndId, int commandCode, int applicationId) {
    static Key of(LabMessage m) {
      return new Key(m.hopByHopId(), m.endToEndId(), m.commandCode(), m.applicationId());
    }
  }

  private final Map<Key, Deque<Case>> answers = new HashMap<>();
  private int count;

  Owed expect(LabMessage request, Case of) {
    answers.computeIfAbsent(Key.of(request), _ -> new ArrayDeque<>()).add(of);
    count++;
    return this;
  }

  /** Takes an answer off, which has to be well-formed, and returns the case that it belongs to. */
  Case take(LabMessage answer) {
    assertWellFormed(answer);
    Deque<Case> asked = answers.get(Key.of(answer));
    if (asked == null) {
      throw new AssertionError("an answer to no request, or a second one: " + answer);
    }
    Case of = asked.remove();
    if (asked.isEmpty()) {
      answers.remove(Key.of(answer));
    }
    count--;
    return of;
  }

  boolean isSettled() {
    return count == 0;
  }

  /** Those that are still waited for. */
  List<Case> cases() {
    return answers.values().stream().flatMap(Collection::stream).distinct().toList();
  }

  void forget() {
    answers.clear();
    count = 0;
  }

  private static void assertWellFormed(LabMessage answer) {
    int never = Header.REQUEST | Header.RETRANSMITTED | Header.RESERVED_FLAGS;
    if (answer.version() != Header.VERSION || (answer.flags() & never) != 0) {
      throw new AssertionError("expected version 1, and R, T and reserved flags clear: " + answer);
    }
    if (answer.isMalformed()) {
      throw new AssertionError("the AVPs of an answer do not fill it: " + answer);
    }
  }
}
