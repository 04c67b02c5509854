/**
 * A Diameter node's connections: accepting and dialling peers, capabilities exchange, watchdog,
 * disconnect (RFC 6733 §2.1, §5; RFC 3539). Usable on its own, without the gateway.
 */
@NullMarked
package io.diametergw.peer;

import org.jspecify.annotations.NullMarked;
