package io.diametergw.app;

import static io.diametergw.app.StartedGateway.answer;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabAvp;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.AvpCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every number of the statistics is real: known traffic goes through, and each is what it must be.
 */
@Timeout(60)
class StatisticsTest {
  private static final Pattern NUMBER = Pattern.compile("(\\w+)=([0-9.]+)");

  private static Map<String, String> numbers(StartedGateway gateway) {
    var numbers = new HashMap<String, String>();
    for (var line : gateway.gateway().stats().lines()) {
      if (!line.startsWith("DRA ")
          || line.startsWith("DRA Pool")
          || line.startsWith("DRA Messages")) {
        var number = NUMBER.matcher(line);
        while (number.find()) {
          numbers.put(number.group(1), number.group(2));
        }
      }
    }
    return numbers;
  }

  @Test
  void eachNumberIsThatOfTheTraffic() {
    try (var dra1 = simulatedDra(1);
        var dra2 = simulatedDra(2);
        var gateway =
            StartedGateway.start(
                    "session-timeout: 1500ms\ndra-pool: { stall-timeout: 20s }\n"
                        + dras(dra1.port(), dra2.port()))
                .awaitDras(2);
        var app = new SimulatedLogicApp("app.example.com", "example.com").connect(gateway.port())) {
      for (int i = 0; i < 7; i++) { // answered
        assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
      }
      for (int i = 0; i < 3; i++) { // of a DRA, answered
        assertThat(
                answer(dra1.push(PushCommand.CLR, "app.example.com", "example.com")).resultCode())
            .isEqualTo(2001);
      }
      assertThat(
              answer(dra1.push(PushCommand.CLR, "nobody.example.com", "example.com")).resultCode())
          .isEqualTo(3002);
      var requests = app.requests(0);
      var air = requests.air(requests.sessionId(99), "001010000000001");
      assertThat(
              answer(
                      app.send(
                          0,
                          air.with(LabAvp.text(AvpCode.ROUTE_RECORD, "diameter-gw.example.com"))))
                  .resultCode())
          .isEqualTo(3005);
      assertThat(answer(app.send(0, air.without(AvpCode.DESTINATION_REALM))).resultCode())
          .isEqualTo(3007);
      dra1.dropEvery(1);
      for (int i = 0; i < 2; i++) { // expired
        assertThat(answer(app.send()).resultCode()).isEqualTo(3002);
      }
      dra1.kill(); // failover
      await("failover", () -> gateway.gateway().stats().activePriority() == 2);
      assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
      dra2.dropEvery(1);
      var pending = app.send();
      await("one request at DRA-2 without answer", () -> dra2.count(DraCounter.REQUESTS) == 2);

      var numbers = numbers(gateway);

      var expected = new HashMap<String, String>();
      expected.putAll(
          Map.of(
              "total_requests",
              "17",
              "total_responses",
              "16",
              "active_sessions",
              "1",
              "total_errors",
              "5"));
      expected.putAll(
          Map.of("to_dra", "11", "from_dra", "8", "timeout_errors", "2", "routing_errors", "3"));
      expected.putAll(Map.of("created", "14", "completed", "11", "expired", "2"));
      expected.putAll(
          Map.of(
              "active_priority",
              "2",
              "total_dras",
              "2",
              "active_dras",
              "1",
              "failover_count",
              "1"));
      expected.putAll(
          Map.of(
              "total_connections",
              "2",
              "active_connections",
              "1",
              "unaccounted",
              "0",
              "in_flight",
              "1"));
      expected.putAll(
          Map.of(
              "requests",
              "17",
              "answered",
              "11",
              "answered_by_gateway",
              "5",
              "requester_gone",
              "0"));
      expected.putAll(
          Map.of(
              "loops",
              "1",
              "connections",
              "1",
              "refused_connections",
              "0",
              "requests_from_dras",
              "4"));
      assertThat(numbers).containsAllEntriesOf(expected);
      // sent: 2 CER, 11 requests, 4 answers to the DRA's own; received: 2 CEA, 8 answers, 4
      // requests; and some DWR and DWA
      long watchdogs = dra1.count(DraCounter.DWR_RECEIVED) + dra2.count(DraCounter.DWR_RECEIVED);
      assertThat(Long.parseLong(String.valueOf(numbers.get("sent")))).isEqualTo(17 + watchdogs);
      assertThat(Long.parseLong(String.valueOf(numbers.get("received")))).isEqualTo(14 + watchdogs);
      for (var latency : List.of("avg_latency_ms", "gateway_p50_ms", "gateway_p99_ms")) {
        assertThat(Double.parseDouble(String.valueOf(numbers.get(latency))))
            .as(latency)
            .isBetween(0.001, 20_000.0);
      }
      assertThat(answer(pending).resultCode()).isEqualTo(3002);
      assertThat(numbers(gateway))
          .containsAllEntriesOf(
              Map.of(
                  "total_responses",
                  "17",
                  "active_sessions",
                  "0",
                  "expired",
                  "3",
                  "timeout_errors",
                  "3"));
    }
  }
}
