package io.diametergw.gateway.config;

import java.time.Duration;
import java.util.List;

/**
 * What holds for all Logic Apps (keys of {@code logic-apps}). Checked when made: throws {@link
 * ConfigException}.
 *
 * @param maxConnections connections at once (1,000; 1 to 1,000,000)
 * @param capabilitiesTimeout the CER must have come this long after the connection (10 s)
 * @param watchdogInterval without a received byte for this long a DWR is sent (30 s, jitter ±2 s)
 * @param watchdogTimeout how long the DWA may take (10 s; shorter than {@code watchdogInterval})
 * @param maxWatchdogFailures DWRs in a row without DWA after which the connection is closed (3)
 * @param readTimeout a message that has begun must be complete after this long (30 s)
 * @param writeTimeout without progress in writing for this long the connection is closed (10 s)
 * @param duplicateOriginHost what happens to a second connection with the same Origin-Host
 * @param allow Origin-Hosts that may connect, {@code *} standing for any run of characters; empty:
 *     all
 * @param allowAddresses addresses that may connect, as {@link AddressRange#parse} reads them;
 *     empty: all
 * @param forwardNonProxiable whether requests without the P bit are forwarded; otherwise they get
 *     3007
 * @param maxPending requests of the DRAs that wait for an answer on one connection, at most (4,096;
 *     1 to 1,048,576)
 * @param maxOutboundBytes bytes that wait to be written to one Logic App before it is no longer
 *     read from (1 MiB; at least 64 KiB)
 * @param maxSessionBindings Session-Ids whose Logic App is remembered for requests of the DRAs
 *     (262,144; 1,024 to 16,777,216)
 */
public record LogicAppsConfig(
    int maxConnections,
    Duration capabilitiesTimeout,
    Duration watchdogInterval,
    Duration watchdogTimeout,
    int maxWatchdogFailures,
    Duration readTimeout,
    Duration writeTimeout,
    DuplicateOriginHost duplicateOriginHost,
    List<String> allow,
    List<String> allowAddresses,
    boolean forwardNonProxiable,
    int maxPending,
    int maxOutboundBytes,
    int maxSessionBindings) {
  public LogicAppsConfig {
    allow = List.copyOf(allow);
    allowAddresses = List.copyOf(allowAddresses);
    new Check()
        .allowed(Settings.MAX_CONNECTIONS, maxConnections)
        .allowed(Settings.APP_CAPABILITIES_TIMEOUT, capabilitiesTimeout)
        .allowed(Settings.WATCHDOG_INTERVAL, watchdogInterval)
        .allowed(Settings.WATCHDOG_TIMEOUT, watchdogTimeout)
        .allowed(Settings.MAX_WATCHDOG_FAILURES, maxWatchdogFailures)
        .allowed(Settings.READ_TIMEOUT, readTimeout)
        .allowed(Settings.APP_WRITE_TIMEOUT, writeTimeout)
        .allowed(Settings.ALLOW, allow)
        .allowed(Settings.ALLOW_ADDRESSES, allowAddresses)
        .allowed(Settings.APP_MAX_PENDING, maxPending)
        .allowed(Settings.APP_MAX_OUTBOUND_BYTES, maxOutboundBytes)
        .allowed(Settings.MAX_SESSION_BINDINGS, maxSessionBindings)
        .shorter(
            Settings.WATCHDOG_TIMEOUT,
            watchdogTimeout,
            Settings.WATCHDOG_INTERVAL,
            watchdogInterval)
        .orThrow();
  }

  /** What happens when a Logic App connects whose Origin-Host is connected already. */
  public enum DuplicateOriginHost {
    /** Both serve: they are replicas of one application. */
    ALLOW,
    /** The new one is refused (RFC 6733 §5.6, R-Reject). */
    REJECT,
    /** The old one is disconnected with DPR. */
    REPLACE
  }
}
