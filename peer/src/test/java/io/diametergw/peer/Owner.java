package io.diametergw.peer;

import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A node's owner in tests: answers every request with 2001 and writes down what it is told. */
class Owner implements PeerHandler {
  static final int S6A = 16777251;

  final Peer peer;
  final BlockingQueue<Message> requests = new LinkedBlockingQueue<>();
  final BlockingQueue<Message> answers = new LinkedBlockingQueue<>();
  final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  final BlockingQueue<CloseReason> closed = new LinkedBlockingQueue<>();
  final BlockingQueue<Throwable> defects = new LinkedBlockingQueue<>();

  Owner(Peer peer) {
    this.peer = peer;
  }

  static LocalNode node(Application... applications) {
    return new LocalNode(
        Identity.of("gw.local.test"),
        Identity.of("local.test"),
        "Gateway",
        10415,
        7,
        List.of(applications),
        1234);
  }

  @Override
  public void onRequest(ByteBuf buf, int at, int length) {
    Message request = Message.copyOf(buf, at, length);
    requests.add(request);
    Message answer = request.answer(2001).build().completed(node());
    answer.writeTo(peer.outbound().reserve(answer.length()), answer.hopByHopId());
  }

  @Override
  public void onAnswer(ByteBuf buf, int at, int length) {
    answers.add(Message.copyOf(buf, at, length));
  }

  @Override
  public void onOpen() {
    events.add("open");
  }

  @Override
  public void onDisconnectRequested(DisconnectCause cause) {
    events.add("disconnect " + cause);
  }

  @Override
  public void onClosed(CloseReason reason) {
    events.add("closed");
    closed.add(reason);
  }

  @Override
  public void onDefect(Throwable defect) {
    defects.add(defect);
  }
}
