package io.diametergw.gateway.routing;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.lab.dra.SimulatedDra;
import io.diametergw.peer.Application;
import io.diametergw.peer.EventLoops;
import io.diametergw.peer.EventLoops.Transport;
import io.diametergw.peer.LocalNode;
import io.diametergw.peer.Peer;
import io.diametergw.peer.PeerClient;
import io.diametergw.peer.PeerHandler;
import io.diametergw.peer.PeerHandler.CloseReason;
import io.diametergw.peer.PeerSettings;
import io.diametergw.peer.PeerState;
import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConductorTest {
  private static final LocalNode NODE =
      new LocalNode(
          Identity.of("gw.test"), Identity.of("test"), "test", 0, 0, List.of(Application.RELAY), 1);

  private final SimulatedDra dra = new SimulatedDra("dra1.test", "test").start();
  private final EventLoops loops = new EventLoops(1, Transport.best(), "test");
  private final AtomicInteger thrown = new AtomicInteger();
  private final AtomicReference<Conductor> conductor = new AtomicReference<>();

  /** Throws whatever it hears. */
  private final RouteListener throwing =
      new RouteListener() {
        @Override
        public void onPeerClosed(Peer peer, boolean dra, String why, boolean inOrder, int pending) {
          fail();
        }

        @Override
        public void onFailover(int from, int to) {
          fail();
        }

        @Override
        public void onFailback(int from, int to) {
          fail();
        }

        private void fail() {
          thrown.incrementAndGet();
          throw new IllegalStateException("the test's own");
        }
      };

  @AfterEach
  void end() {
    loops.close();
    dra.close();
    var running = conductor.get();
    if (running != null) {
      running.close();
    }
  }

  private final AtomicReference<PoolMember> member = new AtomicReference<>();
  private final AtomicReference<Peer> peer = new AtomicReference<>();

  private Conductor conductor(Duration healthCheck, boolean tellsTheEnd, RouteListener listener) {
    var config =
        GatewayConfig.builder()
            .originHost("gw.test")
            .dra("DRA-1", "127.0.0.1", dra.port(), 1)
            .draPool(pool -> pool.healthCheckInterval(healthCheck))
            .build();
    var made = new Conductor(config.logicApps(), config.draPool(), Identity.of("test"), listener);
    conductor.set(made);
    var added = made.addDra(config.dras().getFirst());
    member.set(added);
    PeerClient.dial(
        loops,
        "DRA-1",
        "127.0.0.1",
        dra.port(),
        NODE,
        PeerSettings.DEFAULTS,
        PeerClient.Reconnect.DEFAULT,
        peer -> handler(made, added, peer, tellsTheEnd));
    await().until(() -> made.routes().activePriority() == 1);
    return made;
  }

  private PeerHandler handler(
      Conductor conductor, PoolMember member, Peer peer, boolean tellsTheEnd) {
    this.peer.set(peer);
    return new PeerHandler() {
      @Override
      public void onOpen() {
        conductor.draOpened(peer, member);
      }

      @Override
      public void onStateChange() {
        conductor.stateChanged(peer, member);
      }

      @Override
      public void onRequest(ByteBuf buf, int at, int length) {}

      @Override
      public void onAnswer(ByteBuf buf, int at, int length) {}

      @Override
      public void onClosed(CloseReason reason) {
        if (tellsTheEnd) {
          conductor.closed(peer, member, reason, 0);
        }
      }
    };
  }

  @Test
  void listenersExceptionDoesNotKeepRoutesFromBeingPublished() {
    var conductor = conductor(Duration.ofHours(1), true, throwing);

    dra.kill();

    await().until(() -> conductor.routes().activePriority() == 0);
    await().until(() -> thrown.get() == 3);
    assertThat(conductor.failovers()).isEqualTo(1);
    assertThat(conductor.failbacks()).isZero();
  }

  @Test
  void draThatIsLostAsSoonAsItOpensHasFailed() {
    var heldBack = new AtomicInteger();
    var listener =
        new RouteListener() {
          @Override
          public void onHeldBack(String dra, Duration duration) {
            heldBack.incrementAndGet();
          }
        };
    var conductor = conductor(Duration.ofHours(1), false, listener);
    var lost = requireNonNull(peer.get());
    dra.kill();
    await().until(() -> !lost.state().isOpen());

    for (int i = 0; i < 3; i++) {
      conductor.draOpened(lost, requireNonNull(member.get())); // heard of when it was over
      conductor.closed(lost, member.get(), new CloseReason("lost", null), 0);
    }

    await().until(() -> heldBack.get() == 1);
  }

  @Test
  void draIsToldAsOpenWhenItCanGetRequests() {
    var told = new ConcurrentLinkedQueue<String>();
    conductor(Duration.ofHours(1), true, tellingWithPriority(told));

    dra.kill();

    await().until(() -> told.stream().anyMatch(what -> what.startsWith("closed")));
    assertThat(told).contains("OPEN, active 1").doesNotContain("OPEN, active 0");
    assertThat(told).contains("closed, active 0").doesNotContain("closed, active 1");
  }

  /** Notes each state and each end with the priority to which requests went at that moment. */
  private RouteListener tellingWithPriority(Queue<String> told) {
    return new RouteListener() {
      @Override
      public void onPeerState(Peer peer, boolean dra, @Nullable PeerState from, PeerState to) {
        told.add(to + ", active " + active());
      }

      @Override
      public void onPeerClosed(Peer peer, boolean dra, String why, boolean inOrder, int pending) {
        told.add("closed, active " + active());
      }

      private int active() {
        return requireNonNull(conductor.get()).routes().activePriority();
      }
    };
  }

  @Test
  void listenersExceptionDoesNotEndThePeriodicCheck() {
    var conductor = conductor(Duration.ofMillis(100), false, throwing);

    dra.kill(); // nobody tells: the periodic check finds out, and its listener throws

    await().until(() -> conductor.routes().activePriority() == 0);
    await().until(() -> thrown.get() == 2);
    var routes = requireNonNull(conductor.routes());
    await().until(() -> conductor.routes() != routes);
  }
}
