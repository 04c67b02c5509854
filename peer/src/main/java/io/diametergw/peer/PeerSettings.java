package io.diametergw.peer;

import io.diametergw.wire.Header;
import java.time.Duration;

/**
 * Timers and limits of a connection.
 *
 * @param connectTimeout how long a TCP connect may take
 * @param capabilitiesTimeout how long the CER (when accepting) or CEA (when dialling) may take
 * @param watchdogInterval without a received byte for this long a DWR is sent, ±2 s of jitter (RFC
 *     3539 §3.4.1)
 * @param watchdogTimeout how long the DWA may take
 * @param maxWatchdogFailures DWRs in a row without DWA after which the connection is closed
 * @param stallTimeout requests pending and no byte received for this long: a DWR is sent at once
 * @param stallProbeTimeout how long a byte may take after that DWR
 * @param reopenInterval between the three DWRs of a connection that is being reopened
 * @param readTimeout a message that has begun must be complete after this long
 * @param writeTimeout without progress in writing for this long the connection is closed
 * @param disconnectTimeout how long a DPA, or the peer's close after our DPA, may take
 * @param maxMessageLength the longest message accepted, in bytes
 * @param maxOutboundBytes above so many bytes that wait to be written the peer is not read from
 * @param handleWatchdog whether DWRs are answered here; otherwise they reach {@link
 *     PeerHandler#onRequest}
 */
public record PeerSettings(
    Duration connectTimeout,
    Duration capabilitiesTimeout,
    Duration watchdogInterval,
    Duration watchdogTimeout,
    int maxWatchdogFailures,
    Duration stallTimeout,
    Duration stallProbeTimeout,
    Duration reopenInterval,
    Duration readTimeout,
    Duration writeTimeout,
    Duration disconnectTimeout,
    int maxMessageLength,
    int maxOutboundBytes,
    boolean handleWatchdog) {

  /** The settings that suit an agent in an operator's network. */
  public static final PeerSettings DEFAULTS =
      new PeerSettings(
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          3,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          0xFFFF,
          1 << 20,
          true);

  public PeerSettings {
    if (maxMessageLength < Header.LENGTH || maxMessageLength > 0xFFFFFF) {
      throw new IllegalArgumentException(
          "maxMessageLength=" + maxMessageLength + "; allowed are 20 to 16777215");
    }
  }
}
