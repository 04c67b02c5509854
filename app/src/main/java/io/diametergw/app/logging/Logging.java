package io.diametergw.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of the whole program, from {@link #start} to {@link #close}. */
public final class Logging implements AutoCloseable {
  private static final int QUEUE_LINES = 16_384;

  private final LoggerContext context;

  private Logging(LoggerContext context) {
    this.context = context;
  }

  /**
   * Sends log lines to this stream, which is not closed.
   *
   * @param level {@code debug}, {@code info}, {@code warn} or {@code error}: the least important
   *     lines that are written
   * @param format {@code text} or {@code json}
   */
  public static Logging start(String level, String format, OutputStream out) {
    return start(level, format, out, QUEUE_LINES);
  }

  static Logging start(String level, String format, OutputStream out, int queueLines) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.start(); // an earlier close has stopped it, and one that is not started would not be
    // flushed
    var queue = new NonBlockingAppender(queueLines);
    queue.setContext(context);
    var stream = new StreamAppender(encoder(format), out, queue);
    stream.setContext(context);
    stream.start();
    queue.addAppender(stream);
    queue.start();
    install(context, queue, Level.toLevel(level));
    return new Logging(context);
  }

  static void install(LoggerContext context, Appender<ILoggingEvent> appender, Level level) {
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.addAppender(appender);
    root.setLevel(level);
    context
        .getLogger("io.netty")
        .setLevel(
            level.isGreaterOrEqual(Level.WARN)
                ? level
                : Level.WARN); // its debug lines are not for operators
  }

  private static Encoder<ILoggingEvent> encoder(String format) {
    return format.equals("json") ? new JsonLines() : new TextLines();
  }

  /** The logger of a class. */
  public Logger logger(Class<?> type) {
    return context.getLogger(type);
  }

  /** Writes what is still waiting, for at most a second, and ends the log. */
  @Override
  public void close() {
    context.stop();
  }
}
