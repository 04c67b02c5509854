package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.script.ScriptedListener;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Redirects are for the requester: they pass, and the gateway follows none (RFC 6733 §6.1.8). */
class RedirectTest {
  private static final int REDIRECT_HOST = 292;
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);

  @RegisterExtension final Site site = new Site();

  @Test
  @DisplayName("CONF-RED-03 a redirect opens no connection and makes no second transmission")
  void redirectIsNotFollowed() {
    var first = site.scriptedDra(1);
    var second = site.dra(2);
    site.start();
    var dra = site.accept(first, "dra1." + REMOTE);
    site.awaitConnections(2);
    var app = site.peer(APP);
    try (var stranger = ScriptedListener.on(0)) {
      for (String host :
          new String[] {"aaa://127.0.0.1:" + stranger.port(), "aaa://dra2.remote.test", "", "\0"}) {
        var request = site.request();
        app.send(request);
        var redirect =
            ANSWERS.to(dra.expectRequest(272), 3006).with(LabAvp.text(REDIRECT_HOST, host));

        dra.send(redirect);

        assertThat(app.expectAnswer(272).bytes())
            .isEqualTo(redirect.withHopByHopId(request.hopByHopId()).bytes());
      }
      stranger.expectNoConnection(Duration.ofMillis(200));
    }
    assertThat(second.requests()).isEmpty();
    assertThat(site.count(Counter.RETRIED)).isZero();
  }
}
