/**
 * A load generator that checks every answer and measures from the moment a request should have been
 * sent.
 */
@NullMarked
package io.diametergw.lab.load;

import org.jspecify.annotations.NullMarked;
