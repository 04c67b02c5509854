package io.diametergw.app.interop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test of the gateway with another Diameter stack, on a method.
 *
 * <p>It takes an {@link InteropSite}, which closes what it started, collects what every process
 * printed in {@code target/interop/NAME/}, has tshark look through what the gateway sent, and
 * writes what was seen as a row of {@code target/interop/results.md}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@Tag("interop")
@Timeout(120)
@ExtendWith(InteropExtension.class)
@interface Interop {
  /** What happens, in one sentence that no other test has. */
  String what();

  /** Whose program it is; its version it says itself. */
  String peer();

  /** What must hold. */
  String holds();
}
