package io.diametergw.lab.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diametergw.lab.Answers;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.lab.dra.Pushes;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LoadTest {
  private static final LabNode DRA = LabNode.relay("dra1.example.com", "example.com");

  private static SimulatedDra dra() {
    return new SimulatedDra("dra1.example.com", "example.com").keepRequests(10);
  }

  private static LoadPlan window(SimulatedDra dra, int window) {
    return LoadPlan.to(dra.address(), new LoadPlan.Pace.Window(window))
        .lasting(Duration.ofMillis(50), Duration.ofMillis(300));
  }

  private static LoadPlan rate(SimulatedDra dra, double perSecond) {
    return LoadPlan.to(dra.address(), new LoadPlan.Pace.Rate(perSecond))
        .lasting(Duration.ofMillis(50), Duration.ofMillis(400));
  }

  @Test
  void closedLoopLosesNothing() throws Exception {
    try (var dra = dra().start()) {
      var result = Load.run(window(dra, 50).connections(3));

      assertThat(result.isClean()).as(result.toString()).isTrue();
      assertThat(result.sent())
          .isEqualTo(result.answered())
          .isEqualTo(dra.count(DraCounter.REQUESTS))
          .isGreaterThan(500);
      assertThat(dra.count(DraCounter.DUPLICATES)).isZero();
      assertThat(dra.count(DraCounter.CONNECTIONS)).isEqualTo(3);
      assertThat(dra.count(DraCounter.DPR_RECEIVED)).isEqualTo(3);
    }
  }

  @Test
  void openLoopSendsAtItsRate() throws Exception {
    try (var dra = dra().start()) {
      var result = Load.run(rate(dra, 2_000).connections(2));

      assertThat(result.isClean()).as(result.toString()).isTrue();
      assertThat(result.sent()).isBetween(890L, 901L);
      assertThat(result.latency().getTotalCount()).isBetween(790L, 801L);
    }
  }

  @Test
  void openLoopCountsLatencyFromWhenTheRequestWasDue() throws Exception {
    try (var dra = dra().delay(Duration.ofMillis(40), Duration.ZERO).start()) {
      var result = Load.run(rate(dra, 500));

      assertThat(result.percentileMicros(0)).isGreaterThanOrEqualTo(40_000 * 0.999);
      assertThat(result.toString()).contains("50ms");
    }
  }

  @Test
  void droppedRequestsAreLostAndReplaced() throws Exception {
    try (var dra = dra().dropEvery(10).start()) {
      var result = Load.run(window(dra, 5).answerTimeout(Duration.ofMillis(60)));

      assertThat(result.lost()).isGreaterThan(5).isEqualTo(dra.count(DraCounter.DROPPED));
      assertThat(result.sent()).isEqualTo(result.answered() + result.lost());
      assertThat(result.isClean()).isFalse();
    }
  }

  @Test
  void errorsAreAnswersButHaveNoLatency() throws Exception {
    try (var dra = dra().resultCode(3004).start()) {
      var result = Load.run(window(dra, 5));

      assertThat(result.byResultCode()).containsOnlyKeys(3004);
      assertThat(result.latency().getTotalCount()).isZero();
      assertThat(result.perSecond()).isZero();
    }
  }

  @Test
  void requestsAreFilledUpToTheirSize() throws Exception {
    try (var dra = dra().start()) {
      var result = Load.run(window(dra, 1).asking(LabApplication.S13, 2_000));

      assertThat(result.requestBytes()).isEqualTo(2_000);
      assertThat(dra.requests())
          .isNotEmpty()
          .allSatisfy(request -> {
            assertThat(request.lengthBytes()).isEqualTo(2_000);
            assertThat(request.commandCode()).isEqualTo(324);
            assertThat(request.isMalformed()).isFalse();
          });
    }
  }

  @Test
  void lostConnectionEndsTheWaitAndCountsItsRequests() throws Exception {
    try (var dra = dra().delay(Duration.ofSeconds(30), Duration.ZERO).start()) {
      var result = CompletableFuture.supplyAsync(() -> run(window(dra, 7)));
      await().until(() -> dra.count(DraCounter.REQUESTS) == 7);
      dra.kill();

      assertThat(result.join().lost()).isEqualTo(7);
    }
  }

  private static LoadResult run(LoadPlan plan) {
    try {
      return Load.run(plan);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void secondForeignMismatchedAndCorruptAnswersAreTold() {
    assertThat(against(peer -> twice(peer, answer -> answer)).duplicate()).isEqualTo(1);
    assertThat(
            against(peer -> twice(peer, answer -> answer.withHopByHopId(answer.hopByHopId() + 5)))
                .foreign())
        .isEqualTo(1);
    assertThat(against(peer -> once(peer, answer -> answer.withEndToEndId(1))).mismatched())
        .isEqualTo(1);
    assertThat(
            against(peer -> once(peer, answer -> answer.without(AvpCode.SESSION_ID))).mismatched())
        .isEqualTo(1);
    assertThat(against(peer -> once(peer, answer -> answer.withFlags(0x50))).corrupt())
        .isEqualTo(1);
    assertThat(against(peer -> once(peer, answer -> answer.withApplicationId(7))).corrupt())
        .isEqualTo(1);
  }

  private static void twice(ScriptedPeer peer, UnaryOperator<LabMessage> change) {
    var request = peer.expectRequest(272);
    var answer = new Answers(DRA.originHost(), DRA.originRealm()).to(request, 2001);
    peer.send(answer);
    peer.send(change.apply(answer));
  }

  private static void once(ScriptedPeer peer, UnaryOperator<LabMessage> change) {
    var request = peer.expectRequest(272);
    peer.send(change.apply(new Answers(DRA.originHost(), DRA.originRealm()).to(request, 2001)));
  }

  /** What a load of one request a second finds at a peer that plays {@code script}. */
  private static LoadResult against(Consumer<ScriptedPeer> script) {
    try (var listener = ScriptedListener.on(0)) {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port());
      var plan =
          LoadPlan.to(address, new LoadPlan.Pace.Rate(1))
              .lasting(Duration.ZERO, Duration.ofMillis(100));
      var result =
          CompletableFuture.supplyAsync(() -> run(plan.answerTimeout(Duration.ofMillis(150))));
      try (var peer = listener.accept(Duration.ofSeconds(5))) {
        peer.answerCer(DRA);
        script.accept(peer);
        return result.join();
      }
    }
  }

  @Test
  void nothingIsAskedOnAConnectionThatThePeerDisconnects() throws Exception {
    try (var dra = dra().start()) {
      var load = Load.start(rate(dra, 2_000), LoadListener.NONE);
      await().until(() -> dra.count(DraCounter.REQUESTS) > 100);
      dra.stop();
      load.stop();
      var result = load.result();

      assertThat(result.answered())
          .isEqualTo(result.sent())
          .isEqualTo(dra.count(DraCounter.REQUESTS));
    }
  }

  @Test
  void pushesAreAnsweredUnderLoad() throws Exception {
    try (var dra = dra().start()) {
      dra.push(new Pushes(PushCommand.ASR, "app0.example.com", 1, "example.com", 200));
      var result = Load.run(window(dra, 10));

      assertThat(result.isClean()).as(result.toString()).isTrue();
      assertThat(dra.pushResults()).containsOnlyKeys(2001);
      assertThat(dra.count(DraCounter.PUSH_WRONG_HOST)).isZero();
    }
  }

  @Test
  void progressIsTold() throws Exception {
    var progress = new CopyOnWriteArrayList<LoadProgress>();
    try (var dra = dra().start()) {
      Load.run(window(dra, 1).lasting(Duration.ZERO, Duration.ofMillis(700)), progress::add);

      assertThat(progress)
          .isNotEmpty()
          .first()
          .satisfies(first -> assertThat(first.answered()).isPositive());
    }
  }

  @Test
  void timelineTellsWhatBecameOfEachRequest() throws Exception {
    try (var dra = dra().dropEvery(10).start()) {
      var timeline = new Timeline();
      long begun = System.nanoTime();
      var load = Load.start(rate(dra, 1_000).answerTimeout(Duration.ofMillis(100)), timeline);
      await().until(() -> dra.count(DraCounter.REQUESTS) > 50);
      long asked = System.nanoTime();
      dra.resultCode(5012);
      await().until(() -> dra.count(DraCounter.ANSWERED_WITH_ERROR) > 50);
      load.stop();
      var result = load.result();

      assertThat(result.sent()).isLessThan(450).isEqualTo(timeline.all().count());
      assertThat(timeline.all().lost()).isEqualTo((int) result.lost()).isPositive();
      assertThat(timeline.all().answered(5012)).isGreaterThan(50);
      assertThat(timeline.due(begun, asked).good())
          .isPositive()
          .isEqualTo((int) timeline.due(begun, asked).latency().getTotalCount());
      assertThat(timeline.all().firstGoodNanos()).isBetween(begun, asked);
      assertThat(timeline.all().longestGapNanos()).isPositive();
      assertThat(timeline.all().longestNanos()).isGreaterThan(100_000_000);
      assertThat(timeline.all().lastFailedDueNanos()).isGreaterThan(asked);
      assertThat(timeline.all().failures(begun)).containsPattern("0\\.\\d s: \\d+ x 5012");
      assertThat(timeline.due(begun, begun).failures(begun)).isEmpty();
      assertThat(timeline.pendingAt(begun).count()).isZero();
      assertThat(timeline.all().slowerThan(99_000_000).count()).isEqualTo(timeline.all().lost());
      assertThat(timeline.all().lastDueNanos()).isGreaterThan(asked);
    }
  }

  @Test
  void resultIsJson() throws Exception {
    try (var dra = dra().start()) {
      var result = Load.run(window(dra, 5));

      assertThat(result.toJson())
          .matches(
              "\\{\"request_bytes\": \\d+, .*\"result_codes\": \\{\"2001\": \\d+}, \"lost\": 0, .*\"p99.9\": [\\d.]+, .*}}");
    }
  }

  @Test
  void impossiblePlanIsRefusedWithItsName() {
    assertThatThrownBy(() -> new LoadPlan.Pace.Window(0))
        .hasMessage("expected window 1 to 65536 but was 0");
    assertThatThrownBy(() -> new LoadPlan.Pace.Rate(0)).hasMessage("expected rate > 0 but was 0.0");
  }
}
