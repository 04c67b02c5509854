package io.diametergw.app.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for programs that cannot be told to take one from the system. */
public final class Ports {
  private static final int LOWEST_PORT = 10_000;
  private static final int HIGHEST_PORT = 32_000;
  private static final int PORT_ATTEMPTS = 20;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet(); // each once in a JVM

  private Ports() {}

  /**
   * A port that nobody listens on, below those that systems lend to outgoing connections: a process
   * that is started again finds it free.
   */
  public static int free() {
    for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
      if (GIVEN.add(port)
          && isFree(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port))) {
        return port;
      }
    }
    throw new AssertionError("no free port");
  }

  private static boolean isFree(InetSocketAddress address) {
    try (var socket = new ServerSocket()) {
      socket.bind(address);
      return true;
    } catch (BindException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
