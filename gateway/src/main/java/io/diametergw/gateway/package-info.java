/** The gateway as a library: start it, ask it, stop it. */
@NullMarked
package io.diametergw.gateway;

import org.jspecify.annotations.NullMarked;
