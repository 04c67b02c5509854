/** How the gateway is used as a library. */
@NullMarked
package io.diametergw.gateway.example;

import org.jspecify.annotations.NullMarked;
