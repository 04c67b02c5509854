/**
 * The program: command line, configuration file, logging and the gateway's life from start to
 * signal.
 */
@NullMarked
package io.diametergw.app;

import org.jspecify.annotations.NullMarked;
