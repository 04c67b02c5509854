package io.diametergw.gateway.fuzz;

import io.diametergw.gateway.Site;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A DRA that looks at every byte of what the gateway sends it, and answers as its test says.
 *
 * <p>What it finds wrong, {@link #check} throws.
 */
final class Dra implements AutoCloseable {
  private static final int ANSWERS_KEPT = 10_000;

  /** What it does with a request of an application. */
  interface Script {
    /** Answers the request, or does something else on the connection. False ends the connection. */
    boolean onRequest(Dra dra, RawConnection connection, LabMessage request);

    /** Takes an answer to something that {@link #onRequest} sent. */
    default void onAnswer(LabMessage answer) {
      if (answer.isMalformed()) {
        throw new AssertionError("the AVPs of an answer do not fill it: " + answer);
      }
    }
  }

  private final LabNode node;
  private final Script script;
  private final ServerSocket listener;
  private final AtomicLong requests = new AtomicLong();
  private final ConcurrentLinkedQueue<Throwable> findings = new ConcurrentLinkedQueue<>();
  private Answers answers;
  private int answered;
  private volatile @Nullable RawConnection connection;

  /** A DRA that relays everything. */
  Dra(int number, Script script) {
    this(LabNode.relay("dra" + number + "." + Site.REMOTE, Site.REMOTE), script);
  }

  Dra(LabNode node, Script script) {
    this.node = node;
    this.script = script;
    this.answers = new Answers(node.originHost(), node.originRealm());
    try {
      listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name(node.originHost()).start(this::serve);
  }

  int port() {
    return listener.getLocalPort();
  }

  LabNode node() {
    return node;
  }

  long requests() {
    return requests.get();
  }

  /** The answer that a DRA gives. */
  LabMessage success(LabMessage request) {
    if (++answered % ANSWERS_KEPT == 0) { // it remembers one for each command that there is
      answers = new Answers(node.originHost(), node.originRealm());
    }
    return answers.to(request, 2001);
  }

  /** The script of a DRA that answers every request. */
  static boolean succeed(Dra dra, RawConnection connection, LabMessage request) {
    connection.send(dra.success(request).bytes());
    return true;
  }

  /** Throws what was found wrong. */
  void check() {
    Throwable finding = findings.poll();
    if (finding != null) {
      throw new AssertionError(node.originHost() + " was sent: " + finding.getMessage(), finding);
    }
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (var accepted = RawConnection.over(listener.accept()).patient()) {
        connection = accepted;
        serve(accepted);
      } catch (IOException | RuntimeException | AssertionError e) {
        if (!listener.isClosed()) {
          findings.add(e);
        }
      }
    }
  }

  private void serve(RawConnection with) {
    boolean goesOn = true;
    while (goesOn) {
      LabMessage message = with.next();
      if (message == null) {
        return;
      }
      if (!message.isRequest()) {
        script.onAnswer(message);
        if (message.commandCode() == CommandCode.DISCONNECT_PEER) {
          return; // who receives the DPA closes (RFC 6733 §5.4)
        }
        continue;
      }
      switch (message.commandCode()) {
        case CommandCode.CAPABILITIES_EXCHANGE ->
            with.send(BaseMessages.cea(node, message, 2001).bytes());
        case CommandCode.DEVICE_WATCHDOG -> with.send(BaseMessages.dwa(node, message).bytes());
        case CommandCode.DISCONNECT_PEER -> with.send(BaseMessages.dpa(node, message).bytes());
        default -> {
          requests.incrementAndGet();
          assertWellFormed(message);
          goesOn = script.onRequest(this, with, message);
        }
      }
    }
  }

  /** RFC 6733 §3, §4, §6.1.9: what a relay may send, however odd what it was sent. */
  static void assertWellFormed(LabMessage request) {
    int flags = request.flags();
    int expected = Header.REQUEST | Header.PROXIABLE;
    if ((flags & ~Header.RETRANSMITTED) != expected || request.isMalformed()) {
      throw new AssertionError("expected flags RP and AVPs that fill it: " + request);
    }
    var last = request.avps().getLast();
    if (last.code() != AvpCode.ROUTE_RECORD || last.flags() != 0x40) {
      throw new AssertionError("expected a Route-Record at the end: " + request);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    RawConnection open = connection;
    if (open != null) {
      open.close();
    }
  }
}
