package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.Answers;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.script.ScriptedPeer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Traffic and watchdogs on one connection to a DRA (RFC 3539 §3.4, Appendix A). */
class DraWatchdogTest {
  private static final LabNode DRA1 = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);
  private static final long BETWEEN_REQUESTS_NANOS = 20_000_000;

  @RegisterExtension final Site site = new Site();

  @Test
  @DisplayName(
      "CONF-DW-06 requests that are sent do not put off the DWR to a DRA that says nothing")
  void sendingDoesNotResetTheTimer() {
    var listener = site.scriptedDra(1);
    site.start(c ->
        c.draPool(pool ->
            pool.dwrInterval(Duration.ofSeconds(1))
                .dwrTimeout(Duration.ofMillis(900))
                .stallTimeout(Duration.ofSeconds(1))
                .stallProbeTimeout(Duration.ofMillis(900))));
    var dra = site.accept(listener, DRA1);
    site.awaitConnections(1);
    var app = site.peer(APP);
    long begun = System.nanoTime();

    int requests = 0;
    LabMessage message;
    do {
      app.send(site.request());
      LockSupport.parkNanos(BETWEEN_REQUESTS_NANOS);
      message = dra.expectMessage();
      requests++;
    } while (message.commandCode() == 272);

    assertThat(message.commandCode()).isEqualTo(280);
    assertThat(message.isRequest()).isTrue();
    assertThat(requests).isGreaterThan(5);
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isBetween(Duration.ofMillis(600), Duration.ofMillis(2_500)); // T, jitter T/3
  }

  @Test
  @DisplayName("CONF-DW-16 a DRA that is being reopened has its requests and answers served")
  void reopeningDraIsServed() {
    var listener = site.scriptedDra(1);
    site.start(c -> c.draPool(pool -> pool.stallTimeout(Duration.ofSeconds(20))));
    var lost = site.accept(listener, DRA1);
    site.awaitConnections(1);
    lost.reset();
    site.awaitConnections(0);
    ScriptedPeer dra = site.accept(listener, DRA1);
    assertThat(dra.expectRequest(280)).as("the first of three DWRs").isNotNull();
    site.awaitPriority(1);
    var app = site.peer(APP);

    app.send(site.request()); // the last resort
    dra.send(ANSWERS.to(dra.expectRequest(272), 2001));
    dra.send(PushCommand.CLR.request(DRA1, APP, LOCAL, "s;1", "001010000000001"));

    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    app.send(ANSWERS.to(app.expectRequest(317), 2001));
    assertThat(dra.expectAnswer(317).resultCode()).isEqualTo(2001);
    assertThat(site.stats().dras().getFirst().health()).isEqualTo("REOPEN");
  }
}
