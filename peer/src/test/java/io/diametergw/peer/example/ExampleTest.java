package io.diametergw.peer.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class ExampleTest {
  @Test
  void clientGetsItsAnswer() throws Exception {
    try (var server = ExampleServer.start()) {
      int port =
          server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).getPort();

      assertThat(ExampleClient.ask("localhost", port)).isEqualTo(2001);
    }
  }
}
