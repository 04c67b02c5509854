package io.diametergw.gateway.config;

import io.diametergw.gateway.config.DraPoolConfig.Balance;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Says what holds for all DRAs; what it is not told is as by default. See {@link DraPoolConfig} for
 * ranges.
 */
public final class DraPoolBuilder {
  private final Values values;

  DraPoolBuilder(Values values) {
    this.values = values;
  }

  /** Connections to each DRA. */
  public DraPoolBuilder connectionsPerDra(int value) {
    values.put(Settings.CONNECTIONS_PER_DRA, value);
    return this;
  }

  /** How long a TCP connect may take. */
  public DraPoolBuilder connectTimeout(Duration value) {
    values.put(Settings.CONNECT_TIMEOUT, value);
    return this;
  }

  /** How long the CEA may take. */
  public DraPoolBuilder capabilitiesTimeout(Duration value) {
    values.put(Settings.DRA_CAPABILITIES_TIMEOUT, value);
    return this;
  }

  /** Without a received byte for this long a DWR is sent. */
  public DraPoolBuilder dwrInterval(Duration value) {
    values.put(Settings.DWR_INTERVAL, value);
    return this;
  }

  /** How long the DWA may take before the DRA is suspect. */
  public DraPoolBuilder dwrTimeout(Duration value) {
    values.put(Settings.DWR_TIMEOUT, value);
    return this;
  }

  /** DWRs in a row without DWA after which the connection is closed. */
  public DraPoolBuilder maxDwrFailures(int value) {
    values.put(Settings.MAX_DWR_FAILURES, value);
    return this;
  }

  /** The routes are recomputed at least this often. */
  public DraPoolBuilder healthCheckInterval(Duration value) {
    values.put(Settings.HEALTH_CHECK_INTERVAL, value);
    return this;
  }

  /** Pause before the first reconnect. */
  public DraPoolBuilder reconnectInterval(Duration value) {
    values.put(Settings.RECONNECT_INTERVAL, value);
    return this;
  }

  /** Factor from one pause to the next. */
  public DraPoolBuilder reconnectBackoff(double value) {
    values.put(Settings.RECONNECT_BACKOFF, value);
    return this;
  }

  /** The longest pause between reconnects. */
  public DraPoolBuilder maxReconnectDelay(Duration value) {
    values.put(Settings.MAX_RECONNECT_DELAY, value);
    return this;
  }

  /** Requests pending and no byte received for this long: a DWR is sent at once. */
  public DraPoolBuilder stallTimeout(Duration value) {
    values.put(Settings.STALL_TIMEOUT, value);
    return this;
  }

  /** How long a byte may take after that DWR before the DRA is suspect. */
  public DraPoolBuilder stallProbeTimeout(Duration value) {
    values.put(Settings.STALL_PROBE_TIMEOUT, value);
    return this;
  }

  /** Between the DWRs of a DRA that is being reopened. */
  public DraPoolBuilder reopenInterval(Duration value) {
    values.put(Settings.REOPEN_INTERVAL, value);
    return this;
  }

  /** A DRA being reopened takes requests when no other can. */
  public DraPoolBuilder reopenLastResort(boolean value) {
    values.put(Settings.REOPEN_LAST_RESORT, value);
    return this;
  }

  /** How requests are spread over the DRAs of one priority. */
  public DraPoolBuilder balance(Balance value) {
    values.put(Settings.BALANCE, value);
    return this;
  }

  /** How often one request is sent at most, the first time included. */
  public DraPoolBuilder maxTransmissions(int value) {
    values.put(Settings.MAX_TRANSMISSIONS, value);
    return this;
  }

  /** Result-Codes of a DRA after which the request goes once to an alternate. */
  public DraPoolBuilder retryOn(Set<Integer> value) {
    values.put(Settings.RETRY_ON, value);
    return this;
  }

  /** Requests that get 3002 when their DRA is lost and may have seen them. */
  public DraPoolBuilder neverResend(List<Command> value) {
    values.put(Settings.NEVER_RESEND, value);
    return this;
  }

  /** So many requests in a row without an answer make a DRA suspect. */
  public DraPoolBuilder maxTimeouts(int value) {
    values.put(Settings.MAX_TIMEOUTS, value);
    return this;
  }

  /** How long a DRA that failed must be back before it gets requests. */
  public DraPoolBuilder failbackDelay(Duration value) {
    values.put(Settings.FAILBACK_DELAY, value);
    return this;
  }

  /** How long the share of a DRA that came back takes to grow to all that is its own. */
  public DraPoolBuilder failbackRamp(Duration value) {
    values.put(Settings.FAILBACK_RAMP, value);
    return this;
  }

  /** A DRA that fails 3 times in this time gets no requests for as long; zero: never. */
  public DraPoolBuilder holdBack(Duration value) {
    values.put(Settings.HOLD_BACK, value);
    return this;
  }

  /** Requests that wait for an answer on one connection. */
  public DraPoolBuilder maxPending(int value) {
    values.put(Settings.DRA_MAX_PENDING, value);
    return this;
  }

  /** Bytes that wait to be written to one DRA; beyond it requests go elsewhere. */
  public DraPoolBuilder maxOutboundBytes(int value) {
    values.put(Settings.DRA_MAX_OUTBOUND_BYTES, value);
    return this;
  }

  /** Without progress in writing for this long the connection is closed. */
  public DraPoolBuilder writeTimeout(Duration value) {
    values.put(Settings.DRA_WRITE_TIMEOUT, value);
    return this;
  }

  DraPoolConfig build() {
    return new DraPoolConfig(
        values.of(Settings.CONNECTIONS_PER_DRA),
        values.of(Settings.CONNECT_TIMEOUT),
        values.of(Settings.DRA_CAPABILITIES_TIMEOUT),
        values.of(Settings.DWR_INTERVAL),
        values.of(Settings.DWR_TIMEOUT),
        values.of(Settings.MAX_DWR_FAILURES),
        values.of(Settings.HEALTH_CHECK_INTERVAL),
        values.of(Settings.RECONNECT_INTERVAL),
        values.of(Settings.RECONNECT_BACKOFF),
        values.of(Settings.MAX_RECONNECT_DELAY),
        values.of(Settings.STALL_TIMEOUT),
        values.of(Settings.STALL_PROBE_TIMEOUT),
        values.of(Settings.REOPEN_INTERVAL),
        values.of(Settings.REOPEN_LAST_RESORT),
        values.of(Settings.BALANCE),
        values.of(Settings.MAX_TRANSMISSIONS),
        values.of(Settings.RETRY_ON),
        values.of(Settings.NEVER_RESEND),
        values.of(Settings.MAX_TIMEOUTS),
        values.of(Settings.FAILBACK_DELAY),
        values.of(Settings.FAILBACK_RAMP),
        values.of(Settings.HOLD_BACK),
        values.of(Settings.DRA_MAX_PENDING),
        values.of(Settings.DRA_MAX_OUTBOUND_BYTES),
        values.of(Settings.DRA_WRITE_TIMEOUT));
  }
}
