package io.diametergw.app.fault;

import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.ResultCode;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A DRA that answers everything and keeps what the gateway starts by itself: CER, DWR and DPR, over
 * all its connections, one after another.
 */
final class RecordingDra implements AutoCloseable {
  private static final LabNode NODE = LabNode.relay("dra1.example.com", "example.com");
  private static final Duration LONGEST = Duration.ofMinutes(4);

  private final ScriptedListener listener = ScriptedListener.on(0);
  private final Answers answers = new Answers(NODE.originHost(), NODE.originRealm());
  private final List<LabMessage> recorded = new CopyOnWriteArrayList<>();

  RecordingDra() {
    Thread.ofVirtual().name("recording DRA").start(this::acceptLoop);
  }

  int port() {
    return listener.port();
  }

  /** What the gateway has started by itself so far. */
  List<LabMessage> recorded() {
    return List.copyOf(recorded);
  }

  /** How many of this command it has started so far. */
  long count(int commandCode) {
    return recorded.stream().filter(message -> message.commandCode() == commandCode).count();
  }

  private void acceptLoop() {
    while (true) {
      try (var peer = listener.accept(LONGEST)) {
        serve(peer);
      } catch (AssertionError ended) {
        // the gateway is gone; the next connection will come
      } catch (UncheckedIOException closed) {
        return;
      }
    }
  }

  private void serve(ScriptedPeer peer) {
    while (true) {
      var request = peer.expectMessage(LONGEST);
      peer.send(
          switch (request.commandCode()) {
            case CommandCode.CAPABILITIES_EXCHANGE ->
                BaseMessages.cea(NODE, recorded(request), ResultCode.SUCCESS.code());
            case CommandCode.DEVICE_WATCHDOG -> BaseMessages.dwa(NODE, recorded(request));
            case CommandCode.DISCONNECT_PEER -> BaseMessages.dpa(NODE, recorded(request));
            default -> answers.to(request, ResultCode.SUCCESS.code());
          });
    }
  }

  private LabMessage recorded(LabMessage request) {
    recorded.add(request);
    return request;
  }

  @Override
  public void close() {
    listener.close();
  }
}
