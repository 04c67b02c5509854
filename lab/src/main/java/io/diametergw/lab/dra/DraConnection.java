package io.diametergw.lab.dra;

import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabConnection;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.dra.SimulatedDra.Flaw;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import io.diametergw.wire.Identity;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SimulatedDra} does on one of its connections. Handler calls come from the
 * connection's reader alone.
 */
final class DraConnection implements LabConnection.Handler {
  private static final Duration PUSH_TIMEOUT = Duration.ofSeconds(10);

  private final SimulatedDra dra;
  private final DraBooks books;
  private final ByteBuf out = Unpooled.buffer(128 << 10);
  private final AvpCursor cursor = new AvpCursor();
  private final Map<Integer, Push> pushes = new ConcurrentHashMap<>();
  private final CountDownLatch dpaReceived = new CountDownLatch(1);
  private final LongAdder requests = new LongAdder();
  private Answers answers;
  private String answersAs;
  private volatile @Nullable LabConnection connection;
  private volatile boolean open;
  private volatile @Nullable String peerHost;

  private record Push(LabMessage request, CompletableFuture<LabMessage> answer) {}

  DraConnection(SimulatedDra dra, DraBooks books) {
    this.dra = dra;
    this.books = books;
    this.answersAs = dra.serverHost();
    this.answers = new Answers(dra.serverHost(), dra.serverRealm());
  }

  /** Whether capabilities have been exchanged and the connection has not ended. */
  boolean isOpen() {
    return open;
  }

  /** Whether the peer itself is that host, so that a request to it needs no relay between. */
  boolean isTo(@Nullable String host) {
    return host != null && host.equalsIgnoreCase(peerHost);
  }

  long requests() {
    return requests.sum();
  }

  void attach(LabConnection connection) {
    this.connection = connection;
  }

  @Nullable LabConnection connection() {
    return connection;
  }

