package io.diametergw.peer;

import io.diametergw.wire.ApplicationId;

/**
 * An application as CER and CEA advertise it (RFC 6733 §5.3): in an Auth- or Acct-Application-Id
 * AVP of its own, or, when a vendor defined it, inside a Vendor-Specific-Application-Id.
 *
 * @param kind whether the AVP is Auth-Application-Id or Acct-Application-Id
 * @param vendorId the vendor that defined it, 0 for the IETF
 * @param id the Application Id, an Unsigned32 in an int; {@link ApplicationId#RELAY} is every
 *     application
 */
public record Application(Kind kind, int vendorId, int id) {
  /** Authentication and authorization, or accounting. */
  public enum Kind {
    AUTH,
    ACCT
  }

  /** Every application: what a relay advertises (RFC 6733 §2.4). */
  public static final Application RELAY = auth(ApplicationId.RELAY);

  private static final int VENDOR_3GPP = 10415;

  /** An authentication or authorization application of the IETF. */
  public static Application auth(int id) {
    return new Application(Kind.AUTH, 0, id);
  }

  /** An accounting application of the IETF. */
  public static Application acct(int id) {
    return new Application(Kind.ACCT, 0, id);
  }

  /** An authentication or authorization application of 3GPP. */
  public static Application auth3gpp(int id) {
    return new Application(Kind.AUTH, VENDOR_3GPP, id);
  }
}
