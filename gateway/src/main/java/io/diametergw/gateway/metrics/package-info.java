/** What is counted and measured. */
@NullMarked
package io.diametergw.gateway.metrics;

import org.jspecify.annotations.NullMarked;
