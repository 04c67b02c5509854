package io.diametergw.app;

import io.diametergw.gateway.DrainReport;
import io.diametergw.gateway.config.GatewayConfig;
import java.net.InetSocketAddress;

/**
 * Starts a gateway: the seam between the command line and what it starts, where tests put a
 * recorder.
 */
@FunctionalInterface
interface GatewayRunner {
  /**
   * Returns when Logic Apps can connect; throws {@link java.net.BindException} when the address is
   * taken.
   */
  Running start(GatewayConfig config) throws Exception;

  /** A gateway that was started. */
  interface Running extends AutoCloseable {
    InetSocketAddress listenAddress();

    /** Stops accepting, waits for what is in flight, says goodbye to all peers. Blocks. */
    DrainReport drain();

    @Override
    void close();
  }
}
