package io.diametergw.gateway.routing;

import io.diametergw.peer.Capabilities;
import io.diametergw.peer.Peer;
import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.Identity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The Logic Apps that are connected, by what requests of DRAs name them by (RFC 6733 §6.1.5,
 * §6.1.6). Immutable.
 */
public final class LogicApps {
  /** Nobody. */
  public static final LogicApps NONE = new LogicApps(Map.of(), Identity.of(""));

  private final IdentityMap<Peer[]> byHost;
  private final IdentityMap<Candidates> byRealm;
  private final Map<Integer, Peer> byConnection;
  private final Candidates all;
  private final Identity localRealm;

  /**
   * @param byConnection the peers by the number their connection was given
   * @param localRealm the gateway's own realm, which stands for the realms of all its Logic Apps
   */
  public LogicApps(Map<Integer, Peer> byConnection, Identity localRealm) {
    this.byConnection = Map.copyOf(byConnection);
    this.localRealm = localRealm;
    var hosts = new HashMap<Identity, List<Peer>>();
    var realms = new HashMap<Identity, List<Peer>>();
    for (Peer peer : byConnection.values()) {
      Capabilities known = Objects.requireNonNull(peer.capabilities());
      hosts.computeIfAbsent(known.originHost(), _ -> new ArrayList<>()).add(peer);
      realms.computeIfAbsent(known.originRealm(), _ -> new ArrayList<>()).add(peer);
    }
    var hostArrays = new HashMap<Identity, Peer[]>();
    hosts.forEach((host, peers) -> hostArrays.put(host, peers.toArray(Peer[]::new)));
    byHost = new IdentityMap<>(hostArrays);
    var realmCandidates = new HashMap<Identity, Candidates>();
    realms.forEach((realm, peers) -> realmCandidates.put(realm, new Candidates(peers)));
    byRealm = new IdentityMap<>(realmCandidates);
    all = new Candidates(List.copyOf(byConnection.values()));
  }

  /** Everybody who is connected. */
  public Collection<Peer> peers() {
    return byConnection.values();
  }

  /** The connections of the Logic App that Destination-Host names. */
  Peer[] named(Destination request) {
    Peer[] found =
        byHost.find(request.buf(), request.destinationHostAt(), request.destinationHostLength());
    return found == null ? Candidates.NONE : found;
  }

  /** The connection with this number, if it is still there. */
  @Nullable Peer connection(int connectionId) {
    return connectionId == 0 ? null : byConnection.get(connectionId);
  }

  /** Those of the request's realm that advertised its application. */
  Peer[] ofRealm(Destination request) {
    if (!request.hasDestinationRealm()) {
      return Candidates.NONE;
    }
    Candidates candidates =
        request.isDestinationRealm(localRealm)
            ? all
            : byRealm.find(
                request.buf(), request.destinationRealmAt(), request.destinationRealmLength());
    return candidates == null ? Candidates.NONE : candidates.advertising(request.applicationId());
  }

  /** Those that advertised Relay. */
  Peer[] relays() {
    return all.advertising(ApplicationId.RELAY);
  }
}
