package io.diametergw.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.Site;
import io.diametergw.gateway.fuzz.ByteStream.End;
import io.diametergw.gateway.fuzz.Campaign.Case;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabMessage;
import io.diametergw.wire.Header;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A Logic App sends broken requests: each that is one is answered once, and what reaches the DRA is
 * what was sent, well-formed, with one Route-Record more.
 */
@Tag("fuzzed")
class RequestFuzzTest {
  private static final int CASES_AT_ONCE = 32;
  private static final int BYTES_AT_ONCE = 128 << 10; // less than the sockets hold
  private static final int OUT_OF_STEP_EVERY = 8;
  private static final int FILLED_UP_TO = 16 << 10;
  private static final int ROUTE_RECORD_BYTES = 8 + Seeds.APP.originHost().length() + 3 & ~3;

  @RegisterExtension final Site site = new Site();

  private final Campaign campaign = Campaign.of("requests");
  private final Mutator mutator = new Mutator(Seeds.joined());
  private final Set<ByteBuffer> sent = ConcurrentHashMap.newKeySet();
  private final Owed owed = new Owed();
  private final List<Case> now = new ArrayList<>();

  @Test
  void brokenRequestsHarmNobody() {
    try (var dra = new Dra(1, this::answer)) {
      site.draAt(dra.port(), 1);
      site.start(c -> c.logRequests(true));
      try (var good = new GoodTraffic(site.port(), dra.node());
          var invariants = new Invariants(site)) {
        long begun = System.nanoTime();
        run(good, dra, invariants);
        System.out.printf(
            "%d cases in %.1f s, %d requests reached the DRA%n",
            campaign.cases(), (System.nanoTime() - begun) / 1e9, dra.requests());
        good.judge();
        invariants.assertHold();
      }
    }
  }

  private void run(GoodTraffic good, Dra dra, Invariants invariants) {
    var app = GoodTraffic.connect(site.port(), Seeds.APP);
    try {
      for (int number = campaign.first(); number < campaign.end(); ) {
        now.clear();
        boolean inStep = true;
        for (int bytes = 0; inStep && mayGoOn(number, bytes); number++) {
          Case next = next(number);
          bytes += next.bytes().length;
          inStep = send(app, next);
        }
        app.flush();
        good.probe(); // while they are being read
        collect(app);
        dra.check();
        invariants.check();
        if (inStep) {
          sent.clear(); // all of it has arrived
        } else {
          app.close();
          app = GoodTraffic.connect(site.port(), Seeds.APP);
        }
      }
    } catch (AssertionError e) {
      var failure = campaign.failure(String.valueOf(e.getMessage()), suspects());
      failure.initCause(e);
      throw failure;
    } finally {
      app.close();
    }
  }

  private List<Case> suspects() {
    return owed.isSettled() ? List.copyOf(now) : owed.cases();
  }

  private boolean mayGoOn(int number, int bytes) {
    return number < campaign.end() && now.size() < CASES_AT_ONCE && bytes < BYTES_AT_ONCE;
  }

  private Case next(int number) {
    var dice = campaign.random(number);
    boolean inStep = dice.nextInt(OUT_OF_STEP_EVERY) != 0;
    return mutator.mutate(number, Seeds.request(number), dice, inStep);
  }

  /** Sends it. False when no other can follow it on the connection. */
  private boolean send(RawConnection app, Case next) {
    now.add(next);
    byte[] bytes = next.bytes();
    var stream = ByteStream.of(bytes);
    if (stream.end() == End.UNFINISHED && stream.missing() <= FILLED_UP_TO) {
      bytes = Arrays.copyOf(bytes, bytes.length + stream.missing());
      stream = ByteStream.of(bytes);
    }
    for (LabMessage request : stream.requests()) {
      owed.expect(request, next);
      sent.add(asForwarded(request));
    }
    app.send(bytes);
    last = stream;
    return stream.end() == End.IN_STEP && !stream.saysGoodBye();
  }

  private ByteStream last = ByteStream.of(new byte[0]);

  /** Takes every answer that is owed; when the gateway ends the connection, those that come. */
  private void collect(RawConnection app) {
    boolean ends = last.end() == End.BROKEN || last.end() == End.FOREIGN;
    boolean mayEnd = ends || last.saysGoodBye();
    while (ends || !owed.isSettled()) {
      LabMessage answer = app.next();
      if (answer == null) {
        assertThat(mayEnd).as("the connection may end: %s", app.ending()).isTrue();
        if (last.end() == End.BROKEN && !last.saysGoodBye()) {
          assertThat(app.ending()).isEqualTo(Ending.RST);
        }
        owed.forget();
        return;
      }
      owed.take(answer);
    }
  }

  private boolean answer(Dra dra, RawConnection connection, LabMessage request) {
    String from = request.avps().getLast().text();
    if (from.equals(Seeds.APP.originHost())) {
      byte[] before = request.bytes();
      byte[] without = Arrays.copyOf(before, before.length - ROUTE_RECORD_BYTES);
      if (!sent.contains(asForwarded(LabMessage.of(without)))) {
        throw new AssertionError("something that nobody sent: " + request);
      }
    }
    connection.send(dra.success(request).bytes());
    return true;
  }

  /** All that has to be the same before and behind the gateway. */
  private static ByteBuffer asForwarded(LabMessage request) {
    byte[] bytes =
        request.withHopByHopId(0).withFlags(request.flags() & ~Header.RESERVED_FLAGS).bytes();
    Arrays.fill(bytes, 0, 4, (byte) 0);
    return ByteBuffer.wrap(bytes);
  }
}
