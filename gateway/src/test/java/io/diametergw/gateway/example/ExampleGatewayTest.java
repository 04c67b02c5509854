package io.diametergw.gateway.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.Gateway;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulators as test doubles of a program that has a gateway inside. */
@Timeout(30)
class ExampleGatewayTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @Test
  void requestIsAnsweredAndTheStatisticsOutliveTheDrain() throws Exception {
    try (var dra = new SimulatedDra("dra1.example.com", "example.com").start();
        var gateway = Gateway.start(config(dra), ExampleGateway.EXTENSIONS);
        var app =
            new SimulatedLogicApp("mme.example.com", "example.com")
                .connect(gateway.listenAddress())) {
      while (gateway.stats().activePriority() == 0) {
        Thread.onSpinWait();
      }

      var answer = app.send().get(5, TimeUnit.SECONDS);
      var drained = gateway.drain();

      assertThat(answer.resultCode()).as(app.report()).isEqualTo(2001);
      assertThat(drained.lost()).isZero();
      assertThat(gateway.stats().totalResponses()).isEqualTo(1);
    }
  }

  @Test
  void interceptorRefusesWhatADraAsks() throws Exception {
    try (var dra = new SimulatedDra("dra1.example.com", "example.com").start();
        var gateway = Gateway.start(config(dra), ExampleGateway.EXTENSIONS);
        var app =
            new SimulatedLogicApp("pgw.example.com", "example.com")
                .application(LabApplication.GY)
                .connect(gateway.listenAddress())) {
      while (gateway.stats().activePriority() == 0) {
        Thread.onSpinWait();
      }

      var answer =
          dra.push(PushCommand.ASR, "pgw.example.com", "example.com").get(5, TimeUnit.SECONDS);

      assertThat(answer.resultCode()).isEqualTo(5012);
      assertThat(app.ledger().pushes()).isZero();
    }
  }

  private static GatewayConfig config(SimulatedDra dra) {
    return GatewayConfig.builder()
        .originHost("my-gw.example.com")
        .originRealm("example.com")
        .listen(new InetSocketAddress(HERE, 0))
        .statsInterval(Duration.ZERO)
        .dra("DRA-1", HERE.getHostAddress(), dra.port(), 1)
        .build();
  }
}
