package io.diametergw.lab.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Accepts the connections that scripted peers play one side of. */
public final class ScriptedListener implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocket socket;

  private ScriptedListener(ServerSocket socket) {
    this.socket = socket;
  }

  /** Listens on a port of the loopback address; 0 lets the system choose. */
  public static ScriptedListener on(int port) {
    try {
      var socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
      return new ScriptedListener(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return socket.getLocalPort();
  }

  /** The next connection. An AssertionError when there is none in time. */
  public ScriptedPeer accept(Duration timeout) {
    try {
      socket.setSoTimeout(Math.max(1, (int) timeout.toMillis()));
      return ScriptedPeer.over(socket.accept());
    } catch (SocketTimeoutException e) {
      throw new AssertionError(
          "expected a connection to port " + port() + " within " + timeout + " but there was none",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits that long, and fails when somebody connects. */
  public void expectNoConnection(Duration timeout) {
    try {
      socket.setSoTimeout(Math.max(1, (int) timeout.toMillis()));
      var accepted = socket.accept();
      accepted.close();
      throw new AssertionError(
          "expected no connection to port "
              + port()
              + " but one came from "
              + accepted.getRemoteSocketAddress());
    } catch (SocketTimeoutException e) {
      return; // as it should be
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
