package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Relaying.assertRefused;
import static io.diametergw.gateway.Relaying.assertRelayed;
import static io.diametergw.gateway.Relaying.body;
import static io.diametergw.gateway.Site.REMOTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.lab.Answers;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Overload control (RFC 7683), load (RFC 8583) and priority (RFC 7944) on their way through a
 * gateway that takes no part in them: what the ends tell each other passes, nothing is added.
 */
class ExtensionAvpTest {
  private static final int M = 0x40;
  private static final int V = 0x80;
  private static final int DRMP = 301;
  private static final int OC_SUPPORTED_FEATURES = 621;
  private static final int OC_FEATURE_VECTOR = 622;
  private static final int OC_OLR = 623;
  private static final int OC_SEQUENCE_NUMBER = 624;
  private static final int OC_REPORT_TYPE = 626;
  private static final int OC_REDUCTION_PERCENTAGE = 627;
  private static final int SOURCE_ID = 649;
  private static final int LOAD = 650;
  private static final int LOAD_TYPE = 651;
  private static final int LOAD_VALUE = 652;
  private static final List<Integer> OURS_NEVER =
      List.of(DRMP, OC_SUPPORTED_FEATURES, OC_OLR, SOURCE_ID, LOAD);
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);

  @RegisterExtension final Site site = new Site();

  private @Nullable ScriptedPeer app;
  private @Nullable ScriptedPeer dra;

  @BeforeEach
  void start() {
    var listener = site.scriptedDra(1);
    site.start();
    dra = site.accept(listener, "dra1." + REMOTE);
    site.awaitConnections(1);
    app = site.peer(APP);
  }

  private ScriptedPeer app() {
    return requireNonNull(app);
  }

  private ScriptedPeer dra() {
    return requireNonNull(dra);
  }

  /** A Grouped AVP without Vendor-ID. */
  private LabAvp group(int code, int flags, LabAvp... members) {
    return LabAvp.of(code, flags, 0, body(site.request().withAvps(List.of(members))));
  }

  private static LabAvp plain(int code, byte... data) {
    return LabAvp.of(code, 0, 0, data);
  }

  private LabMessage asked(LabMessage request) {
    app().send(request);
    return dra().expectRequest(request.commandCode());
  }

  /** These AVPs pass in a request, and these in its answer, byte for byte. */
  private void assertPass(List<LabAvp> inRequest, List<LabAvp> inAnswer) {
    var request = site.request();
    request = request.withAvps(Stream.concat(request.avps().stream(), inRequest.stream()).toList());

    var arrived = asked(request);
    var answer = ANSWERS.to(arrived, 2001);
    answer = answer.withAvps(Stream.concat(answer.avps().stream(), inAnswer.stream()).toList());
    dra().send(answer);

    assertRelayed(request, arrived);
    assertThat(app().expectAnswer(272).bytes())
        .isEqualTo(answer.withHopByHopId(request.hopByHopId()).bytes());
  }

  @Test
  @DisplayName("CONF-EXT-01 OC-Supported-Features and OC-OLR pass unchanged; 3GPP's codes too")
  void overloadControlPasses() {
    var features =
        group(
            OC_SUPPORTED_FEATURES,
            0,
            plain(OC_FEATURE_VECTOR, new byte[] {0, 0, 0, 0, 0, 0, 0, 1}));
    var olr =
        group(
            OC_OLR,
            0,
            plain(OC_SEQUENCE_NUMBER, new byte[] {0, 0, 0, 0, 0, 0, 0, 7}),
            plain(OC_REPORT_TYPE, new byte[] {0, 0, 0, 1}),
            plain(OC_REDUCTION_PERCENTAGE, new byte[] {0, 0, 0, 100}));

    assertPass(List.of(features), List.of(features, olr));
    assertPass(
        List.of(LabAvp.of(OC_SUPPORTED_FEATURES, V | M, 10415, new byte[4])),
        List.of(LabAvp.of(OC_OLR, V | M, 10415, new byte[4])));
    assertPass(List.of(), List.of()); // a report of 100 % was not for us
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("CONF-EXT-02 the gateway puts nothing of this into an answer, its own or another's")
  void nothingIsAdded(boolean asked) {
    var request = site.request();
    if (asked) {
      var avps = new ArrayList<>(request.avps());
      avps.add(group(OC_SUPPORTED_FEATURES, 0));
      avps.add(plain(DRMP, new byte[] {0, 0, 0, 0}));
      request = request.withAvps(avps);
    }
    var loop = request.with(LabAvp.text(AvpCode.ROUTE_RECORD, Site.GATEWAY));

    var refusal = assertRefused(app(), loop, 3005);
    var arrived = asked(request);
    dra().send(ANSWERS.to(arrived, 2001));
    var answer = app().expectAnswer(272);

    for (int code : OURS_NEVER) {
      assertThat(refusal.avps(code)).as("AVP " + code).isEmpty();
      assertThat(answer.avps(code)).as("AVP " + code).isEmpty();
      assertThat(arrived.avps(code)).hasSameSizeAs(request.avps(code));
    }
  }

  @ParameterizedTest
  @ValueSource(bytes = {0, 10, 15, 16, -1})
  @DisplayName("CONF-EXT-07 DRMP passes unchanged, whatever its value, and is never inserted")
  void priorityPasses(byte value) {
    var priority = plain(DRMP, new byte[] {0, 0, 0, value});

    assertPass(List.of(priority), List.of(priority));
    assertPass(List.of(priority), List.of());
    assertPass(List.of(), List.of());
  }

  @ParameterizedTest
  @ValueSource(bytes = {0, 1})
  @DisplayName("CONF-EXT-09 Load of type HOST and PEER passes unchanged; none is added")
  void loadPasses(byte type) {
    var load =
        group(
            LOAD,
            0,
            plain(LOAD_TYPE, new byte[] {0, 0, 0, type}),
            plain(LOAD_VALUE, new byte[] {0, 0, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF}),
            LabAvp.of(SOURCE_ID, 0, 0, "dra1.remote.test".getBytes(UTF_8)));

    assertPass(List.of(), List.of(load));
    assertPass(List.of(), List.of());
  }

  @Test
  @DisplayName("CONF-EXT-10 SourceID in OC-Supported-Features and a PEER-REPORT pass unchanged")
  void peerReportPasses() {
    var source = LabAvp.of(SOURCE_ID, 0, 0, APP.getBytes(UTF_8));
    var features = group(OC_SUPPORTED_FEATURES, 0, source);
    var report = group(OC_OLR, 0, plain(OC_REPORT_TYPE, new byte[] {0, 0, 0, 2}), source);

    assertPass(List.of(features), List.of(features, report));
  }
}
