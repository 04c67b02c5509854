package io.diametergw.gateway.fuzz;

import io.diametergw.lab.Ending;
import io.diametergw.lab.LabMessage;
import io.diametergw.wire.Header;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A connection that takes any bytes, as cheaply as tens of thousands of them need. What comes from
 * the gateway must be whole messages. Used by one thread.
 */
final class RawConnection implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  private final Socket socket;
  private final ByteArrayOutputStream toSend = new ByteArrayOutputStream();
  private byte[] received = new byte[1 << 16];
  private int from;
  private int to;
  private @Nullable Ending ending;

  private RawConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  static RawConnection to(int port) {
    try {
      return over(new Socket(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RawConnection over(Socket socket) throws IOException {
    return new RawConnection(socket);
  }

  /** Waits without end: for the side that only answers. */
  RawConnection patient() throws IOException {
    socket.setSoTimeout(0);
    return this;
  }

  /** Bytes that leave with the next {@link #flush} or before the next read that waits. */
  RawConnection send(byte[] bytes) {
    toSend.writeBytes(bytes);
    return this;
  }

  RawConnection flush() {
    try {
      toSend.writeTo(socket.getOutputStream());
    } catch (IOException e) {
      ending = Ending.RST;
    } finally {
      toSend.reset();
    }
    return this;
  }

  /** The next message; null at the end of the connection. */
  @Nullable LabMessage next() {
    while (true) {
      if (to - from >= 4) {
        int length = length();
        if (length <= to - from) {
          from += length;
          return LabMessage.of(Arrays.copyOfRange(received, from - length, from));
        }
      }
      flush();
      if (!readMore()) {
        return null;
      }
    }
  }

  private int length() {
    int length =
        (received[from + 1] & 0xFF) << 16
            | (received[from + 2] & 0xFF) << 8
            | received[from + 3] & 0xFF;
    if (received[from] != Header.VERSION || length < Header.LENGTH || length % 4 != 0) {
      throw new AssertionError(
          "the gateway sent version " + received[from] + " and Message Length " + length);
    }
    return length;
  }

  private boolean readMore() {
    System.arraycopy(received, from, received, 0, to - from);
    to -= from;
    from = 0;
    if (to == received.length) {
      received = Arrays.copyOf(received, 2 * to);
    }
    try {
      int count = socket.getInputStream().read(received, to, received.length - to);
      if (count < 0) {
        ending = Ending.FIN;
        if (to != 0) {
          throw new AssertionError("the gateway ended the connection within a message");
        }
        return false;
      }
      to += count;
      return true;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("nothing came in " + PATIENCE_MILLIS + " ms", e);
    } catch (IOException e) {
      ending = Ending.RST;
      return false;
    }
  }

  /** How it ended, once {@link #next} was null. */
  @Nullable Ending ending() {
    return ending;
  }

  /** Ends it with RST, which leaves nothing behind in either system. */
  @Override
  public void close() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
