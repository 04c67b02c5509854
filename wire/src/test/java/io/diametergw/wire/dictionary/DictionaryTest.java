package io.diametergw.wire.dictionary;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.wire.ResultCode;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A code or vendor defined twice fails the reading itself, and so every test here. */
class DictionaryTest {
  @Test
  void everyGroupMemberExists() {
    var names = Dictionary.avps().stream().map(AvpDefinition::name).collect(Collectors.toSet());

    for (var avp : Dictionary.avps()) {
      assertThat(names).as(avp.name()).containsAll(avp.members());
    }
  }

  @Test
  void onlyFittingTypesHaveValuesBitsOrMembers() {
    for (var avp : Dictionary.avps()) {
      assertThat(avp.values().isEmpty() || avp.type() == AvpType.ENUMERATED)
          .as(avp.name())
          .isTrue();
      assertThat(avp.bits().isEmpty() || avp.type() == AvpType.UNSIGNED_32).as(avp.name()).isTrue();
      assertThat(avp.members().isEmpty() || avp.type() == AvpType.GROUPED).as(avp.name()).isTrue();
    }
  }

  @Test
  void
      baseAvpsThatMayBeIgnoredAreThoseOfTheRfcsTable() { // RFC 6733 §4.5: M must not be set, or may
    // be clear
    var ignorable =
        Dictionary.avps().stream()
            .filter(avp ->
                avp.vendorId() == 0 && avp.code() >= 257 && avp.code() < 300 && !avp.mandatory())
            .map(AvpDefinition::name);

    assertThat(ignorable)
        .containsExactlyInAnyOrder(
            "Firmware-Revision", "Product-Name", "Error-Message", "Error-Reporting-Host");
  }

  @Test
  void itIsBroad() {
    assertThat(Dictionary.avps()).hasSizeGreaterThan(700);
  }

  @ParameterizedTest
  @CsvSource({
    "257, CER, CEA", "280, DWR, DWA", "282, DPR, DPA", "258, RAR, RAA", "265, AAR, AAA",
        "271, ACR, ACA", "272, CCR, CCA",
    "274, ASR, ASA", "275, STR, STA", "300, UAR, UAA", "301, SAR, SAA", "302, LIR, LIA",
        "303, MAR, MAA", "304, RTR, RTA",
    "305, PPR, PPA", "306, UDR, UDA", "307, PUR, PUA", "308, SNR, SNA", "309, PNR, PNA",
        "316, ULR, ULA", "317, CLR, CLA",
    "318, AIR, AIA", "319, IDR, IDA", "320, DSR, DSA", "321, PUR, PUA", "322, RSR, RSA",
        "323, NOR, NOA", "324, ECR, ECA",
    "8388635, SLR, SLA", "8388636, SNR, SNA", "999, 999, 999"
  })
  void commandsHaveTheirAbbreviations(int code, String request, String answer) {
    assertThat(Dictionary.command(code, true)).isEqualTo(request);
    assertThat(Dictionary.command(code, false)).isEqualTo(answer);
  }

  @Test
  void everyResultCodeOfOursHasItsName() {
    for (var code : ResultCode.values()) {
      assertThat(Dictionary.result(code.code())).endsWith(code.name());
    }
  }

  @Test
  void experimentalResultsBelongToTheirVendor() {
    assertThat(Dictionary.experimentalResult(10415, 5001)).isEqualTo("DIAMETER_ERROR_USER_UNKNOWN");
    assertThat(Dictionary.experimentalResult(10415, 5420))
        .isEqualTo("DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION");
    assertThat(Dictionary.experimentalResult(10415, 4181))
        .isEqualTo("DIAMETER_AUTHENTICATION_DATA_UNAVAILABLE");
    assertThat(Dictionary.experimentalResult(0, 5001)).isNull();
    assertThat(Dictionary.result(5001)).isEqualTo("DIAMETER_AVP_UNSUPPORTED");
  }

  @Test
  void anAvpDescribesItself() {
    assertThat(Dictionary.avps("ula-flags"))
        .singleElement()
        .extracting(AvpDefinition::describe)
        .asString()
        .isEqualTo(
            "ULA-Flags (1406, 3GPP) Unsigned32, M bit set\n  bit 0 Separation-Indication\n  bit 1 MME-Registered-for-SMS\n");
  }
}
