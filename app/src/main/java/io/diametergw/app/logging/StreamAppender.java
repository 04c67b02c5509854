package io.diametergw.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes log lines to a stream: one write for all that wait, and never closing the stream, which
 * others use too.
 */
final class StreamAppender extends OutputStreamAppender<ILoggingEvent> {
  private static final int BUFFER_BYTES = 1 << 16;

  private final @Nullable NonBlockingAppender queue;
  private final OutputStream buffered;

  /** With a queue, the stream is flushed when that is empty; without, after each line. */
  StreamAppender(
      Encoder<ILoggingEvent> encoder, OutputStream out, @Nullable NonBlockingAppender queue) {
    this.queue = queue;
    this.buffered = new BufferedOutputStream(out, BUFFER_BYTES);
    setName("stream");
    setEncoder(encoder);
    setImmediateFlush(queue == null);
  }

  @Override
  public void start() {
    setOutputStream(buffered);
    encoder.start();
    super.start();
  }

  @Override
  protected void subAppend(ILoggingEvent event) {
    super.subAppend(event);
    if (queue != null) {
      long dropped = queue.takeDropped();
      if (dropped > 0) {
        super.subAppend(notice(dropped));
      }
      if (queue.isEmpty()) {
        flush();
      }
    }
  }

  private ILoggingEvent notice(long dropped) {
    var logger = ((LoggerContext) getContext()).getLogger(Logging.class);
    return new LoggingEvent(
        StreamAppender.class.getName(),
        logger,
        Level.WARN,
        dropped + " log lines were dropped: the log is read too slowly",
        null,
        null);
  }

  private void flush() {
    try {
      buffered.flush();
    } catch (IOException e) {
      addError("cannot write the log", e);
    }
  }

  @Override
  protected void closeOutputStream() {
    flush();
  }
}
