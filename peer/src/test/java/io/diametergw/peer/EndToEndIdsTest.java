package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EndToEndIdsTest {
  @Test
  @DisplayName("CONF-HDR-20 identifiers of one run differ from each other")
  void noneRepeats() {
    var seen = new HashSet<Integer>();

    for (int i = 0; i < 100_000; i++) {
      assertThat(seen.add(EndToEndIds.next())).isTrue();
    }
  }

  @Test
  @DisplayName(
      "CONF-HDR-20 the high 12 bits are the time in seconds, so that a restart does not repeat them")
  void highBitsAreTheTime() {
    int before = (int) (System.currentTimeMillis() / 1000) & 0xFFF;

    int time = EndToEndIds.next() >>> 20;

    int after = (int) (System.currentTimeMillis() / 1000) & 0xFFF;
    assertThat(time).isIn(before, after);
  }
}
