package io.diametergw.peer;

import java.time.Duration;

/** {@link PeerSettings} of tests: the defaults, with what a test cares about changed. */
final class Timing {
  private Duration capabilities = PeerSettings.DEFAULTS.capabilitiesTimeout();
  private Duration watchdogInterval = PeerSettings.DEFAULTS.watchdogInterval();
  private Duration watchdogTimeout = PeerSettings.DEFAULTS.watchdogTimeout();
  private Duration reopen = PeerSettings.DEFAULTS.reopenInterval();
  private Duration read = PeerSettings.DEFAULTS.readTimeout();
  private Duration write = PeerSettings.DEFAULTS.writeTimeout();
  private Duration disconnect = PeerSettings.DEFAULTS.disconnectTimeout();
  private int outbound = PeerSettings.DEFAULTS.maxOutboundBytes();
  private boolean handleWatchdog = true;

  Timing capabilities(int millis) {
    capabilities = Duration.ofMillis(millis);
    return this;
  }

  Timing watchdog(int intervalMillis, int timeoutMillis) {
    watchdogInterval = Duration.ofMillis(intervalMillis);
    watchdogTimeout = Duration.ofMillis(timeoutMillis);
    return this;
  }

  Timing reopen(int millis) {
    reopen = Duration.ofMillis(millis);
    return this;
  }

  Timing read(int millis) {
    read = Duration.ofMillis(millis);
    return this;
  }

  Timing write(int millis, int maxOutboundBytes) {
    write = Duration.ofMillis(millis);
    outbound = maxOutboundBytes;
    return this;
  }

  Timing disconnect(int millis) {
    disconnect = Duration.ofMillis(millis);
    return this;
  }

  Timing watchdogLeftToOwner() {
    handleWatchdog = false;
    return this;
  }

  PeerSettings settings() {
    PeerSettings d = PeerSettings.DEFAULTS;
    return new PeerSettings(
        d.connectTimeout(),
        capabilities,
        watchdogInterval,
        watchdogTimeout,
        d.maxWatchdogFailures(),
        d.stallTimeout(),
        d.stallProbeTimeout(),
        reopen,
        read,
        write,
        disconnect,
        d.maxMessageLength(),
        outbound,
        handleWatchdog);
  }
}
