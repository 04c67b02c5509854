package io.diametergw.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.Setting;
import io.diametergw.gateway.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No flag and no key of a file is there for nothing: each has a test that sees what it does. */
class EverySettingHasAnEffectTest {
  private static final List<Class<?>> TESTS =
      List.of(
          IdentityEffectTest.class,
          LimitEffectTest.class,
          LogicAppsEffectTest.class,
          DraPoolEffectTest.class,
          FailbackEffectTest.class,
          ReconnectEffectTest.class,
          DrasEffectTest.class,
          LogEffectTest.class,
          ProgramFlagTest.class);

  @Test
  void everySettingHasATestThatSeesItsEffect() {
    var seen =
        TESTS.stream()
            .flatMap(test -> Stream.of(test.getDeclaredMethods()))
            .filter(method -> method.isAnnotationPresent(Effect.class))
            .flatMap(method -> Stream.of(method.getAnnotation(Effect.class).value()))
            .toList();

    var all = new ArrayList<String>();
    Catalogue.all().stream().map(Setting::path).forEach(all::add);
    Settings.ofDras().stream().map(Setting::path).forEach(all::add);
    all.addAll(Flags.OF_THE_PROGRAM);
    assertThat(new TreeSet<>(seen)).containsExactlyElementsOf(new TreeSet<>(all));
  }
}
