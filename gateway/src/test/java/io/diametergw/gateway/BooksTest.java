package io.diametergw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class BooksTest {
  private static final Logger LOG = (Logger) LoggerFactory.getLogger(Books.class);

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    LOG.addAppender(lines);
  }

  @AfterEach
  void end() {
    LOG.detachAppender(lines);
  }

  private List<String> told() {
    return lines.list.stream().map(ILoggingEvent::toString).toList();
  }

  @Test
  void booksThatBalanceAreNotTold() {
    var books = new Books(1);

    books.look(0);
    books.look(0);

    assertThat(told()).isEmpty();
  }

  @Test
  void missingRequestIsAnErrorToldOnce() {
    var books = new Books(1);

    books.look(3);
    books.look(3);
    books.look(4);

    assertThat(told())
        .containsExactly(
            "[ERROR] the books do not balance: 3 requests are unaccounted for",
            "[ERROR] the books do not balance: 4 requests are unaccounted for");
  }

  @Test
  void answerTooManyIsAnErrorToo() {
    new Books(1).look(-1);

    assertThat(told())
        .containsExactly("[ERROR] the books do not balance: -1 requests are unaccounted for");
  }

  @Test
  void whatIsBetweenTwoLoopsIsNotMissing() {
    var books = new Books(2);

    for (int i = 0; i < 300; i++) {
      books.look(i % 30 == 7 ? 0 : i);
    }
    assertThat(told()).isEmpty();

    for (int i = 0; i < 30; i++) {
      books.look(2 + i % 3);
    }
    assertThat(told())
        .containsExactly("[ERROR] the books do not balance: 2 requests are unaccounted for");
  }
}
