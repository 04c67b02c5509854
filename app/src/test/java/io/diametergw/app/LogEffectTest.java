package io.diametergw.app;

import static io.diametergw.app.StartedGateway.answer;
import static io.diametergw.app.StartedGateway.await;
import static io.diametergw.app.StartedGateway.dras;
import static io.diametergw.app.StartedGateway.openDra;
import static io.diametergw.app.StartedGateway.simulatedDra;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.Requests;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What stands in the log. The log is one for the process, so nothing else runs beside. */
@Isolated
class LogEffectTest {
  private static final String IMSI = "001010000000001"; // of the app's first request

  private static SimulatedLogicApp app(LoggedGateway gateway) {
    return new SimulatedLogicApp("app.example.com", "example.com").connect(gateway.port());
  }

  /**
   * The log of a gateway that has seen one request time out, and one answered with a broken answer.
   */
  private static String logOfTroubles(String... flags) throws Exception {
    try (var listener = ScriptedListener.on(0);
        var gateway =
            LoggedGateway.start(dras(listener.port()) + "session-timeout: 300ms\n", flags);
        var dra = openDra(listener);
        var app = app(gateway.awaitDras(1))) {
      var unanswered = app.send();
      dra.expectRequest(318);
      assertThat(answer(unanswered).resultCode()).isEqualTo(3002);
      var badlyAnswered = app.send();
      dra.send(broken(dra.expectRequest(318)));
      assertThat(answer(badlyAnswered).resultCode()).isEqualTo(5012);
      assertThat(answer(app.send(0, brokenRequest())).resultCode()).isEqualTo(5014);
      dra.reset(); // it would not answer the DPR
      assertThat(gateway.stop()).isZero();
      return gateway.log();
    }
  }

  /** An answer whose only AVP claims to be longer than the message. */
  private static byte[] broken(LabMessage request) {
    byte[] answer =
        LabMessage.ofHex("0100001c 40000000 00000000 00000000 00000000 0000010c 400000ff").bytes();
    byte[] of = request.bytes();
    System.arraycopy(of, 5, answer, 5, Header.LENGTH - 5); // command, application and identifiers
    return answer;
  }

  private static LabMessage brokenRequest() {
    return LabMessage.ofHex("0100001c c000013e 01000023 00000000 00000000 0000010c 400000ff");
  }

