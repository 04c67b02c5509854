/**
 * Names and types of applications, commands and AVPs, for people: logs and {@code decode}. Never on
 * the data path.
 */
@NullMarked
package io.diametergw.wire.dictionary;

import org.jspecify.annotations.NullMarked;
