package io.diametergw.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentityTest {
  @ParameterizedTest
  @CsvSource({
    "dra1.example.com, dra1.example.com, true",
    "dra1.example.com, DRA1.Example.COM, true",
    "DRA1.example.com, dra1.example.com, true",
    "dra1.example.com, dra2.example.com, false",
    "dra1.example.com, dra1.example.co, false",
    "dra1.example.com, xdra1.example.com, false",
    "a[b, a{b, false", // not letters, though they differ in the bit that letters' case is
    "é.example.com, É.example.com, false",
    "é.example.com, é.EXAMPLE.com, true",
    "'', '', true",
    "a, '', false"
  })
  void comparesWithoutAsciiCase(String name, String received, boolean same) {
    var identity = Identity.of(name);
    byte[] bytes = received.getBytes(StandardCharsets.UTF_8);
    ByteBuf buf = Unpooled.buffer().writeInt(0x7A7A7A7A).writeBytes(bytes).writeInt(0x7A7A7A7A);

    assertThat(identity.matches(buf, 4, bytes.length)).isEqualTo(same);
    assertThat(identity.equals(Identity.of(received))).isEqualTo(same);
    assertThat(Identity.hash(buf, 4, bytes.length) == identity.hashCode()).isEqualTo(same);
  }

  @Test
  void theNameIsKeptAsWritten() {
    var identity = Identity.of("DRA1.Example.com");

    assertThat(identity.name()).isEqualTo("DRA1.Example.com");
    assertThat(identity.key()).isEqualTo("dra1.example.com");
    assertThat(new String(identity.bytes(), StandardCharsets.UTF_8)).isEqualTo("DRA1.Example.com");
    assertThat(identity.lengthBytes()).isEqualTo(16);
  }
}
