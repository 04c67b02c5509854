/**
 * Broken messages by the thousand, from both sides: the gateway takes no harm, and those beside it
 * notice nothing.
 */
@NullMarked
package io.diametergw.gateway.fuzz;

import org.jspecify.annotations.NullMarked;
