package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.peer.Peer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Logic App that sends and does not read. */
class SlowReaderTest {
  private static final int MAX_OUTBOUND = 64 << 10;

  @RegisterExtension final Site site = new Site();

  @Test
  void slowReaderIsDisconnectedWithAReasonWhileOthersAreServed() throws Exception {
    BlockingQueue<String> reasons = new LinkedBlockingQueue<>();
    var listener =
        new RouteListener() {
          @Override
          public void onPeerClosed(
              Peer peer, boolean dra, String why, boolean inOrder, int pending) {
            if (!dra) {
              reasons.add(peer.name() + ": " + why);
            }
          }
        };
    site.dra(1);
    site.start(
        c ->
            c.logicApps(
                apps -> apps.maxOutboundBytes(MAX_OUTBOUND).writeTimeout(Duration.ofMillis(500))),
        new Gateway.Extensions(List.of(listener), List.of()));
    var good = site.connect(new SimulatedLogicApp("good." + LOCAL, LOCAL));
    var load = Site.supply(() -> good.sendWindow(20, Site.PATIENCE));
    var slow = site.peer("slow." + LOCAL);
    slow.stopReading();

    var bulky =
        site.request()
            .with(
                LabAvp.of(
                    AvpCode.PROXY_INFO, 0x40, 0, new byte[20_000])); // comes back in the answer
    long buffers = Site.buffers();
    sendUntilDisconnected(slow, bulky, 2_000); // 40 MB of answers
    String reason = reasons.poll(Site.PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(reason)
        .startsWith("slow." + LOCAL)
        .containsAnyOf("took no bytes", "reads too slowly");
    assertThat(Site.buffers()).as("buffers of the pool").isLessThan(buffers + 2_000);
    good.stopSending();
    assertThat(load.join().isClean()).as(good.report()).isTrue();
    assertThat(good.ledger().sent()).isPositive();
    site.awaitQuiet();
  }

  @Test
  @DisplayName(
      "CONF-ANS-17 a Logic App that is not read from any more, as it does not read, loses no"
          + " answer")
  void answersAreTakenForWhoIsNotReadFrom() {
    var listener = site.scriptedDra(1);
    site.start(c -> c.draPool(pool -> pool.stallTimeout(Duration.ofSeconds(20))));
    var dra = site.accept(listener, "dra1.remote.test");
    site.awaitConnections(1);
    var app = site.peer("app1." + LOCAL);
    int requests = 200;
    var asked = new ArrayList<LabMessage>();
    for (int i = 0; i < requests; i++) {
      app.send(site.request().withHopByHopId(i));
      asked.add(dra.expectRequest(272));
    }

    app.stopReading();
    var filling = LabAvp.of(99_999, 0, 0, new byte[60_000]);
    answer(dra, asked.subList(0, requests / 2), filling); // 6 MB: more than the sockets take
    int more = 0;
    var refused = site.request().withFlags(Header.REQUEST).with(filling); // 3007 of the gateway
    do {
      app.send(refused.withHopByHopId(requests + more++));
    } while (app.awaitWritten(Duration.ofMillis(300))); // and now the gateway does not read
    answer(dra, asked.subList(requests / 2, requests), LabAvp.of(99_999, 0, 0, new byte[4]));

    site.awaitStats("all taken from the DRA", now -> now.count(Counter.ANSWERED) == requests);
    app.resumeReading();
    var answered = new ArrayList<Integer>();
    for (int i = 0; i < requests + more; i++) {
      var answer = app.expectAnswer(272);
      answered.add(answer.hopByHopId());
      assertThat(answer.resultCode()).isEqualTo(answer.hopByHopId() < requests ? 2001 : 3007);
    }
    assertThat(answered).doesNotHaveDuplicates().hasSize(requests + more);
  }

  private static void answer(ScriptedPeer dra, List<LabMessage> requests, LabAvp filling) {
    var answers = new Answers("server.remote.test", "remote.test");
    requests.forEach(request -> dra.send(answers.to(request, 2001).with(filling)));
  }

  private static void sendUntilDisconnected(ScriptedPeer peer, LabMessage message, int most) {
    try {
      for (int i = 0; i < most; i++) {
        peer.send(message.withHopByHopId(i));
      }
    } catch (AssertionError disconnected) {
      assertThat(disconnected).hasMessageContaining("it is closed");
    }
  }
}
