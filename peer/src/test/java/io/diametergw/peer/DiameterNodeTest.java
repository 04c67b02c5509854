package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DiameterNodeTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final List<DiameterNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.reversed().forEach(DiameterNode::close);
  }

  @Test
  void requestIsAnswered() throws Exception {
    DiameterNode server =
        start(
            node("server")
                .onRequest((from, request) -> {
                  String asker = from.capabilities().originHost().name();
                  return request.answer(2001).text(AvpCode.ERROR_MESSAGE, asker).build();
                }));
    Message request =
        ccr().octets(AvpCode.PROXY_INFO, 0, new byte[] {0, 0, 1, 24, 0, 0, 0, 8}).build();

    Message answer = dial(server).send(request).get(5, TimeUnit.SECONDS);

    assertThat(answer.resultCode()).hasValue(2001);
    assertThat(answer.avps().get(0).text()).isEqualTo("client;1");
    assertThat(answer.text(AvpCode.ORIGIN_HOST)).isEqualTo("server.example.com");
    assertThat(answer.text(AvpCode.ERROR_MESSAGE)).isEqualTo("client.example.com");
    assertThat(answer.find(AvpCode.PROXY_INFO)).isPresent();
  }

  @Test
  void manyRequestsGetTheirOwnAnswers() throws Exception {
    DiameterNode server =
        start(node("server").onRequest((_, request) -> request.answer(2001).build()));
    Connection connection = dial(server).connection().get(5, TimeUnit.SECONDS);
    var answers = new ArrayList<CompletableFuture<Message>>();

    for (int i = 0; i < 1000; i++) {
      answers.add(connection.send(ccr().text(AvpCode.USER_NAME, "" + i).build()));
    }

    for (CompletableFuture<Message> answer : answers) {
      assertThat(answer.get(5, TimeUnit.SECONDS).resultCode()).hasValue(2001);
    }
  }

  @Test
  void serverAsksItsClient() throws Exception {
    DiameterNode server = start(node("server"));
    DiameterNode client =
        start(node("client").onRequest((_, request) -> request.answer(2002).build()));
    client.dial("localhost", server.listen(ANY_PORT).getPort());
    await().until(() -> !server.connections().isEmpty());

    Message answer =
        server.connections().iterator().next().send(ccr().build()).get(5, TimeUnit.SECONDS);

    assertThat(answer.resultCode()).hasValue(2002);
  }

  @Test
  void handlerThatFailsAnswers5012() throws Exception {
    DiameterNode server =
        start(
            node("server")
                .onRequest((_, _) -> {
                  throw new IllegalStateException("expected by the test");
                }));

    Message answer = dial(server).send(ccr().build()).get(5, TimeUnit.SECONDS);

    assertThat(answer.resultCode()).hasValue(5012);
  }

  @Test
  void nodeWithoutHandlerAnswers3001() throws Exception {
    Message answer = dial(start(node("server"))).send(ccr().build()).get(5, TimeUnit.SECONDS);

    assertThat(answer.resultCode()).hasValue(3001);
  }

  @Test
  void missingAnswerFailsTheFuture() throws Exception {
    DiameterNode server = start(node("server").onRequestLater((_, _) -> new CompletableFuture<>()));
    Connection connection = dial(server).connection().get(5, TimeUnit.SECONDS);

    CompletableFuture<Message> answer = connection.send(ccr().build(), Duration.ofMillis(100));

    assertThatThrownBy(() -> answer.get(5, TimeUnit.SECONDS))
        .hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void lostConnectionFailsTheFuture() throws Exception {
    BlockingQueue<Message> seen = new LinkedBlockingQueue<>();
    DiameterNode server =
        start(
            node("server")
                .onRequestLater((_, request) -> {
                  seen.add(request);
                  return new CompletableFuture<>();
                }));
    Connection connection = dial(server).connection().get(5, TimeUnit.SECONDS);
    CompletableFuture<Message> pending = connection.send(ccr().build());
    seen.take();

    server.close();

    assertThatThrownBy(() -> pending.get(5, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining("lost");
    assertThatThrownBy(() -> connection.send(ccr().build()).get(5, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void tooManyPendingRequestsAreRefused() throws Exception {
    DiameterNode server = start(node("server").onRequestLater((_, _) -> new CompletableFuture<>()));
    DiameterNode client = start(node("client").maxPending(2));
    Connection connection =
        client
            .dial("localhost", server.listen(ANY_PORT).getPort())
            .connection()
            .get(5, TimeUnit.SECONDS);
    connection.send(ccr().build());
    connection.send(ccr().build());

    CompletableFuture<Message> third = connection.send(ccr().build());

    assertThatThrownBy(() -> third.get(5, TimeUnit.SECONDS))
        .hasMessageContaining("too many requests");
  }

  @Test
  void watchdogReachesTheHandlerWhereItIsLeftToIt() throws Exception {
    BlockingQueue<Message> seen = new LinkedBlockingQueue<>();
    DiameterNode server =
        start(
            node("server")
                .settings(new Timing().watchdogLeftToOwner().settings())
                .onRequest((_, request) -> {
                  seen.add(request);
                  return request.answer(2001).build();
                }));
    try (ScriptedPeer app = ScriptedPeer.open(server.listen(ANY_PORT))) {
      app.send(ScriptedPeer.dwr().build());

      assertThat(app.receive().resultCode()).hasValue(2001);
      assertThat(seen.take().commandCode()).isEqualTo(CommandCode.DEVICE_WATCHDOG);
    }
  }

  @Test
  void malformedRequestIsRefusedBeforeTheHandler() throws Exception {
    DiameterNode server =
        start(node("server").onRequest((_, request) -> request.answer(2001).build()));
    byte[] broken = ccr().octets(9999, 0, new byte[4]).build().bytes();
    broken[broken.length - 5] = 99; // AVP Length
    try (ScriptedPeer app = ScriptedPeer.open(server.listen(ANY_PORT))) {
      app.send(broken);

      assertThat(app.receive().resultCode()).hasValue(5014);
    }
  }

  @Test
  void closedNodeSendsDpr() throws Exception {
    DiameterNode server = start(node("server").settings(new Timing().disconnect(300).settings()));
    try (ScriptedPeer app = ScriptedPeer.open(server.listen(ANY_PORT))) {
      await().until(() -> !server.connections().isEmpty());

      Thread closing = Thread.ofVirtual().start(server::close);

      Message dpr = app.receive();
      assertThat(dpr.commandCode()).isEqualTo(CommandCode.DISCONNECT_PEER);
      app.send(ScriptedPeer.named(dpr.answer(2001)).build());
      assertThat(app.end()).isEqualTo(ScriptedPeer.End.FIN);
      assertThat(closing.join(Duration.ofSeconds(5))).isTrue();
    }
  }

  private DiameterNode.Link dial(DiameterNode server) throws IOException {
    return start(node("client")).dial("localhost", server.listen(ANY_PORT).getPort());
  }

  private DiameterNode start(DiameterNode.Builder builder) {
    DiameterNode node = builder.start();
    nodes.add(node);
    return node;
  }

  private static DiameterNode.Builder node(String name) {
    return DiameterNode.named(name + ".example.com", "example.com");
  }

  private static Message.Builder ccr() {
    return Message.request(272, 4)
        .text(AvpCode.SESSION_ID, "client;1")
        .text(AvpCode.DESTINATION_REALM, "example.com");
  }
}
