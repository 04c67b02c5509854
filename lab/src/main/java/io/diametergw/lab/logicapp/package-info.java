/** A Logic Application to test with, which keeps the books of what it asked and what came back. */
@NullMarked
package io.diametergw.lab.logicapp;

import org.jspecify.annotations.NullMarked;
