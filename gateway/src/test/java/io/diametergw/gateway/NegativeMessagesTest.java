package io.diametergw.gateway;

import static io.diametergw.gateway.Relaying.APP;
import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.PATIENCE;
import static io.diametergw.gateway.Site.REMOTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.LogicAppsConfig.DuplicateOriginHost;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabAvp;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each message of the base protocol, a request and an answer, spoiled in each way: what the sender
 * sees, while a connection beside it is served as before.
 */
class NegativeMessagesTest {
  /**
   * What happens:
   *
   * <ul>
   *   <li>a Result-Code: that answer comes; "2001 2001": two come
   *   <li>FIN, RST: how the gateway ends the connection; in all other cases it stays
   *   <li>ignored: nothing happens
   *   <li>opens: a CEA makes the connection one that serves
   *   <li>taken: a DWA counts as the answer to the DWR
   *   <li>passed: an answer reaches the requester
   * </ul>
   */
  private static final String TABLE =
      """
      -       | SHORT | LONG | HUGE | UNPADDED | E        | P        | T      | RESERVED | VERSION  | TWICE     | FIRST | AFTER_DPR
      CER     | RST   | FIN  | RST  | RST      | 3008 FIN | 3008 FIN | 2001   | 2001     | 5011 FIN | 2001 5012 | 2001  | 5012
      CEA     | RST   | FIN  | RST  | RST      | opens    | opens    | opens  | opens    | RST      | opens     | FIN   | ignored
      DWR     | RST   | FIN  | RST  | RST      | 3008     | 3008     | 2001   | 2001     | 5011 FIN | 2001 2001 | FIN   | 2001
      DWA     | RST   | FIN  | RST  | RST      | taken    | taken    | taken  | taken    | RST      | taken     | FIN   | ignored
      DPR     | RST   | FIN  | RST  | RST      | 3008     | 3008     | 2001   | 2001     | 5011 FIN | 2001 2001 | FIN   | 2001
      DPA     | RST   | FIN  | RST  | RST      | FIN      | FIN      | FIN    | FIN      | RST      | FIN       | FIN   | ignored
      REQUEST | RST   | FIN  | RST  | RST      | 3008     | 3007     | 2001   | 2001     | 5011 FIN | 2001 2001 | FIN   | 3002
      ANSWER  | RST   | FIN  | RST  | RST      | passed   | passed   | passed | passed   | RST      | passed    | FIN   | passed
      """;

  private static final LabNode APP_NODE = LabNode.relay(APP, LOCAL);
  private static final LabNode DRA1 = LabNode.relay("dra1." + REMOTE, REMOTE);
  private static final LabNode DRA2 = LabNode.relay("dra2." + REMOTE, REMOTE);
  private static final Answers ANSWERS = new Answers(APP, LOCAL);
  private static final int LENGTH_AT = 1;
  private static final int UNFINISHED_MILLIS = 500;

  enum Kind {
    CER,
    CEA,
    DWR,
    DWA,
    DPR,
    DPA,
    REQUEST,
    ANSWER
  }

  enum Fault {
    /** Message Length below that of a header. */
    SHORT,
    /** Message Length beyond the message's end: the rest never comes. */
    LONG,
    /** Message Length above the maximum. */
    HUGE,
    /** The last AVP's padding is left out, in the Message Length too. */
    UNPADDED,
    /** The E bit is set. */
    E,
    /** The P bit is the other way round. */
    P,
    /** The T bit is set. */
    T,
    /** All reserved bits are set. */
    RESERVED,
    /** Version 2. */
    VERSION,
    /** Sent twice at once. */
    TWICE,
    /** Sent as the first message of a connection. */
    FIRST,
    /** Sent when the sender's DPR has been answered. */
    AFTER_DPR
  }

  @RegisterExtension final Site site = new Site();

  private @Nullable SimulatedDra dra;
  private @Nullable ScriptedListener otherDra;
  private @Nullable CompletableFuture<LabMessage> pushed;

