/**
 * The gateway among Diameter stacks of others: freeDiameter, Kamailio, OTP, in processes of their
 * own, with Wireshark's dissector reading along. {@code mvn verify -Pinterop -pl app -am} runs
 * them; {@link io.diametergw.app.interop.Interop} marks them.
 */
@NullMarked
package io.diametergw.app.interop;

import org.jspecify.annotations.NullMarked;
