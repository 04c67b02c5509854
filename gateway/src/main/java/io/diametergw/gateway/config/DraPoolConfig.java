package io.diametergw.gateway.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What holds for all DRAs (keys of {@code dra-pool}). Checked when made: throws {@link
 * ConfigException}.
 *
 * @param connectionsPerDra connections to each DRA, 1 to 16
 * @param connectTimeout how long a TCP connect may take (5 s)
 * @param capabilitiesTimeout how long the CEA may take (10 s)
 * @param dwrInterval without a received byte for this long a DWR is sent (30 s, jitter ±2 s; 1 s to
 *     1 h, below 6 s with a warning)
 * @param dwrTimeout how long the DWA may take (10 s; shorter than {@code dwrInterval})
 * @param maxDwrFailures DWRs in a row without DWA after which the connection is closed (3)
 * @param healthCheckInterval the routes are recomputed at least this often (10 s)
 * @param reconnectInterval pause before the first reconnect (5 s; not longer than {@code
 *     maxReconnectDelay})
 * @param reconnectBackoff factor from one pause to the next (1.5; 1 to 10)
 * @param maxReconnectDelay the longest pause (5 min)
 * @param stallTimeout requests pending and no byte received for this long: a DWR is sent at once (1
 *     s; not longer than {@code dwrInterval})
 * @param stallProbeTimeout how long a byte may take after that DWR before the DRA is suspect (1 s)
 * @param reopenInterval between the DWRs of a DRA that is being reopened (1 s)
 * @param reopenLastResort whether a DRA being reopened takes requests when no other can (true)
 * @param balance how requests are spread over the DRAs of one priority
 * @param maxTransmissions how often one request is sent at most, the first time included (2; 1 to
 *     10)
 * @param retryOn Result-Codes of a DRA after which the request goes once to an alternate (3004;
 *     3002 may be added; 3000 to 5999)
 * @param neverResend requests that are not sent a second time when their DRA is lost and may have
 *     seen them: they get 3002 (none)
 * @param maxTimeouts so many requests in a row without an answer make a DRA suspect, although it
 *     answers DWRs, until one is answered again (20; 1 to 1,000,000)
 * @param failbackDelay how long a DRA that failed must be back before it gets requests (0 s)
 * @param failbackRamp how long the share of a DRA that came back takes to grow to all that is its
 *     own (1 s; zero: at once)
 * @param holdBack a DRA that fails 3 times in this time gets no requests for as long (1 min; zero:
 *     never)
 * @param maxPending requests that wait for an answer on one connection, at most (65,536; 1 to
 *     1,048,576)
 * @param maxOutboundBytes bytes that wait to be written to one DRA; beyond it requests go elsewhere
 *     (1 MiB; at least 64 KiB)
 * @param writeTimeout without progress in writing for this long the connection is closed (10 s)
 */
public record DraPoolConfig(
    int connectionsPerDra,
    Duration connectTimeout,
    Duration capabilitiesTimeout,
    Duration dwrInterval,
    Duration dwrTimeout,
    int maxDwrFailures,
    Duration healthCheckInterval,
    Duration reconnectInterval,
    double reconnectBackoff,
    Duration maxReconnectDelay,
    Duration stallTimeout,
    Duration stallProbeTimeout,
    Duration reopenInterval,
    boolean reopenLastResort,
    Balance balance,
    int maxTransmissions,
    Set<Integer> retryOn,
    List<Command> neverResend,
    int maxTimeouts,
    Duration failbackDelay,
    Duration failbackRamp,
    Duration holdBack,
    int maxPending,
    int maxOutboundBytes,
    Duration writeTimeout) {
  public DraPoolConfig {
    retryOn = Set.copyOf(retryOn);
    neverResend = List.copyOf(neverResend);
    new Check()
        .allowed(Settings.CONNECTIONS_PER_DRA, connectionsPerDra)
        .allowed(Settings.CONNECT_TIMEOUT, connectTimeout)
        .allowed(Settings.DRA_CAPABILITIES_TIMEOUT, capabilitiesTimeout)
        .allowed(Settings.DWR_INTERVAL, dwrInterval)
        .allowed(Settings.DWR_TIMEOUT, dwrTimeout)
        .allowed(Settings.MAX_DWR_FAILURES, maxDwrFailures)
        .allowed(Settings.HEALTH_CHECK_INTERVAL, healthCheckInterval)
        .allowed(Settings.RECONNECT_INTERVAL, reconnectInterval)
        .allowed(Settings.RECONNECT_BACKOFF, reconnectBackoff)
        .allowed(Settings.MAX_RECONNECT_DELAY, maxReconnectDelay)
        .allowed(Settings.STALL_TIMEOUT, stallTimeout)
        .allowed(Settings.STALL_PROBE_TIMEOUT, stallProbeTimeout)
        .allowed(Settings.REOPEN_INTERVAL, reopenInterval)
        .allowed(Settings.MAX_TRANSMISSIONS, maxTransmissions)
        .allowed(Settings.RETRY_ON, retryOn)
        .allowed(Settings.NEVER_RESEND, neverResend)
        .allowed(Settings.MAX_TIMEOUTS, maxTimeouts)
        .allowed(Settings.FAILBACK_DELAY, failbackDelay)
        .allowed(Settings.FAILBACK_RAMP, failbackRamp)
        .allowed(Settings.HOLD_BACK, holdBack)
        .allowed(Settings.DRA_MAX_PENDING, maxPending)
        .allowed(Settings.DRA_MAX_OUTBOUND_BYTES, maxOutboundBytes)
        .allowed(Settings.DRA_WRITE_TIMEOUT, writeTimeout)
        .shorter(Settings.DWR_TIMEOUT, dwrTimeout, Settings.DWR_INTERVAL, dwrInterval)
        .notLonger(Settings.STALL_TIMEOUT, stallTimeout, Settings.DWR_INTERVAL, dwrInterval)
        .notLonger(
            Settings.RECONNECT_INTERVAL,
            reconnectInterval,
            Settings.MAX_RECONNECT_DELAY,
            maxReconnectDelay)
        .orThrow();
  }

  /** How requests are spread over the usable DRAs of one priority. */
  public enum Balance {
    /** Smooth weighted round robin. */
    WEIGHTED,
    /** To the DRA with the fewest requests pending in proportion to its weight. */
    LEAST_PENDING
  }
}
