/**
 * The faults that the gateway survives: real processes that are killed, stopped, cut off and
 * overloaded while Logic Apps ask, and the figures that must hold. {@code mvn verify -Pfaults -pl
 * app -am} runs them; {@link io.diametergw.app.fault.Scenario} marks them.
 */
@NullMarked
package io.diametergw.app.fault;

import org.jspecify.annotations.NullMarked;
