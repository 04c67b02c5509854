package io.diametergw.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.Site;
import io.diametergw.gateway.fuzz.ByteStream.End;
import io.diametergw.gateway.fuzz.Campaign.Case;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabMessage;
import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Strangers begin with something broken, each on a connection of its own: a CER gets its CEA, and
 * whoever cannot be talked to is cut off.
 */
@Tag("fuzzed")
class BeforeCerFuzzTest {
  private static final int CONNECTIONS_AT_ONCE = 32;
  private static final int OUT_OF_STEP_EVERY = 3;
  private static final int NEW_PEER_EVERY = 1024;

  /** What a CEA may say of a CER that is not one. */
  private static final Set<Integer> REFUSALS =
      Set.of(3007, 3008, 3010, 5004, 5005, 5009, 5010, 5014, 5017);

  @RegisterExtension final Site site = new Site();

  private final Campaign campaign = Campaign.of("before the CER");
  private final Mutator mutator = new Mutator(Seeds.joined());
  private int opened;
  private int refused;

  /** A connection and what was sent on it. */
  private record Stranger(RawConnection connection, Case of, ByteStream stream) {}

  @Test
  void brokenBeginningsHarmNobody() {
    try (var dra = new Dra(1, Dra::succeed)) {
      site.draAt(dra.port(), 1);
      site.start(_ -> {});
      try (var good = new GoodTraffic(site.port(), dra.node());
          var invariants = new Invariants(site)) {
        long begun = System.nanoTime();
        run(good, dra, invariants);
        System.out.printf(
            "%d cases in %.1f s, %d connections opened, %d CERs refused%n",
            campaign.cases(), (System.nanoTime() - begun) / 1e9, opened, refused);
        good.judge();
        invariants.assertHold();
      }
    }
  }

  private void run(GoodTraffic good, Dra dra, Invariants invariants) {
    for (int number = campaign.first(); number < campaign.end(); ) {
      var strangers = new ArrayList<Stranger>();
      try {
        while (strangers.size() < CONNECTIONS_AT_ONCE && number < campaign.end()) {
          strangers.add(begin(number++));
        }
        good.probe(); // while they are being read
        strangers.forEach(this::judge);
        dra.check();
        invariants.check();
        if (number % NEW_PEER_EVERY == 0) {
          GoodTraffic.connect(site.port(), Seeds.APP).close();
        }
      } catch (AssertionError e) {
        var failure =
            campaign.failure(
                String.valueOf(e.getMessage()), strangers.stream().map(Stranger::of).toList());
        failure.initCause(e);
        throw failure;
      } finally {
        strangers.forEach(stranger -> stranger.connection().close());
      }
    }
  }

  private Stranger begin(int number) {
    var dice = campaign.random(number);
    boolean inStep = dice.nextInt(OUT_OF_STEP_EVERY) != 0;
    Case of = mutator.mutate(number, Seeds.first(number), dice, inStep);
    var connection = RawConnection.to(site.port()).send(of.bytes()).flush();
    return new Stranger(connection, of, ByteStream.of(of.bytes()));
  }

  private void judge(Stranger stranger) {
    try {
      judge(stranger.connection(), stranger.stream(), stranger.of());
    } catch (AssertionError e) {
      throw campaign.failure(String.valueOf(e.getMessage()), List.of(stranger.of()));
    }
  }

  private void judge(RawConnection connection, ByteStream stream, Case of) {
    if (stream.messages().isEmpty()) {
      if (stream.end() == End.BROKEN) {
        assertThat(connection.next()).isNull();
        assertThat(connection.ending()).isEqualTo(Ending.RST);
      }
      return; // else there is nothing to answer yet
    }
    LabMessage first = stream.messages().getFirst();
    LabMessage answer = connection.next();
    if (!deservesAnswer(first)) {
      assertThat(answer).as("no answer to a first message that is no CER").isNull();
      return;
    }
    if (answer == null) {
      assertThat(endsBehindTheFirst(stream)).as("may be cut off without an answer").isTrue();
      return;
    }
    new Owed().expect(first, of).take(answer);
    if (answer.resultCode() == 2001) {
      opened++;
      goOn(connection, stream, of);
    } else {
      refused++;
      Set<Integer> allowed = first.version() == Header.VERSION ? REFUSALS : Set.of(5011);
      assertThat(allowed).contains(answer.resultCode());
      assertThat(connection.next()).as("nothing behind a refusal").isNull();
    }
  }

  /** Whether what comes behind a good CER may have the connection reset before the CEA. */
  private static boolean endsBehindTheFirst(ByteStream stream) {
    return stream.end() == End.BROKEN
        || (stream.end() == End.FOREIGN && stream.messages().size() > 1);
  }

  private static boolean deservesAnswer(LabMessage first) {
    return first.isRequest()
        && (first.version() != Header.VERSION
            || first.commandCode() == CommandCode.CAPABILITIES_EXCHANGE);
  }

  /** It is open: what came behind the CER is answered too. */
  private void goOn(RawConnection connection, ByteStream stream, Case of) {
    LabMessage cer = stream.messages().getFirst();
    assertThat(cer.applicationId()).isEqualTo(ApplicationId.COMMON);
    assertThat(cer.flags() & (Header.PROXIABLE | Header.ERROR)).isZero();
    assertThat(cer.isMalformed()).isFalse();
    if (stream.end() == End.BROKEN || stream.end() == End.FOREIGN || stream.saysGoodBye()) {
      return;
    }
    var owed = new Owed();
    stream.requests().stream().skip(1).forEach(request -> owed.expect(request, of));
    if (stream.end() == End.IN_STEP) {
      LabMessage dwr = Seeds.dwr();
      owed.expect(dwr, of);
      connection.send(dwr.bytes());
    }
    while (!owed.isSettled()) {
      LabMessage answer = connection.next();
      if (answer == null) {
        throw new AssertionError("cut off after a good CER: " + connection.ending());
      }
      owed.take(answer);
    }
  }
}
