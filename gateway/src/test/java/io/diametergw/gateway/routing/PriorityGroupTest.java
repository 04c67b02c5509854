package io.diametergw.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.routing.PriorityGroup.Member;
import io.diametergw.peer.Application;
import io.diametergw.peer.EventLoops;
import io.diametergw.peer.EventLoops.Transport;
import io.diametergw.peer.LocalNode;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerClient;
import io.diametergw.peer.PeerHandler;
import io.diametergw.peer.PeerSettings;
import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PriorityGroupTest {
  private static final LocalNode NODE =
      new LocalNode(
          Identity.of("gw.test"), Identity.of("test"), "test", 0, 0, List.of(Application.RELAY), 1);
  private static final EventLoops LOOPS = new EventLoops(1, Transport.best(), "test");
  private static final BlockingQueue<Peer> MADE = new LinkedBlockingQueue<>();

  @AfterAll
  static void end() {
    LOOPS.close();
  }

  /** Peers that nobody is connected to. */
  private static List<Member> members(int... weights) throws InterruptedException {
    var members = new ArrayList<Member>();
    for (int weight : weights) {
      var client =
          PeerClient.dial(
              LOOPS,
              "DRA",
              "127.0.0.1",
              1,
              NODE,
              PeerSettings.DEFAULTS,
              PeerClient.Reconnect.DEFAULT,
              PriorityGroupTest::kept);
      var peer = MADE.poll(5, TimeUnit.SECONDS);
      client.close();
      assertThat(peer).isNotNull();
      if (peer != null) {
        members.add(new Member(peer, weight, Comeback.FULL_SHARE));
      }
    }
    return members;
  }

  private static PeerHandler kept(Peer peer) {
    MADE.add(peer);
    return new PeerHandler() {
      @Override
      public void onRequest(ByteBuf buf, int at, int length) {}

      @Override
      public void onAnswer(ByteBuf buf, int at, int length) {}
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "1 1",
        "100 100",
        "1 2 5",
        "9999 1",
        "10000 10000 9999",
        "7 3 3 1",
        "10000 1 1 1"
      })
  void weightsHoldWithinFivePercentOfTenThousand(String text) throws Exception {
    int[] weights = Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    var members = members(weights);
    int sum = Arrays.stream(weights).sum();

    var cycle = PriorityGroup.of(0, 1, members).cycle();

    assertThat(cycle.length).isLessThanOrEqualTo(4096 + weights.length);
    int[] turns = new int[weights.length];
    for (int turn = 0; turn < 10_000; turn++) {
      for (int i = 0; i < weights.length; i++) {
        turns[i] += cycle[turn % cycle.length] == members.get(i).peer() ? 1 : 0;
      }
    }
    for (int i = 0; i < weights.length; i++) {
      double due = 10_000.0 * weights[i] / sum;
      assertThat((double) turns[i]).isBetween(due * 0.95 - 3, due * 1.05 + 3);
    }
  }

  @Test
  void turnsAreSpreadEvenly() throws Exception {
    var members = members(5, 1, 1);
    Peer a = members.get(0).peer();
    Peer b = members.get(1).peer();
    Peer c = members.get(2).peer();

    assertThat(PriorityGroup.of(0, 1, members).cycle()).containsExactly(a, a, b, a, c, a, a);
  }

  private static Member with(int share, Member member) {
    return new Member(member.peer(), member.weight(), share);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5, 9})
  void groupOfOneThatCameBackPassesTheRest(int share) throws Exception {
    var members = List.of(with(share, members(100).getFirst()));

    var group = PriorityGroup.of(0, 1, members);

    var cycle = group.cycle();
    long taken = Arrays.stream(cycle).filter(Objects::nonNull).count();
    assertThat(taken * 10).isEqualTo((long) share * cycle.length);
    assertThat(group.passesSome()).isTrue();
  }

  @Test
  void whoCameBackBesideAnotherLeavesThatTheRest() throws Exception {
    var members = members(100, 100);
    var back = members.get(0).peer();

    var group = PriorityGroup.of(0, 1, List.of(with(5, members.get(0)), members.get(1)));

    var cycle = group.cycle();
    assertThat(group.passesSome()).isFalse();
    assertThat(cycle).doesNotContainNull();
    assertThat(Arrays.stream(cycle).filter(back::equals).count() * 3).isEqualTo(cycle.length);
  }
}