  static Stream<Arguments> table() {
    List<List<String>> rows =
        TABLE
            .lines()
            .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
            .toList();
    return rows.stream()
        .skip(1)
        .flatMap(row ->
            IntStream.range(1, row.size())
                .mapToObj(i ->
                    Arguments.of(
                        Kind.valueOf(row.getFirst()),
                        Fault.valueOf(rows.getFirst().get(i)),
                        row.get(i))));
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @MethodSource("table")
  @DisplayName(
      "CONF-AVP-05 CONF-HDR-02..09 CONF-HDR-13 CONF-CER-02 CONF-CER-16 CONF-DP-10 each message"
          + " spoiled in each way")
  void spoiled(Kind kind, Fault fault, String outcome) throws Exception {
    start(kind, fault);
    var neighbour = site.peer("neighbour." + LOCAL);
    var sender = sender(kind, fault);
    var good = good(kind, fault, sender);

    sender.send(spoil(good, fault));

    expect(kind, outcome, sender, good);
    neighbour.send(site.request("neighbour." + LOCAL));
    assertThat(neighbour.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  // ---- before

  private void start(Kind kind, Fault fault) {
    dra = site.dra(1);
    otherDra = kind == Kind.CEA ? site.scriptedDra(2) : null;
    var rest = Duration.ofMillis(UNFINISHED_MILLIS);
    site.start(c -> {
      c.logicApps(apps ->
          apps.duplicateOriginHost(
              kind == Kind.DWA
                  ? DuplicateOriginHost.REJECT
                  : kind == Kind.DPA ? DuplicateOriginHost.REPLACE : DuplicateOriginHost.ALLOW));
      if (fault == Fault.LONG) {
        c.logicApps(apps -> apps.readTimeout(rest)).draPool(pool -> pool.capabilitiesTimeout(rest));
      }
    });
  }

  private SimulatedDra dra() {
    return requireNonNull(dra);
  }

  /** Who sends it, with everything said that has to be said before. */
  private ScriptedPeer sender(Kind kind, Fault fault) {
    if (fault == Fault.FIRST || (kind == Kind.CER && fault != Fault.AFTER_DPR)) {
      return site.stranger();
    }
    if (kind == Kind.CEA && fault != Fault.AFTER_DPR) {
      return site.accept(requireNonNull(otherDra));
    }
    return site.peer(APP_NODE);
  }

  /** The message as it should be, where it should be: an answer answers what the gateway asks. */
  private LabMessage good(Kind kind, Fault fault, ScriptedPeer sender) {
    LabMessage asked = fault == Fault.FIRST ? BaseMessages.dwr(DRA1) : null;
    if (kind == Kind.ANSWER && asked == null) {
      pushed = dra().push(PushCommand.CLR.request(DRA1, APP, LOCAL, "s;1", "001010000000001"));
      asked = sender.expectRequest(317);
    }
    if (fault == Fault.AFTER_DPR) {
      sender.send(BaseMessages.dpr(APP_NODE, 0));
      assertThat(sender.expectAnswer(282).resultCode()).isEqualTo(2001);
      asked = asked == null ? BaseMessages.dwr(DRA1) : asked;
    }
    return switch (kind) {
      case CER -> BaseMessages.cer(APP_NODE);
      case DWR -> BaseMessages.dwr(APP_NODE);
      case DPR -> BaseMessages.dpr(APP_NODE, 0);
      case REQUEST -> site.request();
      case CEA ->
          BaseMessages.cea(
              DRA2, asked == null ? sender.expectRequest(257) : asked.withCommandCode(257), 2001);
      case DWA -> BaseMessages.dwa(APP_NODE, asked == null ? probed(sender) : asked);
      case DPA ->
          BaseMessages.dpa(APP_NODE, asked == null ? replaced(sender) : asked.withCommandCode(282));
      case ANSWER ->
          ANSWERS.to(fault == Fault.FIRST ? site.request() : requireNonNull(asked), 2001);
    };
  }

  /** A second connection is refused, and the gateway asks the first whether it is alive. */
  private LabMessage probed(ScriptedPeer first) {
    var rival = site.stranger();
    rival.send(BaseMessages.cer(APP_NODE));
    assertThat(rival.expectAnswer(257).resultCode()).isEqualTo(5012);
    return first.expectRequest(280);
  }

  /** A second connection takes the place of the first, which the gateway tells good-bye. */
  private LabMessage replaced(ScriptedPeer first) {
    site.peer(APP_NODE);
    return first.expectRequest(282);
  }

  private static byte[] spoil(LabMessage good, Fault fault) {
    int flags = good.flags();
    byte[] bytes = good.bytes();
    return switch (fault) {
      case SHORT -> withLength(bytes, Header.LENGTH - 4);
      case LONG -> withLength(bytes, bytes.length + 400);
      case HUGE -> withLength(bytes, 0xFFFFFC);
      case UNPADDED -> unpadded(good);
      case E -> good.withFlags(flags | Header.ERROR).bytes();
      case P -> good.withFlags(flags ^ Header.PROXIABLE).bytes();
      case T -> good.withFlags(flags | Header.RETRANSMITTED).bytes();
      case RESERVED -> good.withFlags(flags | Header.RESERVED_FLAGS).bytes();
      case VERSION -> {
        bytes[0] = 2;
        yield bytes;
      }
      case TWICE -> {
        byte[] both = Arrays.copyOf(bytes, 2 * bytes.length);
        System.arraycopy(bytes, 0, both, bytes.length, bytes.length);
        yield both;
      }
      case FIRST, AFTER_DPR -> bytes;
    };
  }

  private static byte[] withLength(byte[] bytes, int length) {
    bytes[LENGTH_AT] = (byte) (length >> 16);
    bytes[LENGTH_AT + 1] = (byte) (length >> 8);
    bytes[LENGTH_AT + 2] = (byte) length;
    return bytes;
  }

  private static byte[] unpadded(LabMessage good) {
    byte[] padded = good.with(LabAvp.text(AvpCode.USER_NAME, "seven b")).bytes();
    return withLength(Arrays.copyOf(padded, padded.length - 1), padded.length - 1);
  }

  // ---- after

  private void expect(Kind kind, String outcome, ScriptedPeer sender, LabMessage good)
      throws Exception {
    for (String word : outcome.split(" ", -1)) {
      switch (word) {
        case "RST" -> sender.expectReset();
        case "FIN" -> sender.expectClosed();
        case "ignored" -> assertSilent(sender, APP_NODE);
        case "opens" -> {
          site.awaitConnections(2);
          assertSilent(sender, DRA2);
        }
        case "taken" -> assertThat(probed(sender).isRequest()).as("asked anew").isTrue();
        case "passed" -> {
          var answer = result();
          assertThat(answer.resultCode()).isEqualTo(2001);
          assertThat(answer.isRetransmitted()).isFalse();
          assertThat(answer.flags() & Header.RESERVED_FLAGS).isZero();
        }
        default -> assertAnswer(sender.expectAnswer(good.commandCode()), good, word);
      }
    }
    boolean ended = outcome.endsWith("FIN") || outcome.endsWith("RST");
    if (!ended) {
      assertSilent(sender, kind == Kind.CEA && outcome.equals("opens") ? DRA2 : APP_NODE);
    } else if (pushed != null) {
      assertThat(result().resultCode()).as("what the DRA hears").isEqualTo(3002);
    }
  }

  private LabMessage result() throws Exception {
    return requireNonNull(pushed).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Nothing came before the answer to the DWR that is sent now. */
  private static void assertSilent(ScriptedPeer sender, LabNode node) {
    sender.send(BaseMessages.dwr(node));
    assertThat(sender.expectAnswer(280).resultCode()).isEqualTo(2001);
  }

  private static void assertAnswer(LabMessage answer, LabMessage good, String code) {
    assertThat(answer.resultCode()).as(answer.toString()).isEqualTo(Integer.parseInt(code));
    boolean answerMessage = code.startsWith("3") || code.equals("5011");
    assertThat(answer.isError()).isEqualTo(answerMessage);
    assertThat(answer.version()).isEqualTo(1);
    assertThat(answer.isRetransmitted()).isFalse();
    assertThat(answer.flags() & Header.RESERVED_FLAGS).isZero();
    assertThat(answer.hopByHopId()).isEqualTo(good.hopByHopId());
    assertThat(answer.endToEndId()).isEqualTo(good.endToEndId());
  }
}
