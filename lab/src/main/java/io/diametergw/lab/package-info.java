/**
 * What every simulator stands on: connections of plain blocking sockets on virtual threads, and
 * messages with real content.
 */
@NullMarked
package io.diametergw.lab;

import org.jspecify.annotations.NullMarked;
