package io.diametergw.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.wire.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalIoHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboundTest {
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final Tail tail = new Tail();
  private final EmbeddedChannel channel = new EmbeddedChannel(tail);
  private final PeerLoop loop = new PeerLoop(channel.eventLoop(), allocator, 0);
  private final Outbound outbound = newOutbound(loop);
  private final List<Chunk> pinned = new ArrayList<>();

  OutboundTest() {
    outbound.connected(tail.context());
  }

  @AfterEach
  void nothingIsLeaked() {
    outbound.close();
    pinned.forEach(Chunk::unpin);
    channel.finishAndReleaseAll();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(outbound.heldBytes()).isZero();
  }

  @Test
  void messagesLeaveInOrderAtTheEndOfTheTurn() {
    write("one ");
    write("two ");
    assertThat(channel.outboundMessages()).isEmpty();

    channel.runPendingTasks();

    assertThat(channel.outboundMessages()).hasSize(1); // one piece, one system call
    assertThat(sent()).isEqualTo("one two ");
  }

  @Test
  void channelThatIsGoneIsNotMerelyFull() {
    assertThat(outbound.isOpen()).isTrue();

    channel.close(); // its owner has not heard yet

    assertThat(outbound.isFull()).isTrue();
    assertThat(outbound.isHalfFull()).isTrue();
    assertThat(outbound.isOpen()).isFalse();
  }

  @Test
  void longTurnIsNotTakenForASlowReader() {
    var turn = new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());
    var busy = newOutbound(new PeerLoop(turn, allocator, 0)); // its turn does not end
    busy.connected(tail.context());
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1 << 10, 1 << 11));
    String many = "m".repeat(1 << 10);
    for (int i = 0; i < 10; i++) {
      busy.reserve(many.length()).writeCharSequence(many, StandardCharsets.US_ASCII);
    }
    assertThat(channel.isWritable()).isFalse();
    assertThat(channel.outboundMessages()).isEmpty();

    assertThat(busy.isFull()).isFalse();

    assertThat(sent()).isEqualTo(many.repeat(10));
    busy.close();
    turn.shutdownGracefully();
  }

  @Test
  void longTurnGoesOutOnTheWay() {
    var turn = new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());
    var busy = newOutbound(new PeerLoop(turn, allocator, 0)); // its turn does not end
    busy.connected(tail.context());
    String many = "m".repeat(1 << 10);
    for (int i = 0; i < 3 << 10; i++) {
      busy.reserve(many.length()).writeCharSequence(many, StandardCharsets.US_ASCII);
    }

    assertThat(sent()).hasSizeGreaterThan(2 << 20);

    busy.flush();
    busy.close();
    turn.shutdownGracefully();
  }

  @Test
  void chunkThatNobodyPinnedIsFilledAgain() {
    write("one ");
    Chunk first = outbound.chunk();
    channel.runPendingTasks();
    write("two ");
    assertThat(outbound.chunk()).isSameAs(first);
    pin();
    channel.runPendingTasks();
    write("three ");
    assertThat(outbound.chunk()).isSameAs(first); // pinned: filled further
    channel.runPendingTasks();

    assertThat(sent()).isEqualTo("one two three ");
  }

  @Test
  void biggerMessagesGetAChunkOfTheirSize() {
    String big = "b".repeat(200_000);
    write("before ");
    write(big);
    write(" after");

    channel.runPendingTasks();

    assertThat(sent()).isEqualTo("before " + big + " after");
  }

  @Test
  void pinnedMessageStaysReadableAfterItWasSent() {
    write("kept ");
    Chunk kept = pin();
    channel.runPendingTasks();
    write("next ");
    channel.runPendingTasks();

    assertThat(sent()).isEqualTo("kept next ");
    assertThat(kept.buf().toString(0, 5, StandardCharsets.UTF_8)).isEqualTo("kept ");
  }

  @Test
  void chunkWithPinnedMessagesIsFilledFurther() {
    write("a");
    Chunk first = pin();
    channel.runPendingTasks();

    write("b");

    assertThat(outbound.chunk()).isSameAs(first);
    channel.runPendingTasks();
    assertThat(sent()).isEqualTo("ab");
  }

  @Test
  void chunkUnpinnedBeforeItsEndGoesToTheSocketWhole() {
    write("a");
    outbound.chunk().pin();
    channel.runPendingTasks();
    outbound.chunk().unpin();
    write("b");
    channel.runPendingTasks();

    assertThat(sent()).isEqualTo("ab");
  }

  @Test
  void fullChunkIsHeldUntilTheLastPinIsGone() {
    write("a".repeat(1000));
    Chunk full = outbound.chunk();
    full.pin();
    channel.runPendingTasks();
    write("b".repeat(1000)); // begins another chunk
    channel.runPendingTasks();

    assertThat(full.isSealed()).isTrue();
    assertThat(outbound.heldBytes()).isEqualTo(full.buf().capacity());
    sent();
    full.unpin();
    assertThat(outbound.heldBytes()).isZero();
  }

  @Test
  void positionCountsEveryByteOnce() {
    assertThat(outbound.position()).isZero();
    write("abc");
    assertThat(outbound.position()).isEqualTo(3);
    outbound.chunk().pin();
    pinned.add(outbound.chunk());
    channel.runPendingTasks();
    assertThat(outbound.position()).isEqualTo(3);
    write("de");
    assertThat(outbound.position()).isEqualTo(5);
    assertThat(outbound.mayHaveBegun(2)).isTrue();
    assertThat(outbound.mayHaveBegun(3)).isFalse();
    channel.runPendingTasks();
    assertThat(outbound.mayHaveBegun(3)).isTrue();
    assertThat(outbound.mayHaveBegun(5)).isFalse();
  }

  @Test
  void whatIsWrittenAfterTheEndGoesNowhere() {
    channel.close();
    outbound.close();

    write("late");
    channel.runPendingTasks();

    assertThat(channel.outboundMessages()).isEmpty();
    assertThat(outbound.isFull()).isTrue();
  }

  @Test
  void anyMixOfSizesAndPinsArrivesInOrder() {
    long seed = 20261122;
    var random = new SplittableRandom(seed);
    var expected = new StringBuilder();

    for (int i = 0; i < 5000; i++) {
      String message =
          i + ":" + "x".repeat(random.nextInt(random.nextInt(50) == 0 ? 100_000 : 300));
      write(message);
      expected.append(message);
      if (random.nextBoolean()) {
        pin();
      }
      if (random.nextInt(4) == 0) {
        channel.runPendingTasks();
      }
      while (!pinned.isEmpty() && random.nextInt(3) != 0) {
        pinned.remove(random.nextInt(pinned.size())).unpin();
      }
    }
    channel.runPendingTasks();

    assertThat(sent()).as("seed %d", seed).isEqualTo(expected.toString());
  }

  private void write(String text) {
    ByteBuf out = outbound.reserve(text.length());
    ByteBufUtil.writeAscii(out, text);
  }

  private Chunk pin() {
    Chunk chunk = outbound.chunk();
    chunk.pin();
    pinned.add(chunk);
    return chunk;
  }

  private String sent() {
    var text = new StringBuilder();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      text.append(out.toString(StandardCharsets.US_ASCII));
      out.release();
    }
    return text.toString();
  }

  private static Outbound newOutbound(PeerLoop loop) {
    LocalNode node =
        new LocalNode(Identity.of("h"), Identity.of("r"), "p", 0, 0, List.of(Application.RELAY), 1);
    var watchdog = new Watchdog(PeerSettings.DEFAULTS, new SplittableRandom(1));
    var peer =
        new Peer(
            "",
            false,
            node,
            PeerSettings.DEFAULTS,
            loop,
            watchdog,
            Owner::new,
            Peer.Lifecycle.UNOBSERVED);
    return new Outbound(loop, peer);
  }

  private static final class Tail extends ChannelInboundHandlerAdapter {
    private ChannelHandlerContext context =
        new EmbeddedChannel(new ChannelInboundHandlerAdapter()).pipeline().firstContext();

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      context = ctx;
    }

    ChannelHandlerContext context() {
      return context;
    }
  }
}
