package io.diametergw.lab.load;

import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabConnection;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.MessageLog;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One Logic App of a {@link Load}.
 *
 * <p>Requests are numbered; the number's low bits are its slot in a ring, where the request waits
 * for its answer and is remembered until the ring comes round. The reader, the pacer and the
 * sweeper meet under the connection's monitor, once per batch or message.
 */
final class LoadConnection implements LabConnection.Handler {
  private static final byte FREE = 0;
  private static final byte WAITING = 1;
  private static final byte ANSWERED = 2;
  private static final byte LOST = 3;
  private static final long FAR_NANOS = Long.MAX_VALUE >> 1;
  private static final int MIN_SLOTS = 1 << 10;
  private static final int MAX_SLOTS = 1 << 20;

  private final LoadTemplate template;
  private final LabNode node;
  private final LoadListener listener;
  private final LoadTally tally = new LoadTally();
  private final ByteBuf out = Unpooled.buffer(128 << 10);
  private final AvpCursor cursor = new AvpCursor();
  private final CompletableFuture<LabMessage> opened = new CompletableFuture<>();
  private final CountDownLatch dpaReceived = new CountDownLatch(1);
  private final int firstHopByHopId = ThreadLocalRandom.current().nextInt();
  private final int endToEndBase;
  private final int mask;
  private final long[] dueNanos;
  private final int[] numbers;
  private final byte[] states;
  private int next;
  private int oldest;
  private int waiting;
  private boolean refill;
  private boolean leaving; // the peer has sent DPR
  private long measuredFrom = Long.MAX_VALUE;
  private volatile @Nullable LabConnection connection;

  /**
   * @param slots how many requests may wait at once
   * @param endToEndBase makes End-to-End Identifiers differ from those of other connections
   */
  LoadConnection(LoadPlan plan, LabNode node, int slots, int endToEndBase, LoadListener listener) {
    this.listener = listener;
    this.template = new LoadTemplate(plan, node.originHost());
    this.node = node;
    this.endToEndBase = endToEndBase;
    int size = Integer.highestOneBit(Math.clamp(slots, MIN_SLOTS, MAX_SLOTS) * 2 - 1);
    this.mask = size - 1;
    this.dueNanos = new long[size];
    this.numbers = new int[size];
    this.states = new byte[size];
  }

  void open(LoadPlan plan, MessageLog log) throws IOException, InterruptedException {
    var connected =
        LabConnection.connect(plan.target(), plan.answerTimeout(), node.originHost(), log, this);
    connection = connected;
    connected.send(BaseMessages.cer(node));
    try {
      var cea = opened.get(plan.answerTimeout().toNanos(), TimeUnit.NANOSECONDS);
      if (!ResultCode.isSuccess(cea.resultCode())) {
        throw new IOException(node.originHost() + " got CEA " + cea.resultCode());
      }
    } catch (TimeoutException e) {
      throw new IOException(node.originHost() + " got no CEA within " + plan.answerTimeout(), e);
    } catch (ExecutionException e) {
      throw new IOException(node.originHost() + " got no CEA: the connection ended", e);
    }
  }

  int requestBytes() {
    return template.lengthBytes();
  }

  /** Latencies count for requests due from then on. */
  synchronized void measureFrom(long nanos) {
    measuredFrom = nanos;
  }

  /** Puts {@code window} requests on their way and replaces each when its answer comes. */
  synchronized void fill(int window) {
    refill = true;
    for (int i = 0; i < window; i++) {
      append(System.nanoTime());
    }
    flush();
  }

  synchronized void stopRefilling() {
    refill = false;
  }

  /** Puts a request that is due then behind those that wait for {@link #flush}. */
  synchronized void append(long due) {
    int slot = next & mask;
    var current = connection;
    if (states[slot] == WAITING || current == null || current.isClosed() || leaving) {
      tally.unsent++;
      listener.lost(due, System.nanoTime());
      return;
    }
    dueNanos[slot] = due;
    numbers[slot] = next;
    states[slot] = WAITING;
    template.append(out, firstHopByHopId + next, endToEndBase + next, next);
    next++;
    waiting++;
    tally.sent++;
  }

  synchronized void flush() {
    var current = connection;
    if (out.isReadable() && current != null) {
      current.send(out); // when it does not take them they are lost, and the sweep finds them
      out.clear();
    }
  }

