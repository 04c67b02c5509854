package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Relaying.body;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a request that moves to another DRA carries, and when it does. */
class MovedRequestTest {
  private static final LabNode DRA1 = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final LabNode DRA2 = LabNode.relay("dra2." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);
  private static final String OCS = "ocs1." + REMOTE;
  private static final int MAX_MESSAGE = (16 << 20) - 4;

  @RegisterExtension final Site site = new Site();

  private static String destinationHost(LabMessage request) {
    return String.valueOf(request.text(AvpCode.DESTINATION_HOST));
  }

  @Test
  @DisplayName("CONF-FO-11 a session stays with the server that Destination-Host names, also moved")
  void destinationHostStays() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(2);
    site.start(c -> c.draPool(pool -> pool.reconnectInterval(Duration.ofSeconds(30))));
    var dra1 = site.accept(first, DRA1);
    var dra2 = site.accept(second, DRA2);
    site.awaitConnections(2);
    var app = site.peer(APP);
    var initial = site.request();
    var update = initial.with(LabAvp.text(AvpCode.DESTINATION_HOST, OCS)).withEndToEndId(4711);
    app.send(initial);
    app.send(update);
    assertThat(dra1.expectRequest(272).avp(AvpCode.DESTINATION_HOST)).isNull();
    assertThat(destinationHost(dra1.expectRequest(272))).isEqualTo(OCS);

    dra1.reset();

    var movedInitial = dra2.expectRequest(272);
    var movedUpdate = dra2.expectRequest(272);
    assertThat(movedInitial.avp(AvpCode.DESTINATION_HOST)).as("none is invented").isNull();
    assertThat(destinationHost(movedUpdate)).isEqualTo(OCS);
    assertThat(movedUpdate.avps(AvpCode.DESTINATION_HOST)).hasSize(1);
    for (LabMessage moved : List.of(movedInitial, movedUpdate)) {
      dra2.send(ANSWERS.to(moved, 2001));
      assertThat(app.expectAnswer(272).endToEndId()).isEqualTo(moved.endToEndId());
    }
  }

  @Test
  @DisplayName("CONF-FO-12 a request of which only a part was written moves whole, with T")
  void partlyWritten() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(2);
    site.start(c ->
        c.maxMessageLength(MAX_MESSAGE)
            .logicApps(apps -> apps.maxOutboundBytes(4 * MAX_MESSAGE))
            .draPool(pool ->
                pool.maxOutboundBytes(4 * MAX_MESSAGE)
                    .stallTimeout(Duration.ofSeconds(20))
                    .reconnectInterval(Duration.ofSeconds(30))));
    var dra1 = site.accept(first, DRA1);
    var dra2 = site.accept(second, DRA2);
    site.awaitConnections(2);
    var app = site.peer(APP);
    dra1.stopReading();
    var request = // 15 MB: more than the buffers of both sockets take
        site.request().with(LabAvp.of(99_999, 0, 0, new byte[15_000_000]));
    app.send(request);
    site.awaitStats("sent on", now -> now.count(Counter.REQUESTS_TO_DRAS) == 1);

    dra1.reset();

    var moved = dra2.expectMessage(Site.PATIENCE);
    assertThat(moved.isRetransmitted()).isTrue();
    assertThat(moved.endToEndId()).isEqualTo(request.endToEndId());
    assertThat(body(moved)).startsWith(body(request));
    assertThat(moved.avps(AvpCode.ROUTE_RECORD)).hasSize(1);
    dra2.send(ANSWERS.to(moved, 2001));
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(site.awaitQuiet().count(Counter.RETRANSMITTED)).isEqualTo(1);
  }

  @Test
  @DisplayName(
      "CONF-EXT-11 with default timers a DRA that falls silent costs a credit client 2 s, not its"
          + " Tx of 10 s")
  void answeredBeforeTx() {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    site.start();
    var app = site.peer(APP);
    dra1.mute();

    long begun = System.nanoTime();
    app.send(site.request());
    var answer = app.expectMessage(Site.PATIENCE);
    var took = Duration.ofNanos(System.nanoTime() - begun);

    assertThat(answer.resultCode()).isEqualTo(2001);
    assertThat(took).isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(5));
    assertThat(dra2.count(DraCounter.RETRANSMITTED)).isEqualTo(1);
  }
}
