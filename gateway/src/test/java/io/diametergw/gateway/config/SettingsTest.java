package io.diametergw.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  static List<Setting<?>> all() {
    var all = new ArrayList<Setting<?>>(Settings.topLevel());
    all.addAll(Settings.ofLogicApps());
    all.addAll(Settings.ofDraPool());
    all.addAll(Settings.ofDras());
    all.addAll(Settings.twoDras());
    return all;
  }

  @Test
  void namesPathsAndVariablesAreUnique() {
    var all = all();

    assertThat(all).extracting(Setting::path).doesNotHaveDuplicates();
    assertThat(all).extracting(Setting::name).doesNotHaveDuplicates();
    assertThat(all).extracting(Setting::environment).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("all")
  <T> void defaultIsAllowedAndReadsBack(Setting<T> setting) {
    setting
        .defaultValue()
        .ifPresent(value -> assertThat(setting.parse(setting.format(value))).isEqualTo(value));
  }

  @ParameterizedTest
  @MethodSource("all")
  void everySettingExplainsItselfInOneSentence(Setting<?> setting) {
    assertThat(setting.doc()).isNotEmpty().endsWith(".").doesNotContain("\n");
    assertThat(setting.allowed()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "300ms, 300000000",
    "30s, 30000000000",
    "5m, 300000000000",
    "1h30m, 5400000000000",
    "1.5s, 1500000000",
    "0, 0",
    "1m0s, 60000000000",
    "100us, 100000",
    "7ns, 7"
  })
  void durationsAreReadAsGoReadsThem(String text, long nanos) {
    assertThat(Durations.parse(text)).isEqualTo(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "s", "-5s", "5 s", "1d", "1h-3m", "999999999999h", "1.s", "٣s"})
  void otherDurationsAreRefused(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "30s, 30s",
    "60s, 60s",
    "90s, 1m30s",
    "5400s, 1h30m",
    "1500ms, 1.5s",
    "300ms, 300ms",
    "1500us, 1.5ms",
    "0, 0s",
    "3600s, 1h"
  })
  void durationsAreWrittenShort(String text, String shortest) {
    assertThat(Durations.format(Durations.parse(text))).isEqualTo(shortest);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, true", "10.0.0.0/8, 11.0.0.1, false", "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3, 10.1.2.2, false",
    "0.0.0.0/0, 8.8.8.8, true", "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false", "0.0.0.0/0, ::1, false"
  })
  void rangeContainsWhatBeginsWithItsBits(String range, String address, boolean contained) {
    assertThat(AddressRange.parse(range).contains(InetAddress.ofLiteral(address)))
        .isEqualTo(contained);
  }

  @ParameterizedTest
  @CsvSource({
    ":3868, 0.0.0.0:3868",
    "0.0.0.0:3868, 0.0.0.0:3868",
    "[::1]:3868, [0:0:0:0:0:0:0:1]:3868",
    "localhost:3868, 127.0.0.1:3868",
    "no-such-host.invalid:1, no-such-host.invalid:1"
  })
  void listenAddressesAreReadAsGoReadsThem(String text, String shown) {
    assertThat(Settings.LISTEN.format(Settings.LISTEN.parse(text))).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "3868",
        "host",
        ":65536",
        ":-1",
        "::1:3868",
        "[::1]",
        "[::g]:1",
        "a b:1",
        "[]:1",
        "[::1]:65536"
      })
  void otherListenAddressesAreRefused(String text) {
    assertThatThrownBy(() -> Settings.LISTEN.parse(text)).isInstanceOf(ConfigException.class);
  }
}
