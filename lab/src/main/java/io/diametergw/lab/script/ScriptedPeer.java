package io.diametergw.lab.script;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabConnection;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.MessageLog;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection, played by a test line by line. It answers nothing by itself.
 *
 * <p>Every AssertionError it throws carries the log of both directions. Messages are taken in the
 * order in which they came; the expectations are for one thread.
 */
public final class ScriptedPeer implements AutoCloseable {
  /** How long the expectations without a timeout of their own wait. */
  public static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final long BETWEEN_CHUNKS_NANOS = 200_000;

  private final MessageLog log = new MessageLog();
  private final BlockingDeque<Arrival> arrivals = new LinkedBlockingDeque<>();
  private final Deque<LabMessage> setAside = new ArrayDeque<>();
  private final LabConnection connection;

  private sealed interface Arrival {
    record Message(LabMessage message) implements Arrival {}

    record Ended(Ending ending) implements Arrival {}
  }

  private final class Reader implements LabConnection.Handler {
    @Override
    public void onMessage(LabConnection from, ByteBuf buf, int at) {
      arrivals.add(new Arrival.Message(LabMessage.copyOf(buf, at)));
    }

    @Override
    public void onEnded(LabConnection from, Ending ending) {
      arrivals.add(
          new Arrival.Ended(ending)); // our direction stays open until the script closes it
    }
  }

  private ScriptedPeer(Socket socket) throws IOException {
    connection = LabConnection.over(socket, "peer", log, new Reader());
  }

