package io.diametergw.gateway.config;

import io.diametergw.gateway.config.LogicAppsConfig.DuplicateOriginHost;
import java.time.Duration;
import java.util.List;

/**
 * Says what holds for all Logic Apps; what it is not told is as by default. See {@link
 * LogicAppsConfig} for ranges.
 */
public final class LogicAppsBuilder {
  private final Values values;

  LogicAppsBuilder(Values values) {
    this.values = values;
  }

  /** Connections of Logic Apps at once. */
  public LogicAppsBuilder maxConnections(int value) {
    values.put(Settings.MAX_CONNECTIONS, value);
    return this;
  }

  /** The CER must have come this long after the connection. */
  public LogicAppsBuilder capabilitiesTimeout(Duration value) {
    values.put(Settings.APP_CAPABILITIES_TIMEOUT, value);
    return this;
  }

  /** Without a received byte for this long a DWR is sent. */
  public LogicAppsBuilder watchdogInterval(Duration value) {
    values.put(Settings.WATCHDOG_INTERVAL, value);
    return this;
  }

  /** How long the DWA may take. */
  public LogicAppsBuilder watchdogTimeout(Duration value) {
    values.put(Settings.WATCHDOG_TIMEOUT, value);
    return this;
  }

  /** DWRs in a row without DWA after which the connection is closed. */
  public LogicAppsBuilder maxWatchdogFailures(int value) {
    values.put(Settings.MAX_WATCHDOG_FAILURES, value);
    return this;
  }

  /** A message that has begun must be complete after this long. */
  public LogicAppsBuilder readTimeout(Duration value) {
    values.put(Settings.READ_TIMEOUT, value);
    return this;
  }

  /** Without progress in writing for this long the connection is closed. */
  public LogicAppsBuilder writeTimeout(Duration value) {
    values.put(Settings.APP_WRITE_TIMEOUT, value);
    return this;
  }

  /** What happens to a second connection with the same Origin-Host. */
  public LogicAppsBuilder duplicateOriginHost(DuplicateOriginHost value) {
    values.put(Settings.DUPLICATE_ORIGIN_HOST, value);
    return this;
  }

  /** Origin-Hosts that may connect; an empty list allows all. */
  public LogicAppsBuilder allow(List<String> value) {
    values.put(Settings.ALLOW, value);
    return this;
  }

  /** Addresses that may connect; an empty list allows all. */
  public LogicAppsBuilder allowAddresses(List<String> value) {
    values.put(Settings.ALLOW_ADDRESSES, value);
    return this;
  }

  /** Forward requests without the P bit instead of answering 3007. */
  public LogicAppsBuilder forwardNonProxiable(boolean value) {
    values.put(Settings.APP_FORWARD_NON_PROXIABLE, value);
    return this;
  }

  /** Requests of the DRAs that wait for an answer on one connection. */
  public LogicAppsBuilder maxPending(int value) {
    values.put(Settings.APP_MAX_PENDING, value);
    return this;
  }

  /** Bytes that wait to be written to one Logic App before it is no longer read from. */
  public LogicAppsBuilder maxOutboundBytes(int value) {
    values.put(Settings.APP_MAX_OUTBOUND_BYTES, value);
    return this;
  }

  /** Session-Ids whose Logic App is remembered. */
  public LogicAppsBuilder maxSessionBindings(int value) {
    values.put(Settings.MAX_SESSION_BINDINGS, value);
    return this;
  }

  LogicAppsConfig build() {
    return new LogicAppsConfig(
        values.of(Settings.MAX_CONNECTIONS),
        values.of(Settings.APP_CAPABILITIES_TIMEOUT),
        values.of(Settings.WATCHDOG_INTERVAL),
        values.of(Settings.WATCHDOG_TIMEOUT),
        values.of(Settings.MAX_WATCHDOG_FAILURES),
        values.of(Settings.READ_TIMEOUT),
        values.of(Settings.APP_WRITE_TIMEOUT),
        values.of(Settings.DUPLICATE_ORIGIN_HOST),
        values.of(Settings.ALLOW),
        values.of(Settings.ALLOW_ADDRESSES),
        values.of(Settings.APP_FORWARD_NON_PROXIABLE),
        values.of(Settings.APP_MAX_PENDING),
        values.of(Settings.APP_MAX_OUTBOUND_BYTES),
        values.of(Settings.MAX_SESSION_BINDINGS));
  }
}
