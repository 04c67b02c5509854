package io.diametergw.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.Site;
import io.diametergw.gateway.fuzz.ByteStream.End;
import io.diametergw.gateway.fuzz.Campaign.Case;
import io.diametergw.lab.Answers;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * DRAs answer with broken answers: the Logic App gets one well-formed answer to each request, as
 * the DRA sent it or from the gateway itself.
 */
@Tag("fuzzed")
class AnswerFuzzTest {
  private static final int CASES_AT_ONCE = 32;
  private static final int OUT_OF_STEP_EVERY = 250; // the DRA has to come back first
  private static final int FILLED_UP_TO = 16 << 10;
  private static final int BROKEN_DRAS = 4;

  /** Serves an application that no broken message is of: they cannot fail over to it. */
  private static final LabNode SOUND =
      new LabNode("sound." + Site.REMOTE, Site.REMOTE, List.of(16777265));

  @RegisterExtension final Site site = new Site();

  private final Campaign campaign = Campaign.of("answers");
  private final Mutator mutator = new Mutator(Seeds.joined());
  private final Answers toDras = new Answers(Seeds.APP.originHost(), Site.LOCAL);

  /** By case, what DRAs answered: two, when the connection to the first was lost. */
  private final Map<Integer, Set<ByteBuffer>> answered = new ConcurrentHashMap<>();

  private final Map<Integer, Case> cases = new ConcurrentHashMap<>();
  private final Owed owed = new Owed();
  private int relayed;

  @Test
  void brokenAnswersHarmNobody() {
    var broken =
        IntStream.rangeClosed(1, BROKEN_DRAS).mapToObj(i -> new Dra(i, this::answer)).toList();
    try (var sound = new Dra(SOUND, Dra::succeed)) {
      start(broken, sound);
      try (var good = new GoodTraffic(site.port(), sound.node());
          var app = GoodTraffic.connect(site.port(), Seeds.APP);
          var invariants = new Invariants(site)) {
        long begun = System.nanoTime();
        run(app, good, broken, invariants);
        System.out.printf(
            "%d cases in %.1f s, %d answers passed on%n",
            campaign.cases(), (System.nanoTime() - begun) / 1e9, relayed);
        assertThat(broken.stream().mapToLong(Dra::requests).sum())
            .as("requests of those that answer wrongly")
            .isGreaterThan(campaign.cases() / 2);
        good.judge();
        invariants.assertHold();
      }
    } finally {
      broken.forEach(Dra::close);
    }
  }

  private void start(List<Dra> broken, Dra sound) {
    broken.forEach(dra -> site.draAt(dra.port(), 1));
    site.draAt(sound.port(), 2);
    site.start(c ->
        c.logResponses(true)
            .draPool(pool ->
                pool.holdBack(Duration.ZERO)
                    .failbackRamp(Duration.ZERO)
                    .maxReconnectDelay(Duration.ofMillis(100))));
  }

  private void run(RawConnection app, GoodTraffic good, List<Dra> dras, Invariants invariants) {
    for (int number = campaign.first(); number < campaign.end(); ) {
      try {
        for (int i = 0; i < CASES_AT_ONCE && number < campaign.end(); i++, number++) {
          LabMessage request = Seeds.request(number);
          owed.expect(request, new Case(number, request.bytes(), "the request"));
          app.send(request.bytes());
        }
        app.flush();
        good.probe(); // while they are being answered
        while (!owed.isSettled()) {
          LabMessage answer = GoodTraffic.nextAnswer(app, Seeds.APP, toDras);
          owed.take(answer);
          assertAsSent(answer);
        }
        dras.forEach(Dra::check);
        invariants.check();
        answered.clear();
        cases.clear();
      } catch (AssertionError e) {
        var failure = campaign.failure(String.valueOf(e.getMessage()), suspects());
        failure.initCause(e);
        throw failure;
      }
    }
  }

  private List<Case> suspects() {
    var all = new ArrayList<>(cases.values());
    all.sort(java.util.Comparator.comparingInt(Case::number));
    return all;
  }

  /** What the DRA sent, but for the Hop-by-Hop Identifier and the flags that are cleared. */
  private void assertAsSent(LabMessage answer) {
    if (Site.GATEWAY.equals(answer.text(AvpCode.ORIGIN_HOST)) && answer.isError()) {
      assertThat(answer.resultCode()).isIn(3002, 3004, 5012);
      return;
    }
    relayed++;
    var sent = answered.getOrDefault(answer.endToEndId(), Set.of());
    assertThat(sent.contains(asDelivered(answer))).as("a DRA sent %s", answer).isTrue();
  }

  // ---- the DRA's side, on its threads

  private boolean answer(Dra dra, RawConnection connection, LabMessage request) {
    if (request.isRetransmitted()) { // another DRA has broken it already
      return succeed(dra, connection, request);
    }
    var good = dra.success(request);
    int number = request.endToEndId();
    var dice = campaign.random(number);
    boolean inStep = dice.nextInt(OUT_OF_STEP_EVERY) != 0;
    Case of = mutator.mutate(number, good, dice, inStep);
    cases.put(number, of);
    byte[] bytes = of.bytes();
    var stream = ByteStream.of(bytes);
    if (stream.end() == End.UNFINISHED && stream.missing() <= FILLED_UP_TO) {
      bytes = Arrays.copyOf(bytes, bytes.length + stream.missing());
      stream = ByteStream.of(bytes);
    }
    var answers = stream.messages().stream().filter(m -> isAnswer(m, good)).toList();
    answers.stream().limit(1).forEach(this::note);
    connection.send(bytes);
    if (stream.end() != End.IN_STEP) {
      connection.flush();
      return stream.end() != End.UNFINISHED; // the gateway ends it, or we do
    }
    if (answers.isEmpty()) { // the request waits for it still
      note(good);
      connection.send(good.bytes());
    }
    return true;
  }

  /** Answers as it should be. */
  private boolean succeed(Dra dra, RawConnection connection, LabMessage request) {
    var good = dra.success(request);
    note(good);
    connection.send(good.bytes());
    return true;
  }

  private static boolean isAnswer(LabMessage m, LabMessage good) {
    return m.version() == Header.VERSION
        && !m.isRequest()
        && m.hopByHopId() == good.hopByHopId()
        && m.endToEndId() == good.endToEndId()
        && m.commandCode() == good.commandCode()
        && m.applicationId() == good.applicationId();
  }

  private void note(LabMessage answer) {
    answered
        .computeIfAbsent(answer.endToEndId(), _ -> ConcurrentHashMap.newKeySet())
        .add(asDelivered(answer));
  }

  private static ByteBuffer asDelivered(LabMessage answer) {
    int dropped = Header.RETRANSMITTED | Header.RESERVED_FLAGS;
    return ByteBuffer.wrap(answer.withHopByHopId(0).withFlags(answer.flags() & ~dropped).bytes());
  }
}
