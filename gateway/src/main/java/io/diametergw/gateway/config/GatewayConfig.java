package io.diametergw.gateway.config;

import io.diametergw.peer.Application;
import io.diametergw.wire.Identity;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything a gateway is told. Checked when made: throws {@link ConfigException}, which names
 * every setting that is wrong.
 *
 * <pre>{@code
 * var config = GatewayConfig.builder()
 *     .originHost("my-gw.example.com")
 *     .listen("0.0.0.0:3868")
 *     .dra("DRA-1", "10.0.1.100", 3868, 1)
 *     .dra("DRA-2", "10.0.2.100", 3868, 2)
 *     .draPool(pool -> pool.dwrInterval(Duration.ofSeconds(10)).dwrTimeout(Duration.ofSeconds(5)))
 *     .build();
 * }</pre>
 *
 * @param listen where Logic Apps connect; port 0 lets the system choose; unresolved when its host
 *     name has no address
 * @param originHost the gateway's own identity
 * @param originRealm the gateway's own realm
 * @param productName Product-Name of CER and CEA
 * @param vendorId Vendor-Id of CER and CEA (10415)
 * @param applications what CER and CEA advertise
 * @param sessionTimeout a request not answered for this long gets 3002 (30 s)
 * @param drainTimeout how long a shutdown waits for requests in flight (10 s)
 * @param maxMessageLength the longest message accepted, in bytes (65,535; up to 16,777,212)
 * @param maxPending requests that wait for an answer, in all (262,144)
 * @param eventLoops threads that carry traffic (1; 1 to 64)
 * @param transport how sockets are driven
 * @param logRequests whether each request is logged
 * @param logResponses whether each answer is logged
 * @param logSubscribers whether subscriber identities are written out in logs instead of masked
 * @param statsInterval how often the statistics are logged (60 s; zero: never)
 * @param logicApps what holds for all Logic Apps
 * @param draPool what holds for all DRAs
 * @param dras the DRAs; at least one
 */
public record GatewayConfig(
    InetSocketAddress listen,
    Identity originHost,
    Identity originRealm,
    String productName,
    int vendorId,
    List<Application> applications,
    Duration sessionTimeout,
    Duration drainTimeout,
    int maxMessageLength,
    int maxPending,
    int eventLoops,
    Transport transport,
    boolean logRequests,
    boolean logResponses,
    boolean logSubscribers,
    Duration statsInterval,
    LogicAppsConfig logicApps,
    DraPoolConfig draPool,
    List<DraConfig> dras) {
  private static final Duration SHORTEST_QUIET_DWR_INTERVAL =
      Duration.ofSeconds(6); // RFC 3539 §3.4.1: Tw must not be below 6 s
  private static final Duration LONGEST_QUIET_SESSION_TIMEOUT = Duration.ofMinutes(5);

  public GatewayConfig {
    applications = List.copyOf(applications);
    dras = List.copyOf(dras);
    var check =
        new Check()
            .allowed(Settings.LISTEN, listen)
            .allowed(Settings.ORIGIN_HOST, originHost)
            .allowed(Settings.ORIGIN_REALM, originRealm)
            .allowed(Settings.PRODUCT, productName)
            .allowed(Settings.VENDOR_ID, vendorId)
            .allowed(Settings.APPLICATIONS, applications)
            .allowed(Settings.SESSION_TIMEOUT, sessionTimeout)
            .allowed(Settings.DRAIN_TIMEOUT, drainTimeout)
            .allowed(Settings.MAX_MESSAGE_SIZE, maxMessageLength)
            .allowed(Settings.MAX_PENDING, maxPending)
            .allowed(Settings.EVENT_LOOPS, eventLoops)
            .allowed(Settings.STATS_INTERVAL, statsInterval);
    DraChecks.check(check, dras, originHost, listen);
    check.orThrow();
  }

  /** A builder that begins with every default and no DRA. */
  public static GatewayConfigBuilder builder() {
    return new GatewayConfigBuilder();
  }

  /** What is allowed but seldom meant; one line each. */
  public List<String> warnings() {
    var warnings = new ArrayList<String>();
    if (draPool.dwrInterval().compareTo(SHORTEST_QUIET_DWR_INTERVAL) < 0) {
      warnings.add(
          told(Settings.DWR_INTERVAL, draPool.dwrInterval())
              + " is below 6s, the least that RFC 3539 §3.4.1 allows");
    }
    if (logicApps.watchdogInterval().compareTo(SHORTEST_QUIET_DWR_INTERVAL) < 0) {
      warnings.add(
          told(Settings.WATCHDOG_INTERVAL, logicApps.watchdogInterval())
              + " is below 6s, the least that RFC 3539 §3.4.1 allows");
    }
    if (sessionTimeout.compareTo(LONGEST_QUIET_SESSION_TIMEOUT) > 0) {
      warnings.add(
          told(Settings.SESSION_TIMEOUT, sessionTimeout)
              + " is above 5m; requests that nobody answers hold their memory so long");
    }
    if (draPool.stallProbeTimeout().compareTo(draPool.dwrTimeout()) > 0) {
      warnings.add(
          Check.relation(
                  Settings.STALL_PROBE_TIMEOUT,
                  draPool.stallProbeTimeout(),
                  ">",
                  Settings.DWR_TIMEOUT,
                  draPool.dwrTimeout())
              + "; the DWA's own timeout comes first");
    }
    warnIfLongerThanQueue(warnings, Settings.DRA_MAX_OUTBOUND_BYTES, draPool.maxOutboundBytes());
    warnIfLongerThanQueue(warnings, Settings.APP_MAX_OUTBOUND_BYTES, logicApps.maxOutboundBytes());
    return List.copyOf(warnings);
  }

  private void warnIfLongerThanQueue(List<String> warnings, Setting<Integer> queue, int bytes) {
    if (maxMessageLength > bytes) {
      warnings.add(
          Check.relation(Settings.MAX_MESSAGE_SIZE, maxMessageLength, ">", queue, bytes)
              + "; the longest messages will not fit");
    }
  }

  private static <T> String told(Setting<T> setting, T value) {
    return setting.name() + "=" + setting.format(value);
  }

  /** How sockets are driven. */
  public enum Transport {
    /** Epoll on Linux, else NIO. */
    AUTO,
    EPOLL,
    NIO
  }
}
