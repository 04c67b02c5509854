package io.diametergw.app;

import static io.diametergw.app.StartedGateway.PATIENCE;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.wire.CommandCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How the gateway gets to a DRA, and back to it. */
class ReconnectEffectTest {
  @Effect({
    "dra-pool.reconnect-interval",
    "dra-pool.reconnect-backoff",
    "dra-pool.max-reconnect-delay"
  })
  void pausesBetweenAttemptsGrowUpToTheLongest() {
    try (var listener = ScriptedListener.on(0);
        var _ =
            StartedGateway.start(
                "dra-pool: { reconnect-interval: 100ms, reconnect-backoff: 4, max-reconnect-delay: 1s }\n"
                    + dras(listener.port()))) {
      listener.accept(PATIENCE).reset();
      var pauses = new ArrayList<Duration>();
      for (int i = 0; i < 4; i++) {
        pauses.add(time(() -> listener.accept(PATIENCE).reset()));
      }

      // 100 ms, 400 ms, 1 s, 1 s; each 20 % more or less, and whatever a busy machine adds
      assertThat(pauses.get(0)).isBetween(Duration.ofMillis(75), Duration.ofSeconds(4));
      assertThat(pauses.get(1)).isBetween(Duration.ofMillis(315), Duration.ofSeconds(5));
      assertThat(pauses.get(2)).isBetween(Duration.ofMillis(795), Duration.ofSeconds(6));
      assertThat(pauses.get(3)).isBetween(Duration.ofMillis(795), Duration.ofSeconds(5));
    }
  }

  @Effect("dra-pool.capabilities-timeout")
  void draThatSendsNoCeaIsLeft() {
    try (var listener = ScriptedListener.on(0);
        var _ =
            StartedGateway.start(
                "dra-pool: { capabilities-timeout: 200ms }\n" + dras(listener.port()));
        var dra = listener.accept(PATIENCE)) {
      dra.expectRequest(CommandCode.CAPABILITIES_EXCHANGE);

      assertThat(time(() -> dra.expectEnd(PATIENCE)))
          .isBetween(Duration.ofMillis(100), Duration.ofSeconds(8));
    }
  }

  @Effect("dra-pool.connect-timeout")
  void connectIsGivenUp() throws Exception {
    var waiting = new ArrayList<Socket>();
    try (var full = new ServerSocket()) {
      full.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 1);
      fill(full, waiting);

      var took =
          time(() -> {
            try (var gateway =
                StartedGateway.start(
                    "dra-pool: { connect-timeout: 200ms }\n" + dras(full.getLocalPort()))) {
              gateway.awaitClosed("connect failed: connection timed out");
            }
          });

      assertThat(took).isBetween(Duration.ofMillis(200), Duration.ofMillis(4_900));
    } finally {
      for (var socket : waiting) {
        socket.close();
      }
    }
  }

  /**
   * Connects until the system lets nobody in any more: it then drops what asks for a connection
   * without a word.
   */
  private static void fill(ServerSocket listener, List<Socket> waiting) throws IOException {
    while (true) {
      var socket = new Socket();
      waiting.add(socket);
      try {
        socket.connect(listener.getLocalSocketAddress(), 300);
      } catch (SocketTimeoutException e) {
        return;
      }
    }
  }
}
