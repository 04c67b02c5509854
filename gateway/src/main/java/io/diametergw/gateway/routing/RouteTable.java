package io.diametergw.gateway.routing;

import io.diametergw.gateway.config.DraPoolConfig.Balance;
import io.diametergw.gateway.routing.PriorityGroup.Member;
import io.diametergw.peer.Capabilities;
import io.diametergw.peer.Peer;
import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.Identity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where requests may go at this moment. Immutable: the conductor makes a new one whenever a peer's
 * state changes and publishes it through one volatile field.
 */
public final class RouteTable {
  /** One connection to a DRA, and what the configuration says of the DRA. */
  public record Dra(Peer peer, int priority, int weight) {}

  private static final PriorityGroup[] NO_GROUPS = {};

  /** Nobody is there. */
  public static final RouteTable EMPTY =
      new RouteTable(List.of(), LogicApps.NONE, Balance.WEIGHTED, false);

  private final LogicApps logicApps;
  private final Balance balance;
  private final int[] applicationIds;
  private final PriorityGroup[][] groups; // by application, best priority first
  private final PriorityGroup[] relayGroups;
  private final IdentityMap<Peer[]> byHost;
  private final int activePriority;
  private int groupCount;

  /**
   * @param dras every DRA that is connected
   * @param reopenLastResort whether DRAs that are being reopened take requests when no other can
   */
  public RouteTable(
      List<Dra> dras, LogicApps logicApps, Balance balance, boolean reopenLastResort) {
    this.logicApps = logicApps;
    this.balance = balance;
    List<Dra> usable = dras.stream().filter(d -> d.peer().isUsable()).toList();
    if (usable.isEmpty() && reopenLastResort) {
      usable = dras.stream().filter(d -> d.peer().isReopening()).toList();
    }
    var ids = new TreeSet<Integer>();
    usable.forEach(d -> ids.addAll(known(d).applicationIds()));
    applicationIds = ids.stream().mapToInt(Integer::intValue).toArray();
    groups = new PriorityGroup[applicationIds.length][];
    for (int i = 0; i < applicationIds.length; i++) {
      groups[i] = groupsOf(applicationIds[i], usable);
    }
    relayGroups = groupsOf(ApplicationId.RELAY, usable);
    var hosts = new HashMap<Identity, List<Peer>>();
    for (Dra dra : usable) {
      hosts.computeIfAbsent(known(dra).originHost(), _ -> new ArrayList<>()).add(dra.peer());
    }
    Map<Identity, Peer[]> hostArrays = new HashMap<>();
    hosts.forEach((host, peers) -> hostArrays.put(host, peers.toArray(Peer[]::new)));
    byHost = new IdentityMap<>(hostArrays);
    activePriority = usable.stream().mapToInt(Dra::priority).min().orElse(0);
  }

  private PriorityGroup[] groupsOf(int applicationId, List<Dra> usable) {
    var byPriority = new TreeMap<Integer, List<Member>>();
    for (Dra dra : usable) {
      if (known(dra).supports(applicationId)) {
        byPriority
            .computeIfAbsent(dra.priority(), _ -> new ArrayList<>())
            .add(new Member(dra.peer(), dra.weight()));
      }
    }
    var made = new ArrayList<PriorityGroup>();
    byPriority.forEach(
        (priority, members) -> made.add(PriorityGroup.of(groupCount++, priority, members)));
    return made.toArray(NO_GROUPS);
  }

  private static Capabilities known(Dra dra) {
    return Objects.requireNonNull(dra.peer().capabilities(), "not open");
  }

  /** The priority that takes new requests; 0 when no DRA is usable. */
  public int activePriority() {
    return activePriority;
  }

  /** Who is connected on the other side. */
  public LogicApps logicApps() {
    return logicApps;
  }

  Balance balance() {
    return balance;
  }

  /** The usable DRAs that advertised this application or Relay, best priority first. */
  PriorityGroup[] groups(int applicationId) {
    for (int i = 0; i < applicationIds.length; i++) {
      if (applicationIds[i] == applicationId) {
        return groups[i];
      }
    }
    return relayGroups;
  }

  /** The usable DRAs that Destination-Host names. */
  Peer[] named(Destination request) {
    Peer[] found =
        byHost.find(request.buf(), request.destinationHostAt(), request.destinationHostLength());
    return found == null ? Candidates.NONE : found;
  }
}
