package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.peer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A DRA must be who it is configured to be, and nobody else's double. */
class DraIdentityTest {
  private static final LabNode DRA1 = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);
  private static final LabNode DRA1_AGAIN = LabNode.relay("Dra1.Remote.TEST", REMOTE);

  @RegisterExtension final Site site = new Site();

  private final BlockingQueue<String> reasons = new LinkedBlockingQueue<>();
  private final RouteListener listener =
      new RouteListener() {
        @Override
        public void onPeerClosed(Peer peer, boolean dra, String why, boolean inOrder, int pending) {
          if (dra) {
            reasons.add(peer.name() + " " + why);
          }
        }
      };

  private void start() {
    site.start(
        c -> c.draPool(pool -> pool.reconnectInterval(Duration.ofSeconds(30))),
        new Gateway.Extensions(List.of(listener), List.of()));
  }

  private String reason() throws InterruptedException {
    return String.valueOf(reasons.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  private static void assertServed(ScriptedPeer app, Site site) {
    app.send(site.request());
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  @DisplayName("CONF-INI-06 a DRA of another identity than configured is closed, and gets nothing")
  void anotherIdentity() throws Exception {
    var scripted = site.scriptedDra(1, more -> more.identity("dra9." + REMOTE));
    var good = site.dra(2);
    start();
    var wrong = site.accept(scripted, DRA1);

    assertThat(wrong.expectEnd(PATIENCE)).isEqualTo(Ending.FIN);

    assertThat(reason()).isEqualTo("DRA-1 is dra1.remote.test instead of dra9.remote.test");
    assertServed(site.peer(APP), site);
    assertThat(good.count(DraCounter.REQUESTS)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-INI-06 case does not matter, and without an identity anybody will do")
  void identityInAnotherCase() {
    var first = site.dra(1, more -> more.identity("DRA1.Remote.Test"));
    site.dra(2);
    start();

    assertServed(site.peer(APP), site);
    assertThat(first.count(DraCounter.REQUESTS)).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-INI-10 a DRA that is open already under another name is closed with a reason")
  void secondAddressOfOneDra() throws Exception {
    var scripted = site.scriptedDra(1);
    var again = site.scriptedDra(1);
    start();
    var first = site.accept(scripted, DRA1);
    site.awaitConnections(1);
    var second = site.accept(again, DRA1_AGAIN);

    assertThat(second.expectEnd(PATIENCE)).isEqualTo(Ending.FIN);

    assertThat(reason()).isEqualTo("DRA-2 is Dra1.Remote.TEST, which is open already as DRA-1");
    first.send(BaseMessages.dwa(DRA1, first.expectRequest(280))); // is it alive?
    var app = site.peer(APP);
    var request = site.request();
    app.send(request);
    first.send(ANSWERS.to(first.expectRequest(272), 2001));
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  @DisplayName("CONF-INI-10 when the one is lost the other may open; several to one name may too")
  void otherAddressTakesOver() {
    var first = site.scriptedDra(1);
    var second = site.scriptedDra(1);
    site.start(c -> c.draPool(pool -> pool.connectionsPerDra(2)));
    var one = site.accept(first, DRA1);
    var two = site.accept(first, DRA1);
    site.awaitConnections(2);
    site.accept(second, DRA1).expectEnd(PATIENCE);

    one.reset();
    two.reset();
    site.awaitConnections(0);
    site.accept(second, DRA1); // the gateway dials it again and again

    site.awaitStats("DRA-2 is open", now -> now.dras().get(2).open() || now.dras().get(3).open());
  }

  @Test
  @DisplayName("two DRAs of two identities are both open")
  void twoDras() {
    List<SimulatedDra> dras = List.of(site.dra(1), site.dra(1));
    start();

    site.awaitConnections(2);
    assertThat(dras).allMatch(dra -> dra.openConnections() == 1);
  }
}
