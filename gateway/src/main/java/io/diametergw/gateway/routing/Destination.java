package io.diametergw.gateway.routing;

import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;

/** What routing has to know of a request; the request itself answers, from its bytes. */
public interface Destination {
  /** Application-ID of the header. */
  int applicationId();

  /** The buffer that the positions below are in. */
  ByteBuf buf();

  boolean hasDestinationHost();

  int destinationHostAt();

  int destinationHostLength();

  boolean hasDestinationRealm();

  int destinationRealmAt();

  int destinationRealmLength();

  /** Whether Destination-Realm is {@code realm}. */
  boolean isDestinationRealm(Identity realm);

  /** A hash of Session-Id, or 0 without one. */
  long sessionHash();

  /** Whether a Route-Record names {@code identity}: the request has passed it (RFC 6733 §6.1.7). */
  boolean hasPassed(Identity identity);
}
