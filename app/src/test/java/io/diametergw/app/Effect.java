package io.diametergw.app;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A test that sees what these settings do, from outside. {@link EverySettingHasAnEffectTest} misses
 * none.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
@interface Effect {
  /**
   * Settings by {@link io.diametergw.gateway.config.Setting#path}, and flags of the program by
   * their name.
   */
  String[] value();
}
