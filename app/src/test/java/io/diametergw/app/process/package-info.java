/**
 * The program and others in processes of their own, for tests: what they print, the signals they
 * get, the network between them.
 */
@NullMarked
package io.diametergw.app.process;

import org.jspecify.annotations.NullMarked;
