package io.diametergw.app;

import io.diametergw.app.logging.Logging;
import io.diametergw.gateway.config.Durations;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.config.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.UnknownHostException;

/** The gateway's life: logging, start, wait for a signal, drain, end. */
final class RunCommand {
  private static final int STOPPED = 0;
  private static final int CANNOT_RUN = 1;

  private final GatewayRunner runner;
  private final StopSignals signals;
  private final OutputStream log;
  private final PrintStream err;

  RunCommand(GatewayRunner runner, StopSignals signals, OutputStream log, PrintStream err) {
    this.runner = runner;
    this.signals = signals;
    this.log = log;
    this.err = err;
  }

  /** Returns the exit code. Log lines are written before it returns. */
  int run(Configuration configuration) {
    try (var logging = Logging.start(configuration.logLevel(), configuration.logFormat(), log)) {
      var logger = logging.logger(RunCommand.class);
      configuration.warnings().forEach(warning -> logger.warn("{}", warning));
      if (configuration.gateway().listen().isUnresolved()) {
        err.println(unresolved(configuration.gateway()));
        return CANNOT_RUN;
      }
      signals.listen();
      try (var gateway = runner.start(configuration.gateway())) {
        logger.info(
            "{} listens on {} as {}, DRAs: {}",
            Build.current(),
            shown(gateway),
            configuration.gateway().originHost(),
            configuration.gateway().dras().size());
        signals.await();
        logger.info(
            "stopping: no new requests, waiting for those in flight (at most {})",
            Durations.format(configuration.gateway().drainTimeout()));
        var drained = gateway.drain();
        if (logger.isInfoEnabled()) {
          logger.info("{}", drained);
        } else {
          err.println(drained); // whatever is logged, a stop says what it cost
        }
        return STOPPED;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CANNOT_RUN;
    } catch (Exception e) {
      err.println(reason(configuration.gateway(), e));
      return CANNOT_RUN;
    }
  }

  private static String shown(GatewayRunner.Running gateway) {
    var address = gateway.listenAddress();
    var host = address.getHostString();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static String unresolved(GatewayConfig config) {
    return "cannot listen on "
        + Settings.LISTEN.format(config.listen())
        + ": the host name has no address";
  }

  private static String reason(GatewayConfig config, Throwable failure) {
    Throwable root = failure;
    boolean address = failure instanceof IOException; // a gateway throws it for its address alone
    while (root.getCause() != null) {
      root = root.getCause();
      address |= root instanceof BindException;
    }
    if (root instanceof UnknownHostException) {
      return unresolved(config);
    }
    return address
        ? "cannot listen on "
            + Settings.LISTEN.format(config.listen())
            + ": "
            + words(String.valueOf(root.getMessage()))
        : "cannot start: " + failure;
  }

  /**
   * {@code Address already in use} of {@code bind(..) failed with error(-98): Address already in
   * use}.
   */
  private static String words(String message) {
    return message.substring(message.lastIndexOf(": ") < 0 ? 0 : message.lastIndexOf(": ") + 2);
  }
}