  /** Connects to a port of the loopback address. */
  public static ScriptedPeer connect(int port) {
    return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /** Connects to {@code address}. */
  public static ScriptedPeer connect(InetSocketAddress address) {
    try {
      var socket = new Socket();
      socket.connect(address, (int) PATIENCE.toMillis());
      return over(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Connects where every connection is ended at once, expects that, and returns how it ended. The
   * RST may be there before the connect has returned.
   */
  public static Ending connectToEnd(int port) {
    try (var peer = connect(port)) {
      return peer.expectEnd(PATIENCE);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof SocketException && !(e.getCause() instanceof ConnectException)) {
        return Ending.RST;
      }
      throw e;
    }
  }

  /** Plays over a socket that is connected, and owns it from now on. */
  public static ScriptedPeer over(Socket socket) {
    try {
      return new ScriptedPeer(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends one message. */
  public void send(LabMessage message) {
    send(connection.send(message));
  }

  /** Sends bytes that need not be a message. */
  public void send(byte[] bytes) {
    send(connection.sendBytes(bytes));
  }

  /** Sends the bytes of these hexadecimal digits; white space between them is ignored. */
  public void send(String hex) {
    send(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
  }

  private void send(boolean accepted) {
    if (!accepted) {
      throw failure("expected an open connection to send on but it is closed");
    }
  }

  /**
   * Sends bytes in segments of these sizes, the last size again and again until the end.
   *
   * @param chunkSizes bytes per segment, each above 0; none means 1
   */
  public void sendSplit(byte[] bytes, int... chunkSizes) {
    int chunk = 0;
    for (int at = 0; at < bytes.length; chunk++) {
      int size = chunkSizes.length == 0 ? 1 : chunkSizes[Math.min(chunk, chunkSizes.length - 1)];
      int end = Math.min(bytes.length, at + size);
      send(java.util.Arrays.copyOfRange(bytes, at, end));
      if (!connection.awaitWritten(PATIENCE)) {
        throw failure("expected the peer to read within " + PATIENCE + " but it did not");
      }
      LockSupport.parkNanos(BETWEEN_CHUNKS_NANOS);
      at = end;
    }
  }

  /**
   * Waits until the system has taken what was sent; false when the peer's and our buffers are full.
   */
  public boolean awaitWritten(Duration timeout) {
    return connection.awaitWritten(timeout);
  }

  /** The next message. An AssertionError when the connection ends or none comes in time. */
  public LabMessage expectMessage(Duration timeout) {
    var aside = setAside.poll();
    if (aside != null) {
      return aside;
    }
    return switch (next(timeout)) {
      case Arrival.Message(LabMessage message) -> message;
      case Arrival.Ended(Ending ending) ->
          throw failure("expected a message but the connection ended: " + ending);
      case null -> throw failure("expected a message within " + timeout + " but none came");
    };
  }

  /** The next message, waited for {@link #PATIENCE}. */
  public LabMessage expectMessage() {
    return expectMessage(PATIENCE);
  }

  /** The next message, which must be a request of this command. */
  public LabMessage expectRequest(int commandCode) {
    return expect(commandCode, true);
  }

  /** The next message, which must be an answer of this command. */
  public LabMessage expectAnswer(int commandCode) {
    return expect(commandCode, false);
  }

  private LabMessage expect(int commandCode, boolean request) {
    var message = expectMessage();
    if (message.commandCode() != commandCode || message.isRequest() != request) {
      throw failure(
          "expected "
              + (request ? "a request " : "an answer ")
              + commandCode
              + " but was "
              + message);
    }
    return message;
  }

  /** Waits that long, and fails when a message comes or the connection ends. */
  public void expectNothing(Duration timeout) {
    var arrival = setAside.isEmpty() ? next(timeout) : new Arrival.Message(setAside.remove());
    if (arrival != null) {
      throw failure("expected nothing for " + timeout + " but there was " + arrival);
    }
  }

  /** The peer's FIN is next, within {@link #PATIENCE}; returns how long it took. */
  public Duration expectClosed() {
    return expectEnding(Ending.FIN);
  }

  /** The peer's RST is next, within {@link #PATIENCE}; returns how long it took. */
  public Duration expectReset() {
    return expectEnding(Ending.RST);
  }

  private Duration expectEnding(Ending expected) {
    long start = System.nanoTime();
    var arrival = setAside.isEmpty() ? next(PATIENCE) : new Arrival.Message(setAside.remove());
    if (!(arrival instanceof Arrival.Ended(Ending ending)) || ending != expected) {
      throw failure("expected " + expected + " within " + PATIENCE + " but there was " + arrival);
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** The connection's end is next, by FIN or RST, within this time; returns which. */
  public Ending expectEnd(Duration timeout) {
    var arrival = setAside.isEmpty() ? next(timeout) : new Arrival.Message(setAside.remove());
    if (arrival instanceof Arrival.Ended(Ending ending)) {
      return ending;
    }
    throw failure(
        "expected the end of the connection within " + timeout + " but there was " + arrival);
  }

  private @Nullable Arrival next(Duration timeout) {
    try {
      return arrivals.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("interrupted");
    }
  }

  /** As the side that connected: sends a CER of {@code node}, expects CEA 2001 and returns it. */
  public LabMessage sendCer(LabNode node) {
    send(BaseMessages.cer(node));
    return success(expectAnswer(CommandCode.CAPABILITIES_EXCHANGE));
  }

  /**
   * As the side that accepted: expects a CER, answers it with CEA 2001 of {@code node} and returns
   * the CER.
   */
  public LabMessage answerCer(LabNode node) {
    var cer = expectRequest(CommandCode.CAPABILITIES_EXCHANGE);
    send(BaseMessages.cea(node, cer, ResultCode.SUCCESS.code()));
    return cer;
  }

  /**
   * Sends a DWR of {@code node}, expects DWA 2001 and returns it. Messages that come before it stay
   * to be expected.
   */
  public LabMessage sendDwr(LabNode node) {
    var dwr = BaseMessages.dwr(node);
    send(dwr);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    var passed = new ArrayDeque<>(setAside);
    setAside.clear();
    while (true) {
      var message = expectMessage(Duration.ofNanos(deadline - System.nanoTime()));
      if (message.commandCode() == CommandCode.DEVICE_WATCHDOG && !message.isRequest()) {
        setAside.addAll(passed);
        return success(message);
      }
      passed.add(message);
    }
  }

  /**
   * Sends a DPR of {@code node} with this Disconnect-Cause, expects DPA 2001, closes as its
   * receiver does, and returns it.
   */
  public LabMessage sendDpr(LabNode node, int cause) {
    send(BaseMessages.dpr(node, cause));
    var dpa = success(expectAnswer(CommandCode.DISCONNECT_PEER));
    close();
    return dpa;
  }

  private LabMessage success(LabMessage answer) {
    if (answer.resultCode() != ResultCode.SUCCESS.code()) {
      throw failure("expected Result-Code 2001 but was " + answer);
    }
    return answer;
  }

  /** Stops reading, so that what the peer sends piles up. */
  public void stopReading() {
    connection.stopReading();
  }

  /** Reads again. */
  public void resumeReading() {
    connection.resumeReading();
  }

  /** Sends FIN; the peer can still be read. */
  public void shutdownOutput() {
    connection.shutdownOutput();
  }

  /** Closes with RST. */
  public void reset() {
    connection.reset();
  }

  /** Closes with FIN. */
  @Override
  public void close() {
    connection.close();
  }

  /** Both directions so far, one line each. */
  public String log() {
    return log.toString();
  }

  private AssertionError failure(String what) {
    return new AssertionError(what + "\n" + log);
  }

  @Override
  public String toString() {
    return "ScriptedPeer[" + connection + "]";
  }
}
