package io.diametergw.peer;

import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.Identity;
import java.util.Set;

/**
 * What a peer has told of itself in its CER or CEA (RFC 6733 §5.3).
 *
 * @param originHost its identity
 * @param originRealm its realm
 * @param productName its Product-Name
 * @param applicationIds every Application Id it advertised, whichever AVP carried it
 */
public record Capabilities(
    Identity originHost, Identity originRealm, String productName, Set<Integer> applicationIds) {

  public Capabilities {
    applicationIds = Set.copyOf(applicationIds);
  }

  /** Whether the peer takes requests of every application. */
  public boolean isRelay() {
    return applicationIds.contains(ApplicationId.RELAY);
  }

  /** Whether the peer takes requests of this application. */
  public boolean supports(int applicationId) {
    return applicationIds.contains(applicationId) || isRelay();
  }
}