  /**
   * Gives up requests due before that time; replaces them while refilling. Returns how many still
   * wait.
   */
  synchronized int expire(long before) {
    int replace = 0;
    while (oldest != next) {
      int slot = oldest & mask;
      if (states[slot] == WAITING && numbers[slot] == oldest) {
        if (dueNanos[slot] - before >= 0) {
          break;
        }
        states[slot] = LOST;
        waiting--;
        tally.lost++;
        listener.lost(dueNanos[slot], System.nanoTime());
        replace++;
      }
      oldest++;
    }
    for (; refill && replace > 0; replace--) {
      append(System.nanoTime());
    }
    flush();
    return waiting;
  }

  synchronized LoadTally tally() {
    var copy = new LoadTally();
    copy.add(tally);
    return copy;
  }

  /** Answers so far. */
  synchronized long answered() {
    return tally.answered;
  }

  /** Requests lost or never sent so far. */
  synchronized long lost() {
    return tally.lost + tally.unsent;
  }

  @Override
  public void onMessage(LabConnection from, ByteBuf buf, int at) {
    if (!Header.isRequest(buf, at) && Header.applicationId(buf, at) != 0) {
      onAnswer(buf, at, System.nanoTime());
      return;
    }
    var message = LabMessage.copyOf(buf, at);
    switch (message.commandCode()) {
      case CommandCode.CAPABILITIES_EXCHANGE -> opened.complete(message);
      case CommandCode.DEVICE_WATCHDOG -> {
        if (message.isRequest()) {
          from.send(BaseMessages.dwa(node, message));
        }
      }
      case CommandCode.DISCONNECT_PEER -> {
        if (message.isRequest()) {
          leave(from, message);
        } else {
          dpaReceived.countDown();
          from.close();
        }
      }
      default -> {
        if (message.isRequest()) {
          from.send(
              new Answers(node.originHost(), node.originRealm())
                  .to(message, ResultCode.SUCCESS.code())); // a DRA's own request
        }
      }
    }
  }

  /** No request follows our DPA (RFC 6733 §5.4); what went before it may still be answered. */
  private synchronized void leave(LabConnection from, LabMessage dpr) {
    leaving = true;
    flush();
    from.send(BaseMessages.dpa(node, dpr));
  }

  @Override
  public void onReadDone(LabConnection from) {
    flush();
  }

  @Override
  public void onEnded(LabConnection from, Ending ending) {
    from.close();
    opened.completeExceptionally(new IOException("the connection ended: " + ending));
    dpaReceived.countDown();
    stopRefilling();
    expire(System.nanoTime() + FAR_NANOS);
  }

  private synchronized void onAnswer(ByteBuf buf, int at, long now) {
    int number = Header.hopByHopId(buf, at) - firstHopByHopId;
    int slot = number & mask;
    if (numbers[slot] != number || states[slot] == FREE) {
      tally.foreign++;
      return;
    }
    if (states[slot] != WAITING) {
      if (states[slot] == LOST) {
        tally.late++;
      } else {
        tally.duplicate++;
      }
      states[slot] = ANSWERED;
      return;
    }
    states[slot] = ANSWERED;
    waiting--;
    tally.answered++;
    int resultCode = check(buf, at, number);
    tally.byResultCode.merge(resultCode, 1L, Long::sum);
    listener.answered(dueNanos[slot], now, resultCode);
    if (ResultCode.isSuccess(resultCode) && dueNanos[slot] - measuredFrom >= 0) {
      tally.succeeded++;
      tally.latency.recordValue(Math.max(0, now - dueNanos[slot]));
    }
    if (refill) {
      append(now);
    }
  }

  /** Counts what is wrong with an answer; returns its Result-Code, 0 without one. */
  private int check(ByteBuf buf, int at, int number) {
    int resultCode = 0;
    boolean session = false;
    cursor.overMessage(buf, at);
    while (cursor.next()) {
      if (cursor.is(AvpCode.SESSION_ID)) {
        session = template.isSession(buf, cursor, number);
      } else if (cursor.is(AvpCode.RESULT_CODE) && cursor.dataLength() == 4) {
        resultCode = cursor.unsigned32();
      }
    }
    if (!session || Header.endToEndId(buf, at) != endToEndBase + number) {
      tally.mismatched++;
    }
    if (cursor.malformed() || !template.isAnswerHeader(buf, at)) {
      tally.corrupt++;
    }
    return resultCode;
  }

  void disconnect(Duration patience) throws InterruptedException {
    var ending = connection;
    if (ending == null) {
      return;
    }
    if (!ending.isClosed() && ending.send(BaseMessages.dpr(node, BaseMessages.REBOOTING))) {
      dpaReceived.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
    ending.close();
  }
}
