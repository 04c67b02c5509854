package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.LogicAppsBuilder;
import io.diametergw.gateway.config.LogicAppsConfig.DuplicateOriginHost;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may be a Logic App, and how many. */
class LogicAppAdmissionTest {
  private static final LabNode APP = LabNode.relay("app1." + LOCAL, LOCAL);

  @RegisterExtension final Site site = new Site();

  private void start(Consumer<LogicAppsBuilder> apps) {
    site.dra(1);
    site.start(c -> c.logicApps(apps));
  }

  private LabMessage refusal(LabNode node, int code) {
    var peer = site.stranger();
    peer.send(BaseMessages.cer(node));
    var cea = peer.expectAnswer(257);
    assertThat(cea.resultCode()).isEqualTo(code);
    assertThat(cea.avp(AvpCode.ERROR_MESSAGE)).isNotNull();
    peer.expectEnd(PATIENCE);
    return cea;
  }

  private void assertServed(ScriptedPeer app) {
    app.send(site.request());
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  @DisplayName("CONF-CER-13 an Origin-Host that is not on the list gets 3010 with E")
  void originHostIsNotAllowed() {
    start(apps -> apps.allow(List.of("app*." + LOCAL)));

    assertThat(refusal(LabNode.relay("mme1." + LOCAL, LOCAL), 3010).isError()).isTrue();
    assertServed(site.peer("APP7." + LOCAL));
    assertThat(site.stats().logicApps()).isEqualTo(1);
  }

  @Test
  @DisplayName("CONF-CER-13 an address outside of the blocks gets 3010")
  void addressIsNotAllowed() {
    start(apps -> apps.allowAddresses(List.of("10.0.0.0/8", "2001:db8::/32")));

    refusal(APP, 3010);
  }

  @Test
  @DisplayName("CONF-CER-13 an address in a block is welcome")
  void addressIsAllowed() {
    start(apps -> apps.allowAddresses(List.of("10.0.0.0/8", "127.0.0.0/8")));

    assertServed(site.peer(APP));
  }

  @Test
  @DisplayName("CONF-INI-13 the gateway's own identity is refused")
  void ownIdentity() {
    start(_ -> {});

    var peer = site.stranger();
    peer.send(BaseMessages.cer(LabNode.relay("GW.LOCAL.test", LOCAL)));

    assertThat(peer.expectAnswer(257).resultCode()).isEqualTo(3010);
    peer.expectEnd(PATIENCE);
  }

  @Test
  @DisplayName("CONF-CER-14 CONF-CER-15 duplicate-origin-host: allow")
  void duplicatesAreAllowed() {
    start(_ -> {});
    var first = site.peer(APP);

    var second = site.peer(LabNode.relay("App1.Local.TEST", LOCAL));

    assertServed(first);
    assertServed(second);
  }

  @Test
  @DisplayName("CONF-CER-14 CONF-CER-15 duplicate-origin-host: reject; the old one is probed")
  void duplicatesAreRejected() {
    start(apps -> apps.duplicateOriginHost(DuplicateOriginHost.REJECT));
    var first = site.peer(APP);

    refusal(LabNode.relay("App1.Local.TEST", LOCAL), 5012);

    first.send(BaseMessages.dwa(APP, first.expectRequest(280)));
    assertServed(first);
    first.reset();
    site.awaitStats("gone", now -> now.logicApps() == 0);
    assertServed(site.peer(APP));
  }

  @Test
  @DisplayName("CONF-CER-14 duplicate-origin-host: replace; the old one gets DPR")
  void duplicatesReplace() {
    start(apps -> apps.duplicateOriginHost(DuplicateOriginHost.REPLACE));
    var first = site.peer(APP);

    var second = site.peer(APP);

    var dpr = first.expectRequest(282);
    first.send(BaseMessages.dpa(APP, dpr));
    first.expectEnd(PATIENCE);
    assertServed(second);
  }

  @Test
  @DisplayName(
      "CONF-CER-22 the connection above max-connections is refused, the others do not notice")
  void tooManyConnections() {
    start(apps -> apps.maxConnections(3));
    var three = new ArrayList<ScriptedPeer>();
    for (int i = 0; i < 3; i++) {
      three.add(site.peer("app" + i + "." + LOCAL));
    }

    assertThat(ScriptedPeer.connectToEnd(site.port())).isIn(Ending.FIN, Ending.RST);

    three.forEach(this::assertServed);
    assertThat(site.stats().refusedConnections()).isEqualTo(1);
    assertThat(site.stats().logicApps()).isEqualTo(3);
    three.getFirst().reset();
    site.awaitStats("room", now -> now.logicApps() == 2);
    assertServed(site.peer(APP));
  }

  @Test
  @DisplayName("CONF-CER-18 CONF-HDR-01 requests behind the CER are served after the CEA")
  void requestsBehindTheCer() {
    start(_ -> {});
    var peer = site.stranger();
    var all = new java.io.ByteArrayOutputStream();
    all.writeBytes(BaseMessages.cer(APP).bytes());
    all.writeBytes(site.request().bytes());
    all.writeBytes(site.request().bytes());

    peer.send(all.toByteArray());

    assertThat(peer.expectAnswer(257).resultCode()).isEqualTo(2001);
    assertThat(peer.expectAnswer(272).resultCode()).isEqualTo(2001);
    assertThat(peer.expectAnswer(272).resultCode()).isEqualTo(2001);
  }
}
