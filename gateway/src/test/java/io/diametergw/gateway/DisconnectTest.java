package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Relaying.assertRefused;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.LogicAppsConfig.DuplicateOriginHost;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that are on their way, or still come, when one side says DPR (RFC 6733 §5.4). */
class DisconnectTest {
  private static final LabNode APP_NODE = LabNode.relay(APP, LOCAL);
  private static final LabNode DRA = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);

  @RegisterExtension final Site site = new Site();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  @DisplayName("CONF-DP-02 DPR while messages are in flight both ways: DPA 2001, and they arrive")
  void dprWithMessagesInFlight(int cause) {
    var listener = site.scriptedDra(1);
    site.start();
    var dra = site.accept(listener, DRA);
    site.awaitConnections(1);
    var app = site.peer(APP);
    app.send(site.request());
    var asked = dra.expectRequest(272);
    dra.send(PushCommand.CLR.request(DRA, APP, LOCAL, "s;1", "001010000000001"));
    var pushed = app.expectRequest(317);

    app.send(BaseMessages.dpr(APP_NODE, cause));
    var dpa = app.expectAnswer(282);
    dra.send(ANSWERS.to(asked, 2001));
    app.send(ANSWERS.to(pushed, 2001));

    assertThat(dpa.resultCode()).isEqualTo(2001);
    assertThat(dpa.flags()).isZero();
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(dra.expectAnswer(317).resultCode()).isEqualTo(2001);
    app.close();
    assertThat(site.awaitQuiet().count(Counter.REQUESTER_GONE)).isZero();
  }

  @Test
  @DisplayName("CONF-DP-09 a request that comes after the gateway's DPR gets 3002, not silence")
  void requestAfterOurDpr() {
    var dra = site.dra(1);
    site.start(c -> c.logicApps(apps -> apps.duplicateOriginHost(DuplicateOriginHost.REPLACE)));
    var app = site.peer(APP);
    var replacement = site.peer(APP);
    var dpr = app.expectRequest(282);

    assertRefused(app, site.request(), 3002);
    assertRefused(app, site.request(), 3002);
    app.send(BaseMessages.dpa(APP_NODE, dpr));

    app.expectClosed();
    assertThat(dra.requests()).isEmpty();
    replacement.send(site.request());
    assertThat(replacement.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  @DisplayName("CONF-DP-09 a request that comes after the DPR of a stopping gateway gets 3002")
  void requestAfterTheDprOfADrain() {
    site.dra(1);
    var gateway = site.start();
    var app = site.peer(APP);
    var drained = Site.supply(gateway::drain);
    var dpr = app.expectMessage(PATIENCE);
    assertThat(dpr.commandCode()).isEqualTo(282);

    assertRefused(app, site.request(), 3002);
    app.send(BaseMessages.dpa(APP_NODE, dpr));

    app.expectClosed();
    assertThat(drained.join().lost()).isZero();
    site.stopped();
  }
}
