/** Log lines: set up in code, written by a thread of their own so that nobody waits for a log. */
@NullMarked
package io.diametergw.app.logging;

import org.jspecify.annotations.NullMarked;
