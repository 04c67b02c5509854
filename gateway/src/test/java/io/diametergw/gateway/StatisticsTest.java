package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every number of the statistics after traffic that is known. */
class StatisticsTest {
  private static final String APP = "app1." + LOCAL;

  @RegisterExtension final Site site = new Site();

  private static Map<String, String> values(List<String> lines, String group) {
    var values = new TreeMap<String, String>();
    String line = lines.stream().filter(l -> l.startsWith(group + ": ")).findFirst().orElseThrow();
    for (String pair : line.substring(group.length() + 2).split(" ", -1)) {
      values.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return values;
  }

  private static void assertValues(List<String> lines, String group, String expected) {
    assertThat(lines).as(group).contains(group + ": " + expected);
  }

  @Test
  void everyNumberIsWhatWasDriven() throws Exception {
    var dra1 = site.dra(1);
    var dra2 = site.dra(2);
    site.start(c -> c.sessionTimeout(Duration.ofMillis(300)));
    var app = site.peer(APP);

    for (int i = 0; i < 10; i++) { // 10 answered
      app.send(site.request());
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    }
    dra1.dropEvery(1);
    app.send(site.request()); // 1 expired
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3002);
    dra1.dropEvery(0).resultCode(3004);
    app.send(site.request()); // 1 retried
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
    dra1.resultCode(2001);
    app.send(site.request().with(LabAvp.text(AvpCode.ROUTE_RECORD, Site.GATEWAY))); // 1 loop
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3005);
    app.send(site.request().withFlags(Header.REQUEST)); // 1 not proxiable
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3007);
    app.send(site.request().with(LabAvp.text(AvpCode.DESTINATION_HOST, ""))); // 1 malformed
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(5004);
    var pushed = dra2.push(PushCommand.CLR, APP, LOCAL); // 1 of a DRA
    app.send(new io.diametergw.lab.Answers(APP, LOCAL).to(app.expectRequest(317), 2001));
    assertThat(pushed.get(10, TimeUnit.SECONDS).resultCode()).isEqualTo(2001);
    var nobody = dra2.push(PushCommand.CLR, "nobody." + LOCAL, LOCAL); // 1 not routable
    assertThat(nobody.get(10, TimeUnit.SECONDS).resultCode()).isEqualTo(3002);
    app.send(new io.diametergw.lab.Answers(APP, LOCAL).to(site.request(), 2001)); // 1 unmatched
    app.sendDwr(LabNode.relay(APP, LOCAL));
    dra1.kill(); // 1 failover
    site.awaitPriority(2);
    dra1.restart(); // 1 failback
    site.awaitPriority(1);
    app.send(site.request()); // 1 answered
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);

    var stats = site.awaitQuiet();
    var lines = stats.lines();

    assertThat(lines.getFirst()).isEqualTo("=== Gateway Statistics ===");
    assertThat(lines.subList(1, 6).stream().map(line -> line.substring(0, line.indexOf(':'))))
        .containsExactly("Gateway", "Forwarding", "Sessions", "DRA Pool", "DRA Messages");
    var gateway = values(lines, "Gateway");
    assertThat(Double.parseDouble(String.valueOf(gateway.remove("avg_latency_ms"))))
        .isBetween(0.001, 1_000.0);
    assertThat(gateway)
        .isEqualTo(
            Map.of(
                "total_requests",
                "18",
                "total_responses",
                "18",
                "active_sessions",
                "0",
                "total_errors",
                "5"));
    assertValues(lines, "Forwarding", "to_dra=14 from_dra=13 timeout_errors=1 routing_errors=2");
    assertValues(lines, "Sessions", "created=14 completed=13 expired=1");
    assertValues(
        lines,
        "DRA Pool",
        "active_priority=1 total_dras=2 active_dras=2 total_connections=2 active_connections=2 failover_count=1");
    // DRA-1: CER, 12 requests, CER, 3 DWR, 1 request; DRA-2: CER, 1 request, 2 answers
    assertValues(lines, "DRA Messages", "sent=22 received=21");
    assertValues(
        lines,
        "Books",
        "requests=18 answered=13 answered_by_gateway=5 requester_gone=0 in_flight=0 unaccounted=0");
    assertValues(
        lines,
        "Failover",
        "failback_count=1 retransmitted=0 rerouted=0 retried=1 unmatched_answers=1");
    assertValues(
        lines,
        "Refused",
        "loops=1 too_busy=0 not_proxiable=1 intercepted=0 malformed_requests=1 malformed_answers=0 defects=0");
    assertValues(lines, "Logic Apps", "connections=1 refused_connections=0 requests_from_dras=2");
    assertThat(values(lines, "Latency")).containsOnlyKeys("gateway_p50_ms", "gateway_p99_ms");
    assertThat(values(lines, "DRA DRA-1"))
        .containsEntry("priority", "1")
        .containsEntry("pending", "0")
        .containsEntry("health", "OKAY");
    assertThat(values(lines, "DRA DRA-2"))
        .containsEntry("sent", "4")
        .containsEntry("received", "4");
    assertThat(stats.dras()).hasSize(2);
  }
}
