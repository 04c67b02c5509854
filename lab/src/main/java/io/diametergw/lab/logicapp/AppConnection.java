package io.diametergw.lab.logicapp;

import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabConnection;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link SimulatedLogicApp}: its identity, its requests that wait, and the
 * checks of what comes back.
 */
final class AppConnection implements LabConnection.Handler {
  private static final int REMEMBERED = 10_000;

  private final SimulatedLogicApp app;
  private final AppBooks books;
  private final LabNode node;
  private final Answers answers;
  private final ByteBuf out = Unpooled.buffer();
  private final CompletableFuture<LabMessage> opened = new CompletableFuture<>();
  private final CountDownLatch dpaReceived = new CountDownLatch(1);
  private final Map<Integer, Waiting> waiting =
      new LinkedHashMap<>(); // guarded by itself; oldest first
  private final Map<Integer, Boolean> finished =
      new LinkedHashMap<>(); // guarded by waiting; whether answered, else given up
  private final AtomicBoolean replaced = new AtomicBoolean();
  private volatile @Nullable LabConnection connection;
  private volatile @Nullable String peerHost;
  private volatile boolean leaving; // written under waiting: the peer sent DPR

  private record Waiting(
      LabMessage request, CompletableFuture<LabMessage> answer, long sentNanos) {}

  AppConnection(SimulatedLogicApp app, AppBooks books, LabNode node) {
    this.app = app;
    this.books = books;
    this.node = node;
    this.answers = new Answers(node.originHost(), node.originRealm());
  }

  /** Connects and exchanges capabilities. */
  void open(InetSocketAddress address, Duration timeout) throws IOException, InterruptedException {
    var connected =
        LabConnection.connect(address, timeout, node.originHost(), app.messageLog(), this);
    connection = connected;
    connected.send(BaseMessages.cer(node));
    try {
      var cea = opened.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (!ResultCode.isSuccess(cea.resultCode())) {
        connected.close();
        var why = cea.text(AvpCode.ERROR_MESSAGE);
        throw new IOException(
            node.originHost()
                + " got CEA "
                + cea.resultCode()
                + " from "
                + address
                + (why == null ? "" : ": " + why));
      }
    } catch (TimeoutException e) {
      connected.close();
      throw new IOException(
          node.originHost() + " got no CEA from " + address + " within " + timeout, e);
    } catch (ExecutionException e) {
      var why = Objects.requireNonNull(e.getCause()).getMessage();
      throw new IOException(node.originHost() + " got no CEA from " + address + ": " + why, e);
    }
  }

  /** True once: for whoever is to open another in its place. */
  boolean replace() {
    return replaced.compareAndSet(false, true);
  }

  LabNode node() {
    return node;
  }

  boolean isOpen() {
    var current = connection;
    return current != null
        && !current.isClosed()
        && peerHost != null
        && !leaving
        && dpaReceived.getCount() > 0;
  }

  /**
   * Sends {@code request} with identifiers of our own; the future ends with its answer, or
   * exceptionally when it gets none.
   */
  CompletableFuture<LabMessage> send(LabMessage request) {
    return sendAsIs(request.withEndToEndId(BaseMessages.nextIdentifier() ^ app.endToEndMask()));
  }

  /** The same with a Hop-by-Hop Identifier of our own alone. */
  CompletableFuture<LabMessage> sendAsIs(LabMessage request) {
    int identifier = BaseMessages.nextIdentifier();
    var message = request.withHopByHopId(identifier);
    var answer = new CompletableFuture<LabMessage>();
    var current = connection;
    if (current == null || !isOpen()) {
      return CompletableFuture.failedFuture(
          new IOException(node.originHost() + " is not connected"));
    }
    synchronized (waiting) {
      if (leaving) { // no request of ours follows our DPA
        return CompletableFuture.failedFuture(
            new IOException(node.originHost() + " is being disconnected"));
      }
      waiting.put(identifier, new Waiting(message, answer, System.nanoTime()));
      books.sent();
      if (!current.send(message)) {
        giveUp(identifier, "the connection is closed or does not take more");
      }
    }
    return answer;
  }

  private void giveUp(int hopByHopId, String why) {
    Waiting lost;
    synchronized (waiting) {
      lost = waiting.remove(hopByHopId);
      remember(hopByHopId, false);
    }
    if (lost != null) {
      books.unanswered(1);
      lost.answer.completeExceptionally(new IOException(why));
    }
  }

  private void remember(int hopByHopId, boolean answered) {
    finished.put(hopByHopId, answered);
    if (finished.size() > REMEMBERED) {
      finished.remove(finished.keySet().iterator().next());
    }
  }

