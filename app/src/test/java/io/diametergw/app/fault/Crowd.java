package io.diametergw.app.fault;

import io.diametergw.app.process.LoggedProcess;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Thousands of connections to a gateway that do what no Logic App should: what {@code load}, with
 * its two threads a connection, is too big for.
 *
 * <p>It has no thread: the test's own serves the sockets, in {@link #turn}, {@link #play} and
 * {@link #await}.
 */
final class Crowd implements AutoCloseable {
  private static final int READ_BYTES = 64 << 10;
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final InetSocketAddress target;
  private final Selector selector;
  private final ByteBuffer readBuffer = ByteBuffer.allocate(READ_BYTES);
  private final ByteBuf readView = Link.view(readBuffer);
  private final List<Link> links = new ArrayList<>();
  private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::nanos));
  private BiConsumer<Link, LabMessage> listener = (_, _) -> {};

  private record Due(long nanos, Runnable what) {}

  Crowd(InetSocketAddress target) {
    this.target = target;
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Hears of every message of an application, for links made from now on. */
  Crowd listener(BiConsumer<Link, LabMessage> listener) {
    this.listener = listener;
    return this;
  }

  /** A Logic App by that name and number. */
  static LabNode app(String name, int number) {
    return LabNode.of(name + number + ".example.com", "example.com", LabApplication.S6A);
  }

  /** Begins one more connection. */
  Link connect() {
    return connect(0);
  }

  /** Begins one more connection with a receive buffer of that size; 0: as the system likes. */
  Link connect(int receiveBufferBytes) {
    try {
      var channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      if (receiveBufferBytes > 0) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
      }
      var link = new Link(channel, listener);
      links.add(link);
      link.attach(channel.register(selector, SelectionKey.OP_CONNECT | SelectionKey.OP_READ, link));
      try {
        if (channel.connect(target)) {
          link.ready(readBuffer, readView);
        }
      } catch (IOException e) {
        link.end(Ending.RST);
      }
      return link;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins so many connections at that rate, and does the same with each. */
  List<Link> connect(int count, double perSecond, BiConsumer<Link, Integer> begun) {
    var made = new ArrayList<Link>();
    pace(
        count,
        perSecond,
        i -> {
          var link = connect();
          made.add(link);
          begun.accept(link, i);
        });
    return made;
  }

  /** Opens so many Logic Apps of that name, and waits for their CEAs. */
  List<Link> open(String name, int count, double perSecond) {
    var made = connect(count, perSecond, (link, i) -> link.hello(app(name, i), _ -> {}));
    await("CEAs", () -> made.stream().allMatch(Link::isOpen));
    return made;
  }

  /** Does something so many times at that rate, and serves the sockets meanwhile. */
  void pace(int count, double perSecond, Consumer<Integer> what) {
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long at = start + (long) (i * NANOS_PER_SECOND / perSecond);
      while (System.nanoTime() - at < 0) {
        turn();
      }
      what.accept(i);
    }
  }

  /** Does something later, in the turn that comes then. */
  void after(Duration time, Runnable what) {
    due.add(new Due(System.nanoTime() + time.toNanos(), what));
  }

  /** Serves the sockets that are ready, or waits a millisecond for one. */
  void turn() {
    try {
      selector.select(key -> ((Link) key.attachment()).ready(readBuffer, readView), 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (var next = due.peek();
        next != null && next.nanos - System.nanoTime() <= 0;
        next = due.peek()) {
      due.poll();
      next.what.run();
    }
  }

  /** Serves the sockets for that time. */
  void play(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      turn();
    }
  }

  /** Serves the sockets until something holds that must come to hold. */
  void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + LoggedProcess.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end >= 0) {
        throw new AssertionError("expected " + what + " within " + LoggedProcess.PATIENCE);
      }
      turn();
    }
  }

  /** Forgets the links that have ended, and has the system close their sockets. */
  void forgetEnded() {
    turn(); // a channel that is closed keeps its socket until its selector has seen it
    links.removeIf(Link::hasEnded);
  }

  /** Closes all of them with RST. */
  @Override
  public void close() {
    links.forEach(Link::reset);
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
