package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.config.GatewayConfigBuilder;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.peer.LocalNode;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The AVPs that the gateway writes itself, in every message of its own. */
class OwnAvpTest {
  private static final int M = 0x40;
  private static final LabNode APP_NODE = LabNode.relay(APP, LOCAL);
  private static final LabNode DRA = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);

  /** RFC 6733 §4.5: those of ours that must not have M. */
  private static final Set<Integer> WITHOUT_M =
      Set.of(
          AvpCode.ERROR_MESSAGE,
          AvpCode.ERROR_REPORTING_HOST,
          AvpCode.PRODUCT_NAME,
          AvpCode.FIRMWARE_REVISION);

  @RegisterExtension final Site site = new Site();

  private ScriptedPeer startedWithDra(List<LabMessage> said, Consumer<GatewayConfigBuilder> more) {
    var listener = site.scriptedDra(1);
    site.start(c -> {
      c.draPool(pool -> pool.dwrInterval(Duration.ofSeconds(1)).dwrTimeout(Duration.ofMillis(900)));
      more.accept(c);
    });
    var dra = site.accept(listener);
    said.add(dra.answerCer(DRA));
    site.awaitConnections(1);
    return dra;
  }

  /** The next message that is no DWR; those are answered. */
  private static LabMessage expectOther(ScriptedPeer dra) {
    var message = dra.expectMessage(PATIENCE);
    while (message.commandCode() == 280) {
      dra.send(BaseMessages.dwa(DRA, message));
      message = dra.expectMessage(PATIENCE);
    }
    return message;
  }

  @Test
  @DisplayName("CONF-AVP-18 every AVP of the gateway's own has the flags of RFC 6733 §4.5, V never")
  void flagsOfOwnAvps() {
    var said = new ArrayList<LabMessage>();
    var dra = startedWithDra(said, _ -> {});
    var app = site.stranger();
    app.send(BaseMessages.cer(APP_NODE));
    said.add(app.expectAnswer(257));
    said.add(app.sendDwr(APP_NODE));
    app.send(BaseMessages.cer(APP_NODE));
    said.add(app.expectAnswer(257)); // 5012
    for (LabMessage wrong :
        List.of(
            site.request().with(LabAvp.text(AvpCode.ROUTE_RECORD, Site.GATEWAY)),
            site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, "")))) {
      app.send(wrong);
      said.add(app.expectAnswer(272).without(AvpCode.SESSION_ID)); // which is not ours
    }
    app.send(site.request());
    var asked = expectOther(dra);
    said.add(asked.withAvps(asked.avps(AvpCode.ROUTE_RECORD)));
    dra.send(ANSWERS.to(asked, 2001));
    app.expectAnswer(272);
    var dwr = dra.expectRequest(280);
    said.add(dwr);
    dra.send(BaseMessages.dwa(DRA, dwr));
    app.send(BaseMessages.dpr(APP_NODE, 0));
    said.add(app.expectAnswer(282));
    app.close();
    var drained = Site.supply(site.gateway()::drain);
    var dpr = expectOther(dra);
    said.add(dpr);
    dra.send(BaseMessages.dpa(DRA, dpr));
    drained.join();
    site.stopped();

    var seen = new HashSet<Integer>();
    for (LabMessage message : said) {
      for (LabAvp avp : message.avps()) {
        seen.add(avp.code());
        assertThat(avp.flags())
            .as("flags of %s in %s", avp, message)
            .isEqualTo(WITHOUT_M.contains(avp.code()) ? 0 : M);
      }
    }
    assertThat(seen)
        .contains(
            AvpCode.ORIGIN_HOST,
            AvpCode.ORIGIN_REALM,
            AvpCode.RESULT_CODE,
            AvpCode.ROUTE_RECORD,
            AvpCode.FAILED_AVP,
            AvpCode.HOST_IP_ADDRESS,
            AvpCode.VENDOR_ID,
            AvpCode.ORIGIN_STATE_ID,
            AvpCode.DISCONNECT_CAUSE,
            AvpCode.ERROR_MESSAGE,
            AvpCode.PRODUCT_NAME)
        .doesNotContain(AvpCode.ERROR_REPORTING_HOST);
  }

  /** The Origin-State-Ids of CER and DWR to a DRA, CEA and DWA to a Logic App. */
  private Set<Integer> originStateIds() {
    var said = new ArrayList<LabMessage>();
    var dra = startedWithDra(said, _ -> {});
    var app = site.stranger();
    app.send(BaseMessages.cer(APP_NODE));
    said.add(app.expectAnswer(257));
    said.add(app.sendDwr(APP_NODE));
    said.add(dra.expectRequest(280));
    dra.close();
    app.close();
    return said.stream()
        .map(message -> message.unsigned32(AvpCode.ORIGIN_STATE_ID))
        .collect(Collectors.toSet());
  }

  @Test
  @DisplayName(
      "CONF-CER-19 Origin-State-Id is one in CER, CEA, DWR and DWA, greater after a restart")
  void originStateId() {
    var before = originStateIds();
    site.gateway().close();
    site.stopped();
    assertThat(before).hasSize(1);
    int first = before.iterator().next();
    await().atMost(PATIENCE).until(() -> LocalNode.originStateIdOfNow() != first);

    var after = originStateIds();

    assertThat(after).hasSize(1);
    assertThat(after.iterator().next()).isGreaterThan(first);
  }

  @Test
  @DisplayName(
      "CONF-CER-23 Product-Name and Vendor-Id are those of the configuration, on both sides")
  void productAndVendor() {
    var said = new ArrayList<LabMessage>();
    startedWithDra(said, c -> c.productName("Some-Product").vendorId(4242));
    var app = site.stranger();
    app.send(BaseMessages.cer(APP_NODE));
    said.add(app.expectAnswer(257));

    for (LabMessage message : said) {
      assertThat(message.text(AvpCode.PRODUCT_NAME)).isEqualTo("Some-Product");
      assertThat(message.unsigned32(AvpCode.VENDOR_ID)).isEqualTo(4242);
      assertThat(message.avp(AvpCode.FIRMWARE_REVISION)).isNull();
    }
  }
}
