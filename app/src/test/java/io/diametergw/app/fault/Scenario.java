package io.diametergw.app.fault;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A fault that the gateway survives: of a class, or of a test method where a class has several.
 *
 * <p>Its tests may take a {@link FaultSite}, which closes what they started, collects what every
 * process printed in {@code target/faults/ID/}, and writes what they measured as a row of {@code
 * target/faults/results.md}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("fault")
@Timeout(240)
@ExtendWith(ScenarioExtension.class)
@interface Scenario {
  /** Such as {@code FO-01}; what follows a blank tells variants apart: {@code FO-14 50 %}. */
  String id();

  /** What happens, in one sentence. */
  String what();

  /** What must hold, in figures. */
  String goal();

  /** Whether it needs network namespaces, that is root, iproute2 and iptables. */
  boolean namespaces() default false;
}
