package io.diametergw.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;

/**
 * What holds until {@link Logging#start}, and in subcommands: warnings and errors to standard
 * error. Spares the search for a file.
 */
public final class QuietConfigurator extends ContextAwareBase implements Configurator {
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    var appender =
        new StreamAppender(new TextLines(), new FileOutputStream(FileDescriptor.err), null);
    appender.setContext(context);
    appender.start();
    Logging.install(context, appender, Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
