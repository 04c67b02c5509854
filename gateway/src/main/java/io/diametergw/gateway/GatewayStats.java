package io.diametergw.gateway;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.proxy.ProxyReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the gateway has done since it was started, at one moment. A "session" of these statistics is
 * a transaction: a request that was sent on and its answer.
 *
 * @param proxy counters and latencies of all event loops
 * @param activePriority the priority that takes new requests; 0 when no DRA is usable
 * @param dras the DRAs, in the order of the configuration
 * @param failovers moves of new requests to a worse priority
 * @param failbacks moves of new requests to a better priority
 * @param logicApps Logic App connections
 * @param refusedConnections connections that were reset because there were too many
 */
public record GatewayStats(
    ProxyReport proxy,
    int activePriority,
    List<DraStats> dras,
    long failovers,
    long failbacks,
    int logicApps,
    long refusedConnections) {

  /**
   * One connection to a DRA.
   *
   * @param name of the DRA
   * @param state of the connection, as people see it
   * @param health as RFC 3539 Appendix A has it
   * @param open whether messages flow
   * @param pending requests that wait for its answer
   * @param sent messages sent to it, over all its connections so far
   * @param received messages received from it
   * @param p50Millis how long its answers take: median
   * @param p99Millis and 99th percentile
   */
  public record DraStats(
      String name,
      String address,
      int priority,
      String state,
      String health,
      boolean open,
      int pending,
      long sent,
      long received,
      double p50Millis,
      double p99Millis) {}

  public GatewayStats {
    dras = List.copyOf(dras);
  }

  /** The value of one counter. */
  public long count(Counter counter) {
    return proxy.counters().of(counter);
  }

  /** Requests taken from peers, on both sides. */
  public long totalRequests() {
    return count(Counter.REQUESTS_FROM_APPS) + count(Counter.REQUESTS_FROM_DRAS);
  }

  /** Answers given to requesters, the gateway's own included. */
  public long totalResponses() {
    return count(Counter.ANSWERED) + count(Counter.ANSWERED_BY_GATEWAY);
  }

  /** Requests that were sent on and wait for their answer. */
  public int inFlight() {
    return proxy.pending();
  }

  /**
   * Requests for which the books do not say what became of them: {@code requests - answered -
   * answered by the gateway - requester gone - in flight}. Not 0 is a defect, but for what is on
   * its way between two event loops at this very moment.
   */
  public long unaccounted() {
    return totalRequests() - totalResponses() - count(Counter.REQUESTER_GONE) - inFlight();
  }

  /** Connections to DRAs that are open. */
  public long activeConnections() {
    return dras.stream().filter(DraStats::open).count();
  }

  /**
   * The statistics as they are logged, a line a group; the first seven lines have the names of the
   * original.
   */
  public List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add("=== Gateway Statistics ===");
    lines.add(
        String.format(
            Locale.ROOT,
            "Gateway: total_requests=%d total_responses=%d active_sessions=%d total_errors=%d avg_latency_ms=%.3f",
            totalRequests(),
            totalResponses(),
            inFlight(),
            count(Counter.ANSWERED_BY_GATEWAY),
            proxy.meanRoundTripMillis()));
    lines.add(
        String.format(
            Locale.ROOT,
            "Forwarding: to_dra=%d from_dra=%d timeout_errors=%d routing_errors=%d",
            count(Counter.REQUESTS_TO_DRAS),
            count(Counter.ANSWERS_FROM_DRAS),
            count(Counter.EXPIRED),
            count(Counter.NOT_ROUTABLE) + count(Counter.LOOPS)));
    lines.add(
        String.format(
            Locale.ROOT,
            "Sessions: created=%d completed=%d expired=%d",
            count(Counter.TRANSACTIONS),
            count(Counter.ANSWERED),
            count(Counter.EXPIRED)));
    lines.add(
        String.format(
            Locale.ROOT,
            "DRA Pool: active_priority=%d total_dras=%d active_dras=%d total_connections=%d active_connections=%d failover_count=%d",
            activePriority,
            names(dras),
            names(dras.stream().filter(DraStats::open).toList()),
            dras.size(),
            activeConnections(),
            failovers));
    lines.add(
        String.format(
            Locale.ROOT,
            "DRA Messages: sent=%d received=%d",
            dras.stream().mapToLong(DraStats::sent).sum(),
            dras.stream().mapToLong(DraStats::received).sum()));
    lines.add(
        String.format(
            Locale.ROOT,
            "Books: requests=%d answered=%d answered_by_gateway=%d requester_gone=%d in_flight=%d unaccounted=%d",
            totalRequests(),
            count(Counter.ANSWERED),
            count(Counter.ANSWERED_BY_GATEWAY),
            count(Counter.REQUESTER_GONE),
            inFlight(),
            unaccounted()));
    lines.add(
        String.format(
            Locale.ROOT,
            "Failover: failback_count=%d retransmitted=%d rerouted=%d retried=%d unmatched_answers=%d",
            failbacks,
            count(Counter.RETRANSMITTED),
            count(Counter.REROUTED),
            count(Counter.RETRIED),
            count(Counter.UNMATCHED_ANSWERS)));
    lines.add(
        String.format(
            Locale.ROOT,
            "Refused: loops=%d too_busy=%d not_proxiable=%d intercepted=%d malformed_requests=%d malformed_answers=%d defects=%d",
            count(Counter.LOOPS),
            count(Counter.TOO_BUSY),
            count(Counter.NOT_PROXIABLE),
            count(Counter.INTERCEPTED),
            count(Counter.MALFORMED_REQUESTS),
            count(Counter.MALFORMED_ANSWERS),
            count(Counter.DEFECTS)));
    lines.add(
        String.format(
            Locale.ROOT,
            "Logic Apps: connections=%d refused_connections=%d requests_from_dras=%d",
            logicApps,
            refusedConnections,
            count(Counter.REQUESTS_FROM_DRAS)));
    lines.add(
        String.format(
            Locale.ROOT,
            "Latency: gateway_p50_ms=%.3f gateway_p99_ms=%.3f",
            proxy.forwarding().percentileMillis(50),
            proxy.forwarding().percentileMillis(99)));
    for (DraStats dra : dras) {
      lines.add(
          String.format(
              Locale.ROOT,
              "DRA %s: address=%s priority=%d state=%s health=%s pending=%d sent=%d received=%d p50_ms=%.3f p99_ms=%.3f",
              dra.name(),
              dra.address(),
              dra.priority(),
              dra.state(),
              dra.health(),
              dra.pending(),
              dra.sent(),
              dra.received(),
              dra.p50Millis(),
              dra.p99Millis()));
    }
    return lines;
  }

  private static long names(List<DraStats> some) {
    return some.stream().map(DraStats::name).distinct().count();
  }
}
