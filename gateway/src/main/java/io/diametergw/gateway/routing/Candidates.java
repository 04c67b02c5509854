package io.diametergw.gateway.routing;

import io.diametergw.peer.Peer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Some Logic Apps, by the applications they advertised. The list of an application is made when it
 * is first asked for, then kept. Any thread.
 */
final class Candidates {
  static final Peer[] NONE = {};

  private record ByApplication(int[] applicationIds, Peer[][] peers) {}

  private final List<Peer> peers;
  private volatile ByApplication known = new ByApplication(new int[0], new Peer[0][]);

  Candidates(List<Peer> peers) {
    this.peers = peers;
  }

  /** Those that advertised this very application. */
  Peer[] advertising(int applicationId) {
    ByApplication now = known;
    for (int i = 0; i < now.applicationIds.length; i++) {
      if (now.applicationIds[i] == applicationId) {
        return now.peers[i];
      }
    }
    Peer[] found =
        peers.stream()
            .filter(p ->
                Objects.requireNonNull(p.capabilities()).applicationIds().contains(applicationId))
            .toArray(Peer[]::new);
    if (found.length == 0) {
      return NONE; // not kept: there is no limit to the applications that a DRA may ask for in vain
    }
    int n = now.applicationIds.length;
    int[] ids = Arrays.copyOf(now.applicationIds, n + 1);
    Peer[][] lists = Arrays.copyOf(now.peers, n + 1);
    ids[n] = applicationId;
    lists[n] = found;
    known = new ByApplication(ids, lists); // two threads at once: one list is made again later
    return found;
  }
}
