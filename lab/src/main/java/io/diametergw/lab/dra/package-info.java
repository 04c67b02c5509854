/**
 * A Diameter Routing Agent to test against, with every fault that can be switched on while it runs.
 */
@NullMarked
package io.diametergw.lab.dra;

import org.jspecify.annotations.NullMarked;
