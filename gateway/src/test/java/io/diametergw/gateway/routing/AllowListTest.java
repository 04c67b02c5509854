package io.diametergw.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowListTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @Test
  void emptyListAllowsEverybody() {
    assertThat(new AllowList(List.of(), List.of()).allows("any.test", null)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "app1.test, app1.test, true",
    "app1.test, APP1.Test, true",
    "app1.test, app1.test.evil, false",
    "app1.test, xapp1.test, false",
    "app1.test, app1xtest, false",
    "*.test, a.b.test, true",
    "*.test, test, false",
    "app*.test, app.test, true",
    "*, anything, true",
    "a*b*c, a-b-b-c, true",
    "a*b*c, a-c-b, false",
    "a\\E.*\\Qb, axb, false"
  })
  void hostsAreComparedWithoutCaseAndWithWildcards(String pattern, String host, boolean allowed) {
    assertThat(new AllowList(List.of(pattern), List.of()).allows(host, LOOPBACK))
        .isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true", "10.0.0.0/8, 11.0.0.1, false", "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3, 10.1.2.4, false",
    "10.1.2.128/25, 10.1.2.127, false", "10.1.2.128/25, 10.1.2.200, true",
        "0.0.0.0/0, 1.2.3.4, true", "0.0.0.0/0, ::1, false",
    "2001:db8::/32, 2001:db8:1::1, true", "2001:db8::/32, 2001:db9::1, false", "::1/128, ::1, true"
  })
  void addressesAreComparedByTheirFirstBits(String range, String address, boolean allowed) {
    assertThat(
            new AllowList(List.of(), List.of(range))
                .allows("any.test", InetAddress.ofLiteral(address)))
        .isEqualTo(allowed);
  }

  @Test
  void hostAndAddressMustBothBeAllowed() {
    var list = new AllowList(List.of("app*"), List.of("10.0.0.0/8"));

    assertThat(list.allows("app1", InetAddress.ofLiteral("10.0.0.1"))).isTrue();
    assertThat(list.allows("app1", LOOPBACK)).isFalse();
    assertThat(list.allows("mme1", InetAddress.ofLiteral("10.0.0.1"))).isFalse();
    assertThat(list.allows("app1", null)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "::/129", "host.test", "10.0.0.0/x", ""})
  void whatIsNoAddressIsRefused(String range) {
    assertThatThrownBy(() -> new AllowList(List.of(), List.of(range)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
