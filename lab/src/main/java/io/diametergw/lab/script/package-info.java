/** A peer that does exactly what a test's script says, and nothing by itself. */
@NullMarked
package io.diametergw.lab.script;

import org.jspecify.annotations.NullMarked;
