package io.diametergw.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.wire.Identity;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IdentityMapTest {
  private static @Nullable String find(IdentityMap<String> map, String name) {
    byte[] bytes = ("xx" + name + "y").getBytes(StandardCharsets.UTF_8);
    return map.find(Unpooled.wrappedBuffer(bytes), 2, bytes.length - 3);
  }

  @Test
  void findsEachOfManyAndNoOther() {
    var values = new HashMap<Identity, String>();
    for (int i = 0; i < 1_000; i++) {
      values.put(Identity.of("host" + i + ".test"), "value" + i);
    }

    var map = new IdentityMap<>(values);

    for (int i = 0; i < 1_000; i++) {
      assertThat(find(map, "HOST" + i + ".Test")).isEqualTo("value" + i);
      assertThat(find(map, "host" + i + ".tes")).isNull();
    }
  }

  @Test
  void emptyMapFindsNothing() {
    assertThat(find(new IdentityMap<>(Map.of()), "")).isNull();
    assertThat(find(new IdentityMap<>(Map.of()), "host.test")).isNull();
  }
}
