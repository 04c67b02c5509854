/** Who is connected, and which of them a request may be sent to (RFC 6733 §6.1). */
@NullMarked
package io.diametergw.gateway.routing;

import org.jspecify.annotations.NullMarked;
