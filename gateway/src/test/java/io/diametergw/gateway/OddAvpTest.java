package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Relaying.assertRelayed;
import static io.diametergw.gateway.Relaying.body;
import static io.diametergw.gateway.Relaying.forwarded;
import static io.diametergw.gateway.Site.GATEWAY;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.wire.AvpCode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AVPs that a relay has no business with, however odd: they pass byte for byte. */
class OddAvpTest {
  private static final int UNKNOWN = 99_999;
  private static final int SUBSCRIPTION_ID = 443;
  private static final int M = 0x40;
  private static final int V = 0x80;
  private static final int THREE_GPP = 10415;

  @RegisterExtension final Site site = new Site();

  private void assertPasses(LabMessage... requests) {
    var dra = site.dra(1);
    site.start();
    var app = site.peer(APP);

    for (LabMessage request : requests) {
      assertRelayed(request, forwarded(dra, app, request));
    }
    assertThat(site.count(Counter.MALFORMED_REQUESTS)).isZero();
  }

  private LabMessage with(LabAvp avp) {
    return site.request().with(avp);
  }

  @Test
  @DisplayName("CONF-AVP-06 padding that is not zero")
  void paddingThatIsNotZero() {
    byte[] bytes = with(LabAvp.of(UNKNOWN, M, 0, new byte[] {1})).bytes();
    bytes[bytes.length - 1] = 0x55;

    assertPasses(LabMessage.of(bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x20, 0x01, 0x1F, 0x3F, 0x60, 0x7F})
  @DisplayName("CONF-AVP-07 the P flag and reserved flags of an AVP")
  void reservedFlags(int flags) {
    assertPasses(with(LabAvp.of(UNKNOWN, flags, 0, new byte[3])));
  }

  @Test
  @DisplayName("CONF-AVP-08 an unknown AVP with M, of any vendor, by itself and inside a Grouped")
  void unknownMandatoryAvp() {
    var plain = LabAvp.of(UNKNOWN, M, 0, new byte[3]);
    var vendors = LabAvp.of(UNKNOWN, V | M, 4242, new byte[5]);
    byte[] members = body(site.request().withAvps(List.of(plain, vendors)));

    assertPasses(with(plain), with(vendors), with(LabAvp.of(SUBSCRIPTION_ID, M, 0, members)));
  }

  @Test
  @DisplayName("CONF-AVP-09 the V flag with Vendor-ID 0")
  void vendorFlagWithoutVendor() {
    assertPasses(with(LabAvp.of(UNKNOWN, V | M, 0, new byte[3])));
  }

  @ParameterizedTest
  @ValueSource(strings = {"000001b040000001", "000001b0c000000c", "000001b040ffffff", "0000"})
  @DisplayName("CONF-AVP-11 a broken AVP inside a Grouped that nothing is routed by")
  void brokenMember(String hex) {
    assertPasses(with(LabAvp.of(SUBSCRIPTION_ID, M, 0, HexFormat.of().parseHex(hex))));
  }

  @ParameterizedTest
  @ValueSource(ints = {AvpCode.DESTINATION_REALM, AvpCode.DESTINATION_HOST, AvpCode.ROUTE_RECORD})
  @DisplayName("CONF-AVP-16 the code of a routing AVP with a Vendor-ID is another AVP")
  void routingCodeOfAVendor(int code) {
    byte[] own = GATEWAY.getBytes(StandardCharsets.UTF_8); // would be a loop, or for us

    assertPasses(
        with(LabAvp.of(code, V | M, THREE_GPP, own)),
        with(LabAvp.of(code, V | M, THREE_GPP, new byte[0])),
        with(LabAvp.of(code, V | M, THREE_GPP, own)).with(LabAvp.of(code, V, 1, own)));
  }
}