  @Override
  public void onMessage(LabConnection from, ByteBuf buf, int at) {
    if (BaseMessages.is(buf, at, CommandCode.CAPABILITIES_EXCHANGE)) {
      onCapabilitiesExchange(buf, at);
    } else if (BaseMessages.is(buf, at, CommandCode.DEVICE_WATCHDOG)) {
      onDeviceWatchdog(buf, at);
    } else if (BaseMessages.is(buf, at, CommandCode.DISCONNECT_PEER)) {
      onDisconnectPeer(from, buf, at);
    } else if (Header.isRequest(buf, at)) {
      onRequest(from, buf, at);
    } else {
      onAnswer(buf, at);
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
    open = false;
    from.close();
    pushes
        .values()
        .forEach(push ->
            push.answer.completeExceptionally(
                new IllegalStateException("connection ended: " + ending)));
    dpaReceived.countDown();
    dra.ended(this, from.name(), ending);
  }

  private void onCapabilitiesExchange(ByteBuf buf, int at) {
    if (!Header.isRequest(buf, at)) {
      return;
    }
    books.add(DraCounter.CER_RECEIVED);
    var cer = LabMessage.copyOf(buf, at);
    peerHost = cer.text(AvpCode.ORIGIN_HOST);
    if (!dra.isMuted() && dra.answersCer()) {
      BaseMessages.cea(dra.node(), cer, dra.ceaCode()).writeTo(out);
      open = ResultCode.isSuccess(dra.ceaCode());
    }
    dra.cerReceived(cer);
  }

  private void onDeviceWatchdog(ByteBuf buf, int at) {
    if (Header.isRequest(buf, at)) {
      books.add(DraCounter.DWR_RECEIVED);
      if (!dra.isMuted()) {
        BaseMessages.dwa(dra.node(), LabMessage.copyOf(buf, at)).writeTo(out);
      }
    }
  }

  private void onDisconnectPeer(LabConnection from, ByteBuf buf, int at) {
    if (Header.isRequest(buf, at)) {
      books.add(DraCounter.DPR_RECEIVED);
      open = false;
      if (!dra.isMuted()) {
        BaseMessages.dpa(dra.node(), LabMessage.copyOf(buf, at))
            .writeTo(out); // the peer closes: it is the DPA's receiver (§5.4)
      }
    } else {
      onReadDone(from); // the answers to what came before the DPA
      dpaReceived.countDown();
      from.close();
    }
  }

  private void onRequest(LabConnection from, ByteBuf buf, int at) {
    requests.increment();
    long number = books.request(buf, at, dra.keptRequests());
    if (!open) {
      books.add(DraCounter.REQUESTS_BEFORE_CER);
    }
    inspect(buf, at);
    int resultCode = dra.verdict(number);
    if (resultCode == SimulatedDra.NO_ANSWER) {
      books.add(DraCounter.DROPPED);
      return;
    }
    var flaw = dra.flaw(number);
    long delayNanos = dra.delayNanos(flaw);
    if (delayNanos == 0) {
      answer(buf, at, resultCode, flaw, out);
      return;
    }
    var later = Unpooled.buffer();
    answer(buf, at, resultCode, flaw, later);
    dra.later(delayNanos, () -> from.send(later));
  }

  private void answer(ByteBuf buf, int at, int resultCode, Flaw flaw, ByteBuf to) {
    int begin = to.writerIndex();
    answer(buf, at, resultCode, to);
    switch (flaw) {
      case NONE -> {}
      case TWICE -> {
        to.writeBytes(to, begin, to.writerIndex() - begin);
        books.add(DraCounter.ANSWERED_TWICE);
      }
      case LATE -> books.add(DraCounter.ANSWERED_LATE);
      case FOREIGN -> {
        Header.patchHopByHopId(to, begin, Header.hopByHopId(buf, at) + 1);
        books.add(DraCounter.ANSWERED_FOREIGN);
      }
    }
  }

  private void answer(ByteBuf buf, int at, int resultCode, ByteBuf to) {
    if (!answersAs.equals(dra.serverHost())) {
      answersAs = dra.serverHost();
      answers = new Answers(answersAs, dra.serverRealm());
    }
    answers.write(buf, at, resultCode, to);
    books.add(
        ResultCode.isSuccess(resultCode) ? DraCounter.ANSWERED : DraCounter.ANSWERED_WITH_ERROR);
  }

  /** Reads what routing has written into a request. */
  private void inspect(ByteBuf buf, int at) {
    int originHost = 0;
    boolean routeRecord = false;
    boolean proxyInfo = false;
    cursor.overMessage(buf, at);
    while (cursor.next()) {
      if (cursor.hasVendorId()) {
        continue;
      }
      switch (cursor.code()) {
        case AvpCode.ORIGIN_HOST ->
            originHost = Identity.hash(buf, cursor.dataAt(), cursor.dataLength());
        case AvpCode.DESTINATION_HOST ->
            books.addIf(!dra.isOwnHost(cursor), DraCounter.MISROUTED_HOST);
        case AvpCode.DESTINATION_REALM ->
            books.addIf(!dra.isOwnRealm(cursor), DraCounter.MISROUTED_REALM);
        case AvpCode.ROUTE_RECORD -> {
          routeRecord = true;
          books.routeRecord(cursor);
        }
        case AvpCode.PROXY_INFO -> proxyInfo = true;
        default -> {}
      }
    }
    books.addIf(routeRecord, DraCounter.WITH_ROUTE_RECORD);
    books.addIf(proxyInfo, DraCounter.WITH_PROXY_INFO);
    books.addIf(cursor.malformed(), DraCounter.MALFORMED);
    books.origin(originHost, Header.endToEndId(buf, at));
  }

  /** Starts a request towards the peer. */
  CompletableFuture<LabMessage> push(LabMessage request) {
    var answer = new CompletableFuture<LabMessage>();
    var to = connection;
    pushes.put(request.hopByHopId(), new Push(request, answer));
    books.add(DraCounter.PUSHED);
    if (to == null || !to.send(request)) {
      answer.completeExceptionally(new IllegalStateException("connection is closed"));
    }
    return answer
        .orTimeout(PUSH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((_, failure) -> {
          pushes.remove(request.hopByHopId());
          books.addIf(
              failure instanceof TimeoutException || failure instanceof IllegalStateException,
              DraCounter.PUSH_UNANSWERED);
        });
  }

  private void onAnswer(ByteBuf buf, int at) {
    var push = pushes.remove(Header.hopByHopId(buf, at));
    if (push == null || push.request.endToEndId() != Header.endToEndId(buf, at)) {
      books.add(DraCounter.FOREIGN_ANSWERS);
      return;
    }
    var answer = LabMessage.copyOf(buf, at);
    var asked = push.request.text(AvpCode.DESTINATION_HOST);
    boolean wrongHost =
        asked != null
            && !answer.isError()
            && !asked.equalsIgnoreCase(answer.text(AvpCode.ORIGIN_HOST));
    books.addIf(wrongHost, DraCounter.PUSH_WRONG_HOST);
    var sessionId = push.request.text(AvpCode.SESSION_ID);
    books.addIf(
        sessionId != null && !sessionId.equals(answer.text(AvpCode.SESSION_ID)),
        DraCounter.PUSH_WRONG_SESSION);
    books.pushAnswered(answer.resultCode());
    push.answer.complete(answer);
  }

  /**
   * Ends the connection in good order: DPR, and close when the DPA has come or after {@code
   * patience}.
   */
  void disconnect(int cause, Duration patience) throws InterruptedException {
    var ending = connection;
    if (ending == null) {
      return;
    }
    if (open && ending.send(BaseMessages.dpr(dra.node(), cause))) {
      dpaReceived.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
    ending.close();
  }
}
