package io.diametergw.app;

import static io.diametergw.app.StartedGateway.PATIENCE;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;

/** Who the gateway says it is, where it listens, and which two DRAs it dials. */
class IdentityEffectTest {
  /** The CER that a DRA gets and the CEA that a Logic App gets. */
  private static List<LabMessage> cerAndCea(String yaml, String... flags) {
    try (var listener = ScriptedListener.on(0);
        var gateway = StartedGateway.start(yaml + dras(listener.port()), flags);
        var dra = listener.accept(PATIENCE);
        var app = ScriptedPeer.connect(gateway.port())) {
      return List.of(
          dra.expectRequest(CommandCode.CAPABILITIES_EXCHANGE), app.sendCer(StartedGateway.APP));
    }
  }

  @Effect("origin-host")
  void originHostIsInCerAndCea() {
    assertThat(cerAndCea("", "-origin-host", "gw7.example.net"))
        .extracting(m -> m.text(AvpCode.ORIGIN_HOST))
        .containsOnly("gw7.example.net");
  }

  @Effect("origin-realm")
  void originRealmIsInCerAndCea() {
    assertThat(cerAndCea("", "-origin-realm", "example.net"))
        .extracting(m -> m.text(AvpCode.ORIGIN_REALM))
        .containsOnly("example.net");
  }

  @Effect("product")
  void productIsInCerAndCea() {
    assertThat(cerAndCea("", "-product", "Our Gateway"))
        .extracting(m -> m.text(AvpCode.PRODUCT_NAME))
        .containsOnly("Our Gateway");
  }

  @Effect("vendor-id")
  void vendorIdIsInCerAndCea() {
    assertThat(cerAndCea("vendor-id: 4711\n"))
        .extracting(m -> m.unsigned32(AvpCode.VENDOR_ID))
        .containsOnly(4711);
  }

  @Effect("applications")
  void applicationsAreAdvertisedInTheirForm() {
    for (var message : cerAndCea("applications: [s6a, gy, accounting]\n")) {
      assertThat(message.avps(AvpCode.AUTH_APPLICATION_ID))
          .extracting(LabAvp::unsigned32)
          .containsExactly(4);
      assertThat(message.avps(AvpCode.ACCT_APPLICATION_ID))
          .extracting(LabAvp::unsigned32)
          .containsExactly(3);
      assertThat(message.avps(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID))
          .extracting(
              avp -> Objects.requireNonNull(avp.avp(AvpCode.AUTH_APPLICATION_ID)).unsigned32())
          .containsExactly(16777251);
    }
  }

  @Effect("listen")
  void listenSaysWhereAppsConnect() {
    try (var gateway = StartedGateway.start("", "-listen", "127.0.0.2:0");
        var app =
            ScriptedPeer.connect(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.2"), gateway.port()))) {
      var address =
          Objects.requireNonNull(app.sendCer(StartedGateway.APP).avp(AvpCode.HOST_IP_ADDRESS))
              .data();
      assertThat(address).containsExactly(0, 1, 127, 0, 0, 2);
    }
  }

  private static SimulatedDra draAt(String host) throws Exception {
    String name = "dra" + host.substring(host.lastIndexOf('.') + 1);
    return new SimulatedDra(name + ".example.com", "example.com")
        .listen(new InetSocketAddress(InetAddress.ofLiteral(host), 0))
        .start();
  }

  @Effect({"dra1-host", "dra1-port", "dra2-host", "dra2-port"})
  void flagsNameTwoDras() throws Exception {
    try (var dra1 = draAt("127.0.0.3");
        var dra2 = draAt("127.0.0.4");
        var gateway =
            StartedGateway.start(
                "",
                "-dra1-host=127.0.0.3",
                "-dra1-port=" + dra1.port(),
                "-dra2-host=127.0.0.4",
                "-dra2-port=" + dra2.port())) {
      gateway.awaitDras(2);

      assertThat(List.of(dra1.count(DraCounter.CER_RECEIVED), dra2.count(DraCounter.CER_RECEIVED)))
          .containsOnly(1L);
      assertThat(gateway.gateway().stats().activePriority()).isEqualTo(1);
      dra1.kill();
      await("failover to DRA-2", () -> gateway.gateway().stats().activePriority() == 2);
    }
  }

  @Effect("dra2-host")
  void secondDraCanBeNone() {
    try (var dra = simulatedDra(1);
        var gateway = StartedGateway.start("", "-dra1-port=" + dra.port(), "-dra2-host=none")) {
      gateway.awaitDras(1);

      assertThat(gateway.gateway().stats().dras())
          .extracting(d -> d.name())
          .containsExactly("DRA-1");
    }
  }
}
