package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.peer.Peer;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Logic App that sends and never reads. */
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
