package io.diametergw.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void lineHasTimeLevelAndMessage() {
    try (var logging = Logging.start("info", "text", bytes)) {
      logging.logger(LoggingTest.class).info("hello {}", "world");
      logging.logger(LoggingTest.class).debug("unseen");
    }

    assertThat(text())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  hello world\n");
  }

  @Test
  void timeHasThreeDigitsAndZone() {
    var to = new StringBuilder();
    var lines = new TextLines();
    lines.appendTime(to, 1_795_377_662_345L);
    lines.appendTime(to.append(' '), 1_795_377_660_007L);

    assertThat(to).hasToString("2026-11-22T20:01:02.345Z 2026-11-22T20:01:00.007Z");
  }

  @Test
  void oneMessageIsOneLine() {
    try (var logging = Logging.start("info", "text", bytes)) {
      logging
          .logger(LoggingTest.class)
          .warn(
              "a\nb\r\tc\u001b[31m\u2028é",
              new IOException("x\ny", new IllegalStateException("deep")));
    }

    assertThat(text().lines()).hasSize(1);
    assertThat(text())
        .contains("a\\nb\\r\\tc\\u001b[31m\\u2028é | java.io.IOException: x\\ny at ")
        .contains(" caused by java.lang.IllegalStateException: deep");
  }

  @Test
  void keysAndValuesAreKept() {
    try (var logging = Logging.start("info", "text", bytes)) {
      logging
          .logger(LoggingTest.class)
          .atInfo()
          .addKeyValue("dra", "DRA-1")
          .addKeyValue("pending", 3)
          .log("lost");
    }

    assertThat(text()).endsWith("lost dra=DRA-1 pending=3\n");
  }

  @Test
  void jsonKeepsKeysValuesAndTheirTypes() {
    try (var logging = Logging.start("info", "json", bytes)) {
      logging
          .logger(LoggingTest.class)
          .atWarn()
          .addKeyValue("pending", 3)
          .addKeyValue("open", true)
          .addKeyValue("message", "mine")
          .addKeyValue("rate", Double.NaN)
          .log("quote \" backslash \\ line\n");
    }

    assertThat(text())
        .matches(
            Pattern.compile(
                "\\{\"time\":\"[^\"]+Z\",\"level\":\"WARN\",\"logger\":\"io.diametergw.app.logging.LoggingTest\",\"thread\":\"[^\"]+\","
                    + "\"message\":\"quote \\\\\" backslash \\\\\\\\ line\\\\n\",\"pending\":3,\"open\":true,\"_message\":\"mine\",\"rate\":\"NaN\"}\n"));
  }

  @Test
  void levelHolds() {
    for (var level : new String[] {"debug", "info", "warn", "error"}) {
      try (var logging = Logging.start(level, "text", bytes)) {
        var logger = logging.logger(LoggingTest.class);
        logger.debug("D");
        logger.info("I");
        logger.warn("W");
        logger.error("E");
        LoggerFactory.getLogger("io.netty.util").debug("netty");
      }
    }

    assertThat(text().lines().map(line -> line.substring(line.length() - 1)).toList())
        .containsExactly("D", "I", "W", "E", "I", "W", "E", "W", "E", "E");
  }

  @Test
  void nobodyWaitsForALogThatIsNotReadAndDroppedLinesAreCounted() throws Exception {
    var gate = new CountDownLatch(1);
    var entered = new CountDownLatch(1);
    var stuck =
        new OutputStream() {
          @Override
          public void write(int b) {
            bytes.write(b);
          }

          @Override
          public void write(byte[] b, int off, int len) {
            entered.countDown();
            boolean interrupted = false;
            while (gate.getCount() > 0) { // as a file, it cannot be interrupted
              try {
                gate.await();
              } catch (InterruptedException e) {
                interrupted = true;
              }
            }
            if (interrupted) {
              Thread.currentThread().interrupt();
            }
            bytes.write(b, off, len);
          }
        };

    try (var logging = Logging.start("info", "text", stuck, 10)) {
      var logger = logging.logger(LoggingTest.class);
      logger.info("first");
      entered.await();
      for (int i = 0; i < 25; i++) {
        logger.info("line {}", i);
      }
      gate.countDown();
    }

    assertThat(text())
        .contains("line 9\n")
        .doesNotContain("line 10\n")
        .contains("15 log lines were dropped: the log is read too slowly");
  }
}