  /** Gives up every request that has waited longer than this. */
  void expire(Duration timeout) {
    long before = System.nanoTime() - timeout.toNanos();
    var expired = new ArrayList<Integer>();
    synchronized (waiting) {
      for (var entry : waiting.entrySet()) {
        if (entry.getValue().sentNanos > before) {
          break;
        }
        expired.add(entry.getKey());
      }
    }
    expired.forEach(hopByHopId -> giveUp(hopByHopId, "no answer within " + timeout));
  }

  @Override
  public void onMessage(LabConnection from, ByteBuf buf, int at) {
    var message = LabMessage.copyOf(buf, at);
    boolean request = message.isRequest();
    if (BaseMessages.is(buf, at, CommandCode.CAPABILITIES_EXCHANGE) && !request) {
      if (ResultCode.isSuccess(message.resultCode())) {
        peerHost = message.text(AvpCode.ORIGIN_HOST);
      }
      opened.complete(message);
    } else if (BaseMessages.is(buf, at, CommandCode.DEVICE_WATCHDOG)) {
      if (request) {
        BaseMessages.dwa(node, message).writeTo(out);
      }
    } else if (BaseMessages.is(buf, at, CommandCode.DISCONNECT_PEER)) {
      if (request) {
        synchronized (waiting) {
          leaving = true;
        }
        BaseMessages.dpa(node, message)
            .writeTo(out); // the peer closes: it is the DPA's receiver (§5.4)
      } else {
        dpaReceived.countDown();
        from.close();
      }
    } else if (request) {
      onPush(message);
    } else {
      onAnswer(message);
    }
  }

  @Override
  public void onReadDone(LabConnection from) {
    if (out.isReadable()) {
      from.send(out);
      out.clear();
    }
  }

  @Override
  public void onEnded(LabConnection from, Ending ending) {
    from.close();
    dpaReceived.countDown();
    opened.completeExceptionally(new IOException("the connection ended: " + ending));
    List<Integer> lost;
    synchronized (waiting) {
      lost = List.copyOf(waiting.keySet());
    }
    lost.forEach(hopByHopId -> giveUp(hopByHopId, "the connection ended: " + ending));
    app.ended(this);
  }

  private void onPush(LabMessage request) {
    var asked = request.text(AvpCode.DESTINATION_HOST);
    books.push(asked != null && !asked.equalsIgnoreCase(node.originHost()));
    app.pushReceived(request);
    if (app.answersPushes()) {
      answers.to(request, app.pushResultCode()).writeTo(out);
    }
  }

  private void onAnswer(LabMessage answer) {
    Waiting asked;
    Boolean before;
    synchronized (waiting) {
      asked = waiting.remove(answer.hopByHopId());
      before = finished.get(answer.hopByHopId());
      if (asked != null) {
        remember(answer.hopByHopId(), true);
      } else if (before != null && !before) {
        remember(answer.hopByHopId(), true); // a second one would be a duplicate
      }
    }
    if (asked == null) {
      if (before == null) {
        books.foreign();
      } else if (before) {
        books.duplicate();
      } else {
        books.late();
      }
      return;
    }
    check(asked.request, answer);
    books.answered(
        answer, answer.isError() && Objects.equals(answer.text(AvpCode.ORIGIN_HOST), peerHost));
    asked.answer.complete(answer);
  }

  private void check(LabMessage request, LabMessage answer) {
    if (answer.endToEndId() != request.endToEndId()) {
      books.mismatchedEndToEnd();
    }
    if (!Objects.equals(answer.text(AvpCode.SESSION_ID), request.text(AvpCode.SESSION_ID))) {
      books.mismatchedSession();
    }
    boolean flags =
        (answer.flags() & ~Header.ERROR)
            == (request.flags() & Header.PROXIABLE); // P kept; R, T and reserved bits clear
    boolean same =
        answer.commandCode() == request.commandCode()
            && answer.applicationId() == request.applicationId();
    if (!flags || !same || answer.isMalformed()) {
      books.corrupt();
    }
  }

  /**
   * Ends the connection in good order: DPR, and close when the DPA has come or after {@code
   * patience}.
   */
  void disconnect(Duration patience) throws InterruptedException {
    var ending = connection;
    if (ending == null) {
      return;
    }
    if (isOpen() && ending.send(BaseMessages.dpr(node, BaseMessages.REBOOTING))) {
      dpaReceived.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
    ending.close();
  }

  /** Ends the connection with RST. */
  void reset() {
    var ending = connection;
    if (ending != null) {
      ending.reset();
    }
  }

  @Nullable LabConnection connection() {
    return connection;
  }
}
