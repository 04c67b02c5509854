/**
 * The data path: requests to their next hop, answers back to where they belong, and what happens
 * when a peer is lost (RFC 6733 §5.5.4, §6).
 */
@NullMarked
package io.diametergw.gateway.proxy;

import org.jspecify.annotations.NullMarked;
