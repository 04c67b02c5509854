package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.peer.EventLoops.Transport;
import org.junit.jupiter.api.Test;

class PeerLoopTest {
  @Test
  void clockIsTheOneThatOtherThreadsRead() {
    try (var loops = new EventLoops(1, Transport.best(), "test")) {
      var loop = loops.loops().getFirst();

      long before = System.nanoTime();
      long now = loop.clockNanos();
      long after = System.nanoTime();

      assertThat(now).isBetween(before, after);
    }
  }
}
