package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.script.ScriptedPeer;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Logic App closes its direction of the connection and goes on reading (TCP half-close). */
class HalfCloseTest {
  private static final String APP = "app1." + LOCAL;
  private static final LabNode DRA = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);

  @RegisterExtension final Site site = new Site();

  private ScriptedPeer dra() {
    var listener = site.scriptedDra(1);
    site.start(c -> c.draPool(pool -> pool.stallTimeout(Duration.ofSeconds(20))));
    var dra = site.accept(listener, DRA);
    site.awaitPriority(1);
    return dra;
  }

  @Test
  @DisplayName("REL-NET-05 answers that are owed are delivered, then the connection is closed")
  void answersAreDelivered() {
    var dra = dra();
    var app = site.peer(APP);
    app.send(site.request());
    app.send(site.request());
    var first = dra.expectRequest(272);
    var second = dra.expectRequest(272);

    app.shutdownOutput();
    site.awaitStats("closing", now -> now.inFlight() == 2);
    dra.send(ANSWERS.to(first, 2001));
    dra.send(ANSWERS.to(second, 2001));

    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    app.expectClosed();
    assertThat(site.awaitQuiet().count(Counter.REQUESTER_GONE)).isZero();
  }

  @Test
  @DisplayName("REL-NET-05 whoever waits longer than a second for an answer is closed")
  void patienceEnds() {
    var dra = dra();
    var app = site.peer(APP);
    app.send(site.request());
    dra.expectRequest(272);

    app.shutdownOutput();

    app.expectClosed();
    assertThat(site.awaitQuiet().count(Counter.REQUESTER_GONE)).isEqualTo(1);
  }

  @Test
  void nothingOwedIsClosedAtOnce() {
    var dra = dra();
    var app = site.peer(APP);
    site.awaitStats("connected", now -> now.logicApps() == 1);

    app.shutdownOutput();

    app.expectClosed();
    dra.expectNothing(Duration.ofMillis(1));
  }

  @Test
  @DisplayName("CONF-SRV-08 what waits for the Logic App's own answer will not come: 3002 at once")
  void requestsOfDrasAreRefused() {
    var dra = dra();
    var app = site.peer(APP);
    app.send(site.request());
    var owed = dra.expectRequest(272);
    var push = PushCommand.CLR.request(DRA, APP, LOCAL, "s;1", "001010000000001");
    dra.send(push);
    app.expectRequest(317);

    app.shutdownOutput();

    assertThat(dra.expectAnswer(317).resultCode()).isEqualTo(3002);
    dra.send(ANSWERS.to(owed, 2001));
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    app.expectClosed();
  }
}
