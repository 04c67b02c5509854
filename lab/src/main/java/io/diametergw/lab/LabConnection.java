package io.diametergw.lab;

import io.diametergw.wire.Framer;
import io.diametergw.wire.FramingException;
import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection that speaks Diameter: a reader and a writer, each a virtual thread.
 *
 * <p>Any thread may send. What is sent while the writer is busy goes out with its next write, so
 * that a loaded connection makes few system calls; a sender never waits for the peer to read. What
 * waits is limited to {@value #MAX_OUTBOUND_BYTES} bytes.
 */
public final class LabConnection implements AutoCloseable {
  /** Bytes that may wait to be written before {@link #send(ByteBuf)} refuses. */
  public static final int MAX_OUTBOUND_BYTES = 64 << 20;

  private static final int READ_BYTES = 128 << 10;
  private static final int KEPT_BYTES = 1 << 20;
  private static final long CLOSE_MILLIS = 1_000;

  private final Socket socket;
  private final String name;
  private final MessageLog log;
  private final Handler handler;
  private final String received;
  private final String sent;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition toWrite = lock.newCondition();
  private final Condition written = lock.newCondition();
  private final Condition resumed = lock.newCondition();
  private ByteBuf outbound = Unpooled.buffer(READ_BYTES);
  private ByteBuf spare = Unpooled.buffer(READ_BYTES);
  private boolean writing;
  private boolean paused;
  private boolean unwritable;
  private volatile boolean closed;

  /** What a node does with what arrives. Called by the connection's reader alone. */
  public interface Handler {
    /** Takes the message at {@code at} of {@code buf}, valid during the call. */
    void onMessage(LabConnection from, ByteBuf buf, int at);

    /** Everything that one read of the socket brought has been handed on. */
    default void onReadDone(LabConnection from) {}

    /** Nothing more will arrive. */
    default void onEnded(LabConnection from, Ending ending) {
      from.close();
    }
  }

  private LabConnection(Socket socket, String name, MessageLog log, Handler handler) {
    this.socket = socket;
    this.name = name;
    this.log = log;
    this.handler = handler;
    this.received = "<< " + name;
    this.sent = ">> " + name;
  }

  /**
   * Connects to {@code address}.
   *
   * @param name what the log calls this connection
   */
  public static LabConnection connect(
      InetSocketAddress address, Duration timeout, String name, MessageLog log, Handler handler)
      throws IOException {
    var socket = new Socket();
    try {
      socket.connect(address, (int) timeout.toMillis());
      return over(socket, name, log, handler);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Speaks over a socket that is connected, and owns it from now on. */
  public static LabConnection over(Socket socket, String name, MessageLog log, Handler handler)
      throws IOException {
    socket.setTcpNoDelay(true);
    var connection = new LabConnection(socket, name, log, handler);
    log.event(
        "== "
            + name
            + " connected "
            + socket.getLocalSocketAddress()
            + " to "
            + socket.getRemoteSocketAddress());
    Thread.ofVirtual().name(name + "-writer").start(connection::writeLoop);
    Thread.ofVirtual().name(name + "-reader").start(connection::readLoop);
    return connection;
  }

  /** What the log calls this connection. */
  public String name() {
    return name;
  }

  public boolean isClosed() {
    return closed;
  }

  /**
   * Sends one or more whole messages; true when they wait to be written, false when closed or over
   * the limit.
   */
  public boolean send(ByteBuf messages) {
    lock.lock();
    try {
      if (closed
          || unwritable
          || outbound.readableBytes() + messages.readableBytes() > MAX_OUTBOUND_BYTES) {
        return false;
      }
      for (int at = messages.readerIndex();
          at < messages.writerIndex();
          at += Header.messageLength(messages, at)) {
        log.message(sent, messages, at);
      }
      return append(messages);
    } finally {
      lock.unlock();
    }
  }

  /** Sends one message; true when it waits to be written, false when closed or over the limit. */
  public boolean send(LabMessage message) {
    return send(Unpooled.wrappedBuffer(message.bytes()));
  }

  /** Sends bytes that need not be a message; true when they wait to be written. */
  public boolean sendBytes(byte[] bytes) {
    lock.lock();
    try {
      if (closed || unwritable) {
        return false;
      }
      log.event(
          sent
              + " "
              + bytes.length
              + " bytes "
              + ByteBufUtil.hexDump(bytes, 0, Math.min(bytes.length, Header.LENGTH)));
      return append(Unpooled.wrappedBuffer(bytes));
    } finally {
      lock.unlock();
    }
  }

  private boolean append(ByteBuf bytes) {
    outbound.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    if (!writing) {
      toWrite.signal();
    }
    return true;
  }

  /** Waits until the system has taken everything that was sent; false when it has not by then. */
  public boolean awaitWritten(Duration timeout) {
    lock.lock();
    try {
      long left = timeout.toNanos();
      while (writing || outbound.isReadable()) {
        if (left <= 0 || closed) {
          return false;
        }
        left = written.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Stops reading, so that the peer's bytes pile up; what a read that has begun still brings is
   * kept back too.
   */
  public void stopReading() {
    pause(true);
  }

  /** Reads again. */
  public void resumeReading() {
    pause(false);
  }

  private void pause(boolean paused) {
    lock.lock();
    try {
      this.paused = paused;
      resumed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Sends FIN after what waits to be written; the peer can still be read. */
  public void shutdownOutput() {
    awaitWritten(Duration.ofMillis(CLOSE_MILLIS));
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      log.event("== " + name + " no FIN: " + e.getMessage());
    }
  }

  /** Closes with FIN after what waits to be written, or after a second. */
  @Override
  public void close() {
    awaitWritten(Duration.ofMillis(CLOSE_MILLIS));
    end("closed here");
  }

  /** Closes with RST at once; what waits is lost. */
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      log.event("== " + name + " no RST: " + e.getMessage());
    }
    end("reset here");
  }

  private void end(String how) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      log.event("== " + name + " " + how);
      toWrite.signalAll();
      written.signalAll();
      resumed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      socket.close();
    } catch (IOException e) {
      log.event("== " + name + " close: " + e.getMessage());
    }
  }

  private void readLoop() {
    var ending = Ending.FIN;
    try (var framer = new Framer(UnpooledByteBufAllocator.DEFAULT, Header.MAX_MESSAGE_LENGTH)) {
      var in = socket.getInputStream();
      byte[] chunk = new byte[READ_BYTES];
      var view = Unpooled.wrappedBuffer(chunk);
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        awaitResumed();
        framer.read(view.setIndex(0, n), this::onMessage);
        handler.onReadDone(this);
      }
      awaitResumed();
    } catch (FramingException e) {
      log.event(received + " " + e.getMessage());
      ending = Ending.BROKEN_FRAMING;
      reset();
    } catch (IOException e) {
      ending = Ending.RST;
      log.event("== " + name + " read: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      log.event("== " + name + " handler failed: " + e);
      reset();
      throw e;
    } finally {
      ending = ending != Ending.BROKEN_FRAMING && closed ? Ending.CLOSED_HERE : ending;
      log.event("== " + name + " ended: " + ending);
      handler.onEnded(this, ending);
    }
  }

  private boolean onMessage(ByteBuf buf, int at, int length) {
    log.message(received, buf, at);
    handler.onMessage(this, buf, at);
    return !closed;
  }

  private void awaitResumed() throws InterruptedException {
    lock.lock();
    try {
      while (paused && !closed) {
        resumed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void writeLoop() {
    try {
      var out = socket.getOutputStream();
      for (var batch = nextBatch(); batch != null; batch = nextBatch()) {
        out.write(batch.array(), batch.arrayOffset(), batch.readableBytes());
      }
    } catch (IOException e) {
      log.event(
          "== "
              + name
              + " write: "
              + e.getMessage()); // the reader sees the end too, and tells the handler
      discardOutbound();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What to write next, readable from index 0; null when closed. */
  private @Nullable ByteBuf nextBatch() throws InterruptedException {
    lock.lock();
    try {
      writing = false;
      if (!outbound.isReadable()) {
        written.signalAll();
      }
      while (!outbound.isReadable() && !closed) {
        toWrite.await();
      }
      if (closed) {
        return null;
      }
      var batch = outbound;
      outbound = spare.capacity() > KEPT_BYTES ? Unpooled.buffer(READ_BYTES) : spare.clear();
      spare = batch;
      writing = true;
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void discardOutbound() {
    lock.lock();
    try {
      writing = false;
      unwritable = true;
      outbound.clear();
      written.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return "LabConnection["
        + name
        + " "
        + socket.getRemoteSocketAddress()
        + (closed ? " closed" : "")
        + "]";
  }
}
