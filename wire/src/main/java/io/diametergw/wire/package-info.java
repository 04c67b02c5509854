/**
 * Bytes of Diameter messages and AVPs (RFC 6733 §3, §4): reading in place, framing a stream, and
 * writing.
 *
 * <p>Nothing here knows a connection, a route or a dictionary; names and types for people are in
 * {@link io.diametergw.wire.dictionary}.
 */
@NullMarked
package io.diametergw.wire;

import org.jspecify.annotations.NullMarked;
