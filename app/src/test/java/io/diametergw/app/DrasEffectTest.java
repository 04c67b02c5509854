package io.diametergw.app;

import static io.diametergw.app.StartedGateway.answer;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dra;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabMessage;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** What the list of DRAs says of each. */
class DrasEffectTest {
  private static SimulatedLogicApp app(StartedGateway gateway) {
    return new SimulatedLogicApp("app.example.com", "example.com").connect(gateway.port());
  }

  private static List<Long> requests(SimulatedDra... dras) {
    return List.of(dras).stream().map(dra -> dra.count(DraCounter.REQUESTS)).toList();
  }

  private static void ask(SimulatedLogicApp app, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
    }
  }

  @Effect({"dras.name", "dras.host", "dras.port"})
  void nameIsShownAndHostAndPortAreDialled() throws Exception {
    try (var dra =
            new SimulatedDra("x.example.com", "example.com")
                .listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.5"), 0))
                .start();
        var gateway =
            StartedGateway.start(
                    "dras:\n  - { name: north, host: 127.0.0.5, port: %d }\n".formatted(dra.port()))
                .awaitDras(1)) {
      assertThat(gateway.gateway().stats().lines())
          .anyMatch(line -> line.startsWith("DRA north: address=127.0.0.5:" + dra.port()));
    }
  }

  @Effect("dras.priority")
  void lowestNumberTakesTheRequests() {
    try (var dra1 = simulatedDra(1);
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                    "dras:\n"
                        + dra("A", dra1.port(), "priority: 9")
                        + dra("B", dra2.port(), "priority: 4"))
                .awaitDras(2);
        var app = app(gateway)) {
      ask(app, 5);

      assertThat(requests(dra1, dra2)).containsExactly(0L, 5L);
    }
  }

  @Effect("dras.weight")
  void weightIsTheShare() {
    try (var dra1 = simulatedDra(1);
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                    "dras:\n"
                        + dra("A", dra1.port(), "weight: 30")
                        + dra("B", dra2.port(), "weight: 10"))
                .awaitDras(2);
        var app = app(gateway)) {
      ask(app, 40);

      assertThat(requests(dra1, dra2)).containsExactly(30L, 10L);
    }
  }

  @Effect("dras.identity")
  void otherIdentityIsNotUsed() {
    try (var dra = simulatedDra(1);
        var gateway =
            StartedGateway.start("dras:\n" + dra("A", dra.port(), "identity: other.example.com"));
        var app = app(gateway)) {
      gateway.awaitClosed("is dra1.example.com instead of other.example.com");

      assertThat(answer(app.send()).resultCode()).isEqualTo(3002);
    }
  }

  @Effect("dras.route-record")
  void routeRecordCanBeLeftOut() {
    try (var dra1 = simulatedDra(1);
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                    "dras:\n"
                        + dra("A", dra1.port(), "route-record: false")
                        + dra("B", dra2.port(), ""))
                .awaitDras(2);
        var app = app(gateway)) {
      ask(app, 2);

      assertThat(dra1.requests())
          .singleElement()
          .satisfies(request -> assertThat(request.avp(AvpCode.ROUTE_RECORD)).isNull());
      assertThat(dra2.requests())
          .singleElement()
          .satisfies(request ->
              assertThat(request.text(AvpCode.ROUTE_RECORD)).isEqualTo("app.example.com"));
    }
  }

  @Effect("dras.forward-non-proxiable")
  void requestsOfADraWithoutPAreForwardedWhereToldSo() {
    try (var dra1 = simulatedDra(1);
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                    "dras:\n"
                        + dra("A", dra1.port(), "forward-non-proxiable: true")
                        + dra("B", dra2.port(), ""))
                .awaitDras(2);
        var app = app(gateway)) {
      await("the app", () -> app.openConnections() == 1);

      assertThat(answer(dra1.push(withoutP(dra1))).resultCode()).isEqualTo(2001);
      assertThat(answer(dra2.push(withoutP(dra2))).resultCode()).isEqualTo(3007);
    }
  }

  private static LabMessage withoutP(SimulatedDra dra) {
    return PushCommand.CLR
        .request(dra.node(), "app.example.com", "example.com", "s;1;1", "001010000000001")
        .withFlags(Header.REQUEST);
  }
}
