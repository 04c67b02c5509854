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
import java.util.function.Predicate;

/**
 * Where requests may go at this moment. Immutable: the conductor makes a new one whenever a peer's
 * state changes and publishes it through one volatile field.
 */
public final class RouteTable {
  /** How an open connection to a DRA stands; the first of them that there is takes the requests. */
  public enum Standing {
    /** It takes requests. */
    IN_SERVICE,
    /** It failed and is back; one request at a time finds out whether it answers. */
    ON_TRIAL,
    /** It is alive but kept waiting, as it failed lately. */
    HELD,
    /** It has to answer DWRs first. */
    REOPENING,
    /** It answers DWRs but no requests; one now and then finds out whether it does again. */
    UNRESPONSIVE
  }

  /**
   * One connection to a DRA.
   *
   * @param share how much of its traffic it takes, in tenths: below ten after a failure
   */
  public record Dra(Peer peer, int priority, int weight, Standing standing, int share) {}

  /**
   * The DRAs for one application, best priority first.
   *
   * @param inService those that take requests
   * @param lastResort those that take some only when none in service is left: on trial, held back,
   *     then reopening
   */
  record Groups(PriorityGroup[] inService, PriorityGroup[] lastResort) {
    static final Groups NONE = new Groups(new PriorityGroup[0], new PriorityGroup[0]);
  }

  private static final int NO_PRIORITY = Integer.MAX_VALUE;
  private static final List<Predicate<Standing>> RESORTS =
      List.of(
          standing -> standing == Standing.IN_SERVICE,
          standing -> standing == Standing.ON_TRIAL || standing == Standing.HELD,
          standing -> standing == Standing.REOPENING);

  /** Nobody is there. */
  public static final RouteTable EMPTY =
      new RouteTable(List.of(), LogicApps.NONE, Balance.WEIGHTED, false);

  private final LogicApps logicApps;
  private final Balance balance;
  private final int[] applicationIds;
  private final Groups[] groups; // by application
  private final Groups relayGroups;
  private final IdentityMap<Peer[]> byHost;
  private final Peer[] probed;
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
    Predicate<Dra> lastResort =
        dra ->
            dra.standing() == Standing.ON_TRIAL
                || dra.standing() == Standing.HELD
                || (dra.standing() == Standing.REOPENING && reopenLastResort);
    List<Dra> usable =
        dras.stream()
            .filter(dra -> dra.standing() == Standing.IN_SERVICE || lastResort.test(dra))
            .toList();
    var ids = new TreeSet<Integer>();
    usable.forEach(d -> ids.addAll(known(d).applicationIds()));
    applicationIds = ids.stream().mapToInt(Integer::intValue).toArray();
    groups = new Groups[applicationIds.length];
    for (int i = 0; i < applicationIds.length; i++) {
      groups[i] = groupsOf(applicationIds[i], usable);
    }
    relayGroups = groupsOf(ApplicationId.RELAY, usable);
    var hosts = new HashMap<Identity, List<Peer>>();
    for (Dra dra : first(usable)) {
      hosts.computeIfAbsent(known(dra).originHost(), _ -> new ArrayList<>()).add(dra.peer());
    }
    Map<Identity, Peer[]> hostArrays = new HashMap<>();
    hosts.forEach((host, peers) -> hostArrays.put(host, peers.toArray(Peer[]::new)));
    byHost = new IdentityMap<>(hostArrays);
    int inService = bestPriority(first(usable));
    probed =
        dras.stream()
            .filter(dra ->
                dra.standing() == Standing.UNRESPONSIVE
                    || (dra.standing() == Standing.ON_TRIAL && dra.priority() <= inService))
            .map(Dra::peer)
            .toArray(Peer[]::new);
    int best = bestPriority(usable.stream().filter(RouteTable::isServing).toList());
    int active = Math.min(best, inService);
    activePriority = active == NO_PRIORITY ? 0 : active;
  }

  private static boolean isServing(Dra dra) {
    return dra.standing() == Standing.IN_SERVICE || dra.standing() == Standing.ON_TRIAL;
  }

  private static int bestPriority(List<Dra> dras) {
    return dras.stream().mapToInt(Dra::priority).min().orElse(NO_PRIORITY);
  }

  /** Those in service; where there is none, those of the last resort (the reopening ones last). */
  private static List<Dra> first(List<Dra> usable) {
    for (Predicate<Standing> resort : RESORTS) {
      List<Dra> found = usable.stream().filter(dra -> resort.test(dra.standing())).toList();
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private Groups groupsOf(int applicationId, List<Dra> usable) {
    List<Dra> able = usable.stream().filter(dra -> known(dra).supports(applicationId)).toList();
    List<PriorityGroup> lastResort = new ArrayList<>();
    for (Predicate<Standing> resort : RESORTS.subList(1, RESORTS.size())) {
      lastResort.addAll(byPriority(able, resort));
    }
    return new Groups(
        byPriority(able, RESORTS.getFirst()).toArray(PriorityGroup[]::new),
        lastResort.toArray(PriorityGroup[]::new));
  }

  private List<PriorityGroup> byPriority(List<Dra> able, Predicate<Standing> wanted) {
    var byPriority = new TreeMap<Integer, List<Member>>();
    for (Dra dra : able) {
      if (wanted.test(dra.standing())) {
        byPriority
            .computeIfAbsent(dra.priority(), _ -> new ArrayList<>())
            .add(new Member(dra.peer(), dra.weight(), dra.share()));
      }
    }
    var made = new ArrayList<PriorityGroup>();
    byPriority.forEach(
        (priority, members) -> made.add(PriorityGroup.of(groupCount++, priority, members)));
    return made;
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

  /** The usable DRAs that advertised this application or Relay. */
  Groups groups(int applicationId) {
    for (int i = 0; i < applicationIds.length; i++) {
      if (applicationIds[i] == applicationId) {
        return groups[i];
      }
    }
    return relayGroups;
  }

  /** DRAs that a request now and then has to find out about. */
  Peer[] probed() {
    return probed;
  }

  /** The usable DRAs that Destination-Host names. */
  Peer[] named(Destination request) {
    Peer[] found =
        byHost.find(request.buf(), request.destinationHostAt(), request.destinationHostLength());
    return found == null ? Candidates.NONE : found;
  }
}
