package io.diametergw.peer;

import io.diametergw.wire.Identity;
import java.util.List;

/**
 * What a node tells of itself in CER and CEA (RFC 6733 §5.3) and in every message it makes.
 *
 * @param originHost its identity
 * @param originRealm its realm
 * @param productName Product-Name
 * @param vendorId Vendor-Id, an IANA enterprise number
 * @param firmwareRevision Firmware-Revision; 0 leaves it out
 * @param applications the applications it advertises
 * @param originStateId Origin-State-Id (RFC 6733 §8.16), constant while the node runs and greater
 *     after a restart
 */
public record LocalNode(
    Identity originHost,
    Identity originRealm,
    String productName,
    int vendorId,
    int firmwareRevision,
    List<Application> applications,
    int originStateId) {

  public LocalNode {
    applications = List.copyOf(applications);
  }

  /** Whether requests of every application are taken. */
  public boolean isRelay() {
    return applications.contains(Application.RELAY);
  }

  /**
   * An Origin-State-Id for a node that starts now: the seconds since 1970, which grow from run to
   * run.
   */
  public static int originStateIdOfNow() {
    return (int) (System.currentTimeMillis() / 1000);
  }
}
