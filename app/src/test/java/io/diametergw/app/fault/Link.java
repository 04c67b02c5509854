package io.diametergw.app.fault;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Framer;
import io.diametergw.wire.FramingException;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link Crowd}. It answers DWR and DPR; what else comes is its listener's. Its
 * methods are for the crowd's thread.
 */
final class Link {
  private final SocketChannel channel;
  private final Framer framer =
      new Framer(UnpooledByteBufAllocator.DEFAULT, Header.MAX_MESSAGE_LENGTH);
  private final Deque<ByteBuffer> waiting = new ArrayDeque<>();
  private final long begunNanos = System.nanoTime();
  private final BiConsumer<Link, LabMessage> listener;
  private @Nullable LabNode node;
  private @Nullable SelectionKey key;
  private Consumer<Link> onOpen = _ -> {};
  private boolean connected;
  private long connectedNanos;
  private long openNanos;
  private long endedNanos;
  private @Nullable Ending ending;

  Link(SocketChannel channel, BiConsumer<Link, LabMessage> listener) {
    this.channel = channel;
    this.listener = listener;
  }

  void attach(SelectionKey key) {
    this.key = key;
  }

  /** When it was begun. */
  long begunNanos() {
    return begunNanos;
  }

  /** When TCP had connected; 0 before. */
  long connectedNanos() {
    return connectedNanos;
  }

  /** When the CEA with 2001 came; 0 before. */
  long openNanos() {
    return openNanos;
  }

  /** When it ended; 0 before. */
  long endedNanos() {
    return endedNanos;
  }

  boolean isOpen() {
    return openNanos != 0 && ending == null;
  }

  boolean hasEnded() {
    return ending != null;
  }

  /** How it ended; null before. */
  @Nullable Ending ending() {
    return ending;
  }

  /** Whether the gateway has not taken all that was sent. */
  boolean isBlocked() {
    return !waiting.isEmpty();
  }

  /** Our port. */
  int port() {
    return channel.socket().getLocalPort();
  }

  /** Sends a CER of that node; {@code onOpen} hears of the CEA with 2001. */
  Link hello(LabNode node, Consumer<Link> onOpen) {
    this.node = node;
    this.onOpen = onOpen;
    send(BaseMessages.cer(node).bytes());
    return this;
  }

  /** Sends these bytes, as soon as it is connected. */
  void send(byte[] bytes) {
    if (ending == null) {
      waiting.add(ByteBuffer.wrap(bytes));
      write();
    }
  }

  /** Reads no more. */
  void stopReading() {
    interest(SelectionKey.OP_READ, false);
  }

  /** Sends DPR and closes when the DPA has come. */
  void disconnect() {
    var self = node;
    if (self != null) {
      send(BaseMessages.dpr(self, BaseMessages.REBOOTING).bytes());
    }
  }

  /** Sends FIN and still reads. */
  void shutdownOutput() {
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      end(Ending.RST);
    }
  }

  /** Closes with RST. */
  void reset() {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // it is closed already
    }
    end(Ending.CLOSED_HERE);
  }

  /** The socket can be connected, read or written. */
  void ready(ByteBuffer readBuffer, ByteBuf readView) {
    var current = key;
    if (current == null || ending != null) {
      return;
    }
    try {
      if (!connected && channel.finishConnect()) {
        connected = true;
        connectedNanos = System.nanoTime();
        interest(SelectionKey.OP_CONNECT, false);
        write();
      }
      if (current.isValid() && current.isReadable()) {
        read(readBuffer, readView);
      }
      if (current.isValid() && current.isWritable()) {
        write();
      }
    } catch (IOException e) {
      end(Ending.RST);
    }
  }

  private void read(ByteBuffer buffer, ByteBuf view) throws IOException {
    int count = channel.read(buffer.clear());
    if (count < 0) {
      end(Ending.FIN);
      return;
    }
    try {
      framer.read(view.setIndex(0, count), this::onMessage);
    } catch (FramingException e) {
      end(Ending.BROKEN_FRAMING);
    }
  }

  private boolean onMessage(ByteBuf buf, int at, int length) {
    var message = LabMessage.copyOf(buf, at);
    var self = node;
    if (self == null || message.applicationId() != 0) {
      listener.accept(this, message);
    } else if (message.commandCode() == CommandCode.CAPABILITIES_EXCHANGE) {
      if (ResultCode.isSuccess(message.resultCode())) {
        openNanos = System.nanoTime();
        onOpen.accept(this);
      }
    } else if (message.commandCode() == CommandCode.DISCONNECT_PEER) {
      if (message.isRequest()) {
        send(BaseMessages.dpa(self, message).bytes());
      } else {
        end(Ending.CLOSED_HERE);
      }
    } else if (message.isRequest()) {
      send(BaseMessages.dwa(self, message).bytes());
    }
    return ending == null;
  }

  private void write() {
    if (!connected) {
      return;
    }
    try {
      for (var next = waiting.peek(); next != null; next = waiting.peek()) {
        channel.write(next);
        if (next.hasRemaining()) {
          interest(SelectionKey.OP_WRITE, true);
          return;
        }
        waiting.poll();
      }
      interest(SelectionKey.OP_WRITE, false);
    } catch (IOException e) {
      end(Ending.RST);
    }
  }

  private void interest(int operation, boolean on) {
    var current = key;
    if (current != null && current.isValid()) {
      int now = current.interestOps();
      int wanted = on ? now | operation : now & ~operation;
      if (wanted != now) {
        current.interestOps(wanted);
      }
    }
  }

  /** Closes it. */
  void end(Ending how) {
    if (ending != null) {
      return;
    }
    ending = how;
    endedNanos = System.nanoTime();
    waiting.clear();
    framer.close();
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A view of {@code buffer} that {@link #ready} takes. */
  static ByteBuf view(ByteBuffer buffer) {
    return Unpooled.wrappedBuffer(buffer);
  }
}
