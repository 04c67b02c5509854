/**
 * Microbenchmarks: what the steps of the data path cost per message, in nanoseconds and, with
 * {@code -prof gc}, bytes.
 */
@NullMarked
package io.diametergw.bench;

import org.jspecify.annotations.NullMarked;
