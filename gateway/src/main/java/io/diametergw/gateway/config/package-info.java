/** What the gateway is told to do: immutable records, checked when made. */
@NullMarked
package io.diametergw.gateway.config;

import org.jspecify.annotations.NullMarked;
