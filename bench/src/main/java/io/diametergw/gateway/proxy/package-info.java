/** Microbenchmarks of what is not visible from outside the proxy. */
@NullMarked
package io.diametergw.gateway.proxy;

import org.jspecify.annotations.NullMarked;