  private static Set<String> levels(String log) {
    return log.lines()
        .map(line -> line.split(" +", 3)[1])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Effect("log")
  void levelSaysWhichLinesAppear() throws Exception {
    var debug = logOfTroubles("-log", "debug");
    assertThat(debug.lines())
        .anyMatch(line -> line.matches("\\S+ DEBUG << app.example.com AIR 318/16777251 .*"))
        .anyMatch(line -> line.matches("\\S+ DEBUG >> DRA-1 AIR 318/16777251 .*"))
        .anyMatch(line -> line.matches("\\S+ DEBUG >> app.example.com AIA 318/16777251 .* 3002 .*"))
        .anyMatch(line -> line.matches("\\S+ DEBUG app.example.com OPEN .*"));
    assertThat(levels(debug)).containsExactly("DEBUG", "ERROR", "INFO", "WARN");

    var info = logOfTroubles();
    assertThat(info.lines())
        .filteredOn(line -> line.contains(" listens on "))
        .singleElement(STRING)
        .matches(
            "\\S+ INFO  diameter-gateway \\S+ \\(commit \\S+, JDK \\S+\\) listens on 127\\.0\\.0\\.1:\\d+ as diameter-gw\\.example\\.com, DRAs: 1");
    assertThat(info.lines())
        .anyMatch(line -> line.matches("\\S+ INFO  DRA-1 OPEN 127\\.0\\.0\\.1:\\d+"));
    assertThat(levels(info)).containsExactly("ERROR", "INFO", "WARN");

    var warn = logOfTroubles("-log=warn");
    assertThat(warn.lines())
        .anyMatch(line ->
            line.matches(
                "\\S+ WARN  no answer from DRA-1 in 300 ms: command 318 application 16777251 end-to-end [0-9a-f]{8}"));
    assertThat(levels(warn)).containsExactly("ERROR", "WARN");

    var error = logOfTroubles("-log=error");
    assertThat(error.lines()).hasSize(2);
    assertThat(error.lines().findFirst().orElseThrow())
        .contains(" ERROR DRA-1 sent a bad answer: ");
    assertThat(error.lines().skip(1).findFirst().orElseThrow())
        .contains(" ERROR app.example.com sent a bad request: ");
  }

  @Effect("log-format")
  void jsonIsALineOfJsonEach() throws Exception {
    assertThat(logOfTroubles("-log=debug").lines()).noneMatch(line -> line.startsWith("{"));
    try (var gateway = LoggedGateway.start("log-format: json\n")) {
      gateway.awaitLog("listens on");
      gateway.stop();

      assertThat(gateway.log().lines())
          .allMatch(line ->
              line.matches(
                  "\\{\"time\":\"[^\"]+Z\",\"level\":\"(INFO|WARN)\",\"logger\":\"io\\.diametergw\\.[^\"]+\",.*}"));
    }
  }

  private static List<String> messageLines(String yaml, String... flags) throws Exception {
    try (var dra = simulatedDra(1);
        var gateway = LoggedGateway.start(yaml + dras(dra.port()), flags).awaitDras(1);
        var app = app(gateway)) {
      assertThat(answer(app.send()).resultCode()).isEqualTo(2001);
      gateway.stop();
      return gateway
          .log()
          .lines()
          .filter(line -> line.contains(" << ") || line.contains(" >> "))
          .map(line -> line.substring(line.indexOf(' ') + 1))
          .toList();
    }
  }

  @Effect("log-requests")
  void requestsAreLoggedWithTheirRoutingAvps() throws Exception {
    assertThat(messageLines("")).isEmpty();

    var lines = messageLines("", "-log-requests");

    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .matches(
            "INFO  << app\\.example\\.com AIR 318/16777251 hbh [0-9a-f]{8} e2e [0-9a-f]{8} \\d+ B .*");
    assertThat(lines.get(1))
        .matches("INFO  >> DRA-1 AIR 318/16777251 hbh [0-9a-f]{8} e2e [0-9a-f]{8} \\d+ B .*");
    assertThat(lines)
        .allMatch(line ->
            line.contains("Session-Id=")
                && line.contains("Origin-Host=\"app.example.com\"")
                && line.contains("Destination-Realm=\"example.com\""));
  }

  @Effect("log-responses")
  void answersAreLoggedWithTheirResult() throws Exception {
    var lines = messageLines("", "-log-responses");

    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .matches("INFO  << DRA-1 AIA 318/16777251 hbh [0-9a-f]{8} e2e [0-9a-f]{8} \\d+ B 2001 .*");
    assertThat(lines.get(1))
        .matches(
            "INFO  >> app\\.example\\.com AIA 318/16777251 hbh [0-9a-f]{8} e2e [0-9a-f]{8} \\d+ B 2001 .*");
  }

  @Effect("log-subscribers")
  void subscribersAreMaskedUnlessAsked() throws Exception {
    assertThat(messageLines("", "-log-requests"))
        .allMatch(line -> line.contains("User-Name=\"00101") && !line.contains(IMSI));
    assertThat(messageLines("log-subscribers: true\n", "-log-requests"))
        .allMatch(line -> line.contains("User-Name=\"" + IMSI + "\""));
  }

  @Effect("stats-interval")
  void statisticsAppearThisOftenWithTheirNamesInOrder() throws Exception {
    try (var dra = simulatedDra(1);
        var gateway =
            LoggedGateway.start(dras(dra.port()), "-stats-interval", "100ms").awaitDras(1)) {
      await("three blocks", () -> blocks(gateway.log()) >= 3);

      var block =
          gateway
              .log()
              .lines()
              .dropWhile(line -> !line.contains("=== Gateway Statistics ==="))
              .limit(6)
              .toList();
      assertThat(block).allMatch(line -> line.contains(" INFO  "));
      assertThat(
              block.stream()
                  .map(line -> line.replaceFirst("\\S+ INFO  ", "").replaceAll("=[0-9.]+", "")))
          .containsExactly(
              "=== Gateway Statistics ===",
              "Gateway: total_requests total_responses active_sessions total_errors avg_latency_ms",
              "Forwarding: to_dra from_dra timeout_errors routing_errors",
              "Sessions: created completed expired",
              "DRA Pool: active_priority total_dras active_dras total_connections active_connections failover_count",
              "DRA Messages: sent received");
    }
    try (var gateway = LoggedGateway.start("", "-stats-interval=0")) {
      gateway.awaitLog("listens on");
      gateway.stop();
      assertThat(blocks(gateway.log())).as("only the one at the end").isEqualTo(1);
    }
  }

  private static long blocks(String log) {
    return log.lines().filter(line -> line.contains("=== Gateway Statistics ===")).count();
  }

  @Effect("event-loops")
  void soManyThreadsCarryTraffic() throws Exception {
    for (int loops : new int[] {1, 3}) {
      try (var dra1 = simulatedDra(1);
          var dra2 = simulatedDra(2);
          var dra3 = simulatedDra(3);
          var gateway =
              LoggedGateway.start(
                      "event-loops: " + loops + "\n" + dras(dra1.port(), dra2.port(), dra3.port()))
                  .awaitDras(3);
          var app = app(gateway)) {
        assertThat(answer(app.send()).resultCode()).isEqualTo(2001);

        assertThat(loopThreads()).hasSize(loops);
      }
      await("the threads to end", () -> loopThreads().isEmpty());
    }
  }

  @Effect("transport")
  void transportIsTheOneAskedFor() throws Exception {
    for (var transport : List.of("nio", "epoll")) {
      try (var _ = LoggedGateway.start("transport: " + transport + "\n")) {
        await(
            "a loop that waits in " + transport,
            () ->
                loopThreads().stream()
                    .flatMap(thread -> List.of(thread.getStackTrace()).stream())
                    .anyMatch(frame ->
                        frame.getClassName().startsWith("io.netty.channel." + transport + ".")));
      }
      await("the threads to end", () -> loopThreads().isEmpty());
    }
  }

  private static List<Thread> loopThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && thread.getName().startsWith("loop-"))
        .toList();
  }

  @Test
  @Timeout(60)
  void whatPeersSayCannotForgeLines() throws Exception {
    var evil = "evil\r\n2026-11-22T00:00:00.000Z ERROR forged\u001b[31m\u0085\u2028";
    try (var listener = ScriptedListener.on(0);
        var gateway =
            LoggedGateway.start(
                dras(listener.port()), "-log=debug", "-log-requests", "-log-responses");
        var dra = listener.accept(StartedGateway.PATIENCE)) {
      dra.answerCer(LabNode.relay("dra1.example.com", "example.com"));
      gateway.awaitDras(1);
      try (var forger = ScriptedPeer.connect(gateway.port())) {
        forger.send(BaseMessages.cer(new LabNode(evil, "example.com", List.of(16777251))));
        assertThat(forger.expectAnswer(CommandCode.CAPABILITIES_EXCHANGE).resultCode())
            .isEqualTo(5004);
      }
      gateway.awaitLog("CER refused with 5004");
      try (var app = ScriptedPeer.connect(gateway.port())) {
        app.send(
            BaseMessages.cer(new LabNode("app.example.com", "example.com", List.of(16777251))));
        app.expectAnswer(CommandCode.CAPABILITIES_EXCHANGE);
        app.send(request(evil));
        dra.send(new Answers(evil, "example.com").to(dra.expectRequest(318), 2001));
        app.expectAnswer(318);
      }
      gateway.awaitLog("closed: closed by peer");
      dra.reset();
      gateway.stop();

      assertThat(gateway.log())
          .contains("forged")
          .doesNotContain("\r", "\u001b", "\u0085", "\u2028");
      assertThat(gateway.log().lines())
          .allMatch(line -> line.matches("\\d{4}-\\S+Z (DEBUG|INFO |WARN |ERROR) .*"));
      assertThat(gateway.log().lines())
          .noneMatch(line -> line.startsWith("2026-11-22T00:00:00.000Z"));
    }
  }

  private static LabMessage request(String from) {
    var requests = Requests.from(from, "example.com", "example.com");
    return requests.air(requests.sessionId(1), IMSI);
  }

  @Test
  @Timeout(60)
  void eachStartUpWarningIsOneLine() throws Exception {
    try (var gateway =
        LoggedGateway.start(
            "dra-pool: { dwr-interval: 2s, dwr-timeout: 1s }\nsession-timeout: 10m\n")) {
      gateway.awaitLog("listens on");
      gateway.stop();

      var warnings =
          gateway
              .log()
              .lines()
              .takeWhile(line -> !line.contains("listens on"))
              .filter(line -> !line.contains("DRA-"))
              .toList();
      assertThat(warnings)
          .hasSize(2)
          .allMatch(line ->
              Pattern.matches(
                  "\\S+ WARN  (dwr-interval=2s is below 6s|session-timeout=10m is above 5m).*",
                  line));
      assertThat(gateway.log().toLowerCase(Locale.ROOT).split("listens on", -1)).hasSize(2);
    }
  }
}
