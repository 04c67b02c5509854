package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static io.diametergw.gateway.Site.REMOTE;
import static java.util.Objects.requireNonNull;

import io.diametergw.gateway.RelayModel.Asked;
import io.diametergw.gateway.RelayModel.Event;
import io.diametergw.gateway.RelayModel.Pushed;
import io.diametergw.gateway.RelayModel.State;
import io.diametergw.gateway.metrics.Counter;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.PushCommand;
import io.diametergw.lab.script.ScriptedListener;
import io.diametergw.lab.script.ScriptedPeer;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A running gateway among scripted peers that do what a sequence says, beside the {@link
 * RelayModel} that says what the gateway has to do. After each step every peer has got what the
 * model predicts, in order, and a DWR shows that nothing else was on its way. It is long because
 * every kind of step is played here.
 */
final class RelayPlay implements AutoCloseable {
  private static final Answers ANSWERS = new Answers("server." + REMOTE, REMOTE);
  private static final int CREDIT_CONTROL = 272;
  private static final int PUSH = PushCommand.CLR.code();

  /** A step: something that one of the ends does; DRAs are numbered after the Logic Apps. */
  record Step(int end, Event event) {
    @Override
    public String toString() {
      return event
          + (end < RelayModel.APPS ? "(app " + end : "(DRA " + (end - RelayModel.APPS))
          + ")";
    }
  }

  private final Site site = new Site();
  private final RelayModel model;
  private final List<ScriptedListener> listeners = new ArrayList<>();
  private final @Nullable ScriptedPeer[] ends =
      new @Nullable ScriptedPeer[RelayModel.APPS + RelayModel.DRAS];
  private final LabMessage[] cers = new LabMessage[RelayModel.DRAS];
  private final @Nullable LabMessage[] dwrs = new @Nullable LabMessage[RelayModel.DRAS];
  private final Map<Asked, LabMessage> askedAs = new HashMap<>(); // what the Logic App sent
  private final Map<Asked, LabMessage> gotAs = new HashMap<>(); // what the DRA got
  private final Map<Pushed, LabMessage> pushedAs = new HashMap<>();
  private final Map<Pushed, LabMessage> pushGotAs = new HashMap<>();
  private final long[] hurriesSince = new long[RelayModel.APPS + RelayModel.DRAS];
  private long stepBeganNanos;
  private int pushes;

  RelayPlay(RelayModel model) {
    this.model = model;
    for (int dra = 0; dra < RelayModel.DRAS; dra++) {
      listeners.add(site.scriptedDra(dra + 1));
    }
    site.start(config ->
        config
            .sessionTimeout(Duration.ofSeconds(30))
            .logicApps(apps -> apps.allow(List.of("*." + LOCAL)))
            .draPool(pool ->
                pool.stallTimeout(Duration.ofSeconds(20))
                    .holdBack(Duration.ZERO)
                    .failbackRamp(Duration.ZERO)));
    for (int dra = 0; dra < RelayModel.DRAS; dra++) {
      acceptDra(dra);
    }
  }

  private static LabNode app(int app) {
    return LabNode.relay("app" + (app + 1) + "." + LOCAL, LOCAL);
  }

  private static LabNode dra(int dra) {
    return LabNode.relay("dra" + (dra + 1) + "." + REMOTE, REMOTE);
  }

  private static LabNode node(int end) {
    return end < RelayModel.APPS ? app(end) : dra(end - RelayModel.APPS);
  }

  private ScriptedPeer end(int end) {
    return requireNonNull(ends[end], "no connection");
  }

  private ScriptedPeer draEnd(int dra) {
    return end(RelayModel.APPS + dra);
  }

  // ---------------------------------------------------------------- a step

  /** Makes a step and compares; false when it cannot happen now. */
  boolean make(Step step) {
    lookAtTime();
    if (!model.possible(step.end()).containsKey(step.event())) {
      return false;
    }
    model.count(step.end(), step.event());
    if (step.end() < RelayModel.APPS) {
      appDoes(step.end(), step.event());
    } else {
      draDoes(step.end() - RelayModel.APPS, step.event());
      settleRoutes();
    }
    settle();
    return true;
  }

  /** Some states last a second or two, by the gateway's own timers; notes since when. */
  private void lookAtTime() {
    stepBeganNanos = System.nanoTime();
    for (int end = 0; end < hurriesSince.length; end++) {
      if (!isHurried(end)) {
        hurriesSince[end] = 0;
      } else if (hurriesSince[end] == 0) {
        hurriesSince[end] = stepBeganNanos;
      }
    }
  }

  private boolean isHurried(int end) {
    return state(end) == State.HALF_CLOSED || state(end) == State.LEAVING;
  }

  /** For how long one of those states has lasted, if the gateway has not ended it meanwhile. */
  long hurriedNanos() {
    long now = System.nanoTime();
    long longest = 0;
    for (int end = 0; end < hurriesSince.length; end++) {
      long since = hurriesSince[end];
      if (since != 0 || isHurried(end)) {
        longest = Math.max(longest, now - (since == 0 ? stepBeganNanos : since));
      }
    }
    return longest;
  }

  private State state(int end) {
    return end < RelayModel.APPS ? model.app(end) : model.dra(end - RelayModel.APPS);
  }

  private void appDoes(int app, Event event) {
    switch (event) {
      case CONNECT -> {
        ends[app] = site.peer(app(app));
        model.appIs(app, State.OPEN);
      }
      case CONNECT_AS_STRANGER ->
          refusedCer(BaseMessages.cer(LabNode.relay("app9.elsewhere.test", LOCAL)), 3010);
      case CONNECT_WITHOUT_HOST ->
          refusedCer(BaseMessages.cer(app(app)).without(AvpCode.ORIGIN_HOST), 5005);
      case CONNECT_WITH_DWR -> {
        try (var stranger = site.stranger()) {
          stranger.send(BaseMessages.dwr(app(app)));
          stranger.expectClosed();
        }
      }
      case REQUEST -> request(app);
      case REQUEST_NOT_PROXIABLE -> refusedRequest(app, Header.REQUEST, 3007, true);
      case REQUEST_WITH_E ->
          refusedRequest(app, Header.REQUEST | Header.PROXIABLE | Header.ERROR, 3008, false);
      case ANSWER -> answerPush(app);
      case FIN -> appFin(app);
      case RST -> {
        end(app).reset();
        appGone(app);
      }
      default -> anybodyDoes(app, event);
    }
  }

  private void refusedCer(LabMessage cer, int code) {
    try (var stranger = site.stranger()) {
      stranger.send(cer);
      expectAnswer(stranger, cer, code);
      stranger.expectClosed();
    }
  }

  /** What both sides may say, and what comes of it. */
  private void anybodyDoes(int end, Event event) {
    ScriptedPeer peer = end(end);
    LabNode node = node(end);
    switch (event) {
      case CER -> {
        var cer = BaseMessages.cer(node);
        peer.send(cer);
        expectAnswer(peer, cer, 5012);
      }
      case DPA -> peer.send(BaseMessages.dpa(node, BaseMessages.dpr(node, 0)));
      case ANSWER_TO_NOTHING ->
          peer.send(ANSWERS.to(site.request().withHopByHopId(0x0BADCAFE), 2001));
      case DPR, DPR_NOT_WANTED -> {
        var dpr = BaseMessages.dpr(node, event == Event.DPR ? 0 : 2);
        peer.send(dpr);
        expectAnswer(peer, dpr, 2001);
        if (end < RelayModel.APPS) {
          model.appIs(end, State.LEAVING);
        } else {
          model.leaving(end - RelayModel.APPS, event == Event.DPR_NOT_WANTED);
        }
      }
      default -> throw new IllegalArgumentException(event + " of " + node);
    }
  }

  // ---------------------------------------------------------------- requests of Logic Apps

  private void request(int app) {
    var request = site.request(app(app).originHost());
    List<Integer> hops =
        model.app(app) == State.OPEN ? model.nextHops(-1) : List.of(); // after DPR: 3002
    end(app).send(request);
    model.requestTaken();
    if (hops.isEmpty()) {
      expectAnswer(end(app), request, 3002);
      return;
    }
    end(app).sendDwr(app(app)); // the gateway has handled the request
    for (int dra : hops) {
      draEnd(dra).sendDwr(dra(dra)); // and whoever was to get it has it
      var got = ifAny(draEnd(dra));
      if (got != null) {
        var asked = model.sent(app, dra);
        askedAs.put(asked, request);
        gotRequest(asked, got, false);
        return;
      }
    }
    throw new AssertionError("the request reached none of " + hops);
  }

  private static @Nullable LabMessage ifAny(ScriptedPeer peer) {
    try {
      return peer.expectMessage(Duration.ZERO);
    } catch (AssertionError e) {
      return null;
    }
  }

  private void gotRequest(Asked asked, LabMessage got, boolean retransmitted) {
    var sent = requireNonNull(askedAs.get(asked));
    check(got.isRequest() && got.commandCode() == CREDIT_CONTROL, "a request", got);
    check(got.endToEndId() == sent.endToEndId(), "the End-to-End Identifier of " + sent, got);
    check(got.isRetransmitted() == retransmitted, "T " + retransmitted, got);
    gotAs.put(asked, got);
  }

  private void refusedRequest(int app, int flags, int code, boolean taken) {
    var request = site.request(app(app).originHost()).withFlags(flags);
    end(app).send(request);
    if (taken) {
      model.requestTaken();
    }
    expectAnswer(end(app), request, code);
  }

  private void draAnswers(int dra, boolean twice) {
    Asked asked = model.asked().stream().filter(a -> a.dra == dra).findFirst().orElseThrow();
    var answer = ANSWERS.to(requireNonNull(gotAs.get(asked)), 2001);
    draEnd(dra).send(answer);
    if (twice) {
      draEnd(dra).send(answer);
    }
    model.asked().remove(asked);
    model.answered(dra);
    expectAnswer(end(asked.app), requireNonNull(askedAs.get(asked)), 2001);
    if (model.app(asked.app) == State.HALF_CLOSED && !model.owes(asked.app)) {
      end(asked.app).expectClosed();
      appGone(asked.app);
    }
  }

  // ---------------------------------------------------------------- requests of DRAs

  private void push(int dra) {
    int app = pushes++ % RelayModel.APPS;
    var push =
        PushCommand.CLR.request(
            dra(dra), app(app).originHost(), LOCAL, "push;" + pushes, "001010000000001");
    draEnd(dra).send(push);
    model.requestTaken();
    if (model.app(app) == State.OPEN && model.dra(dra) != State.LEAVING) {
      var pushed = model.pushed(dra, app);
      pushedAs.put(pushed, push);
      var got = end(app).expectRequest(PUSH);
      check(got.endToEndId() == push.endToEndId(), "the End-to-End Identifier of " + push, got);
      pushGotAs.put(pushed, got);
    } else {
      expectAnswer(draEnd(dra), push, 3002);
    }
  }

  private void answerPush(int app) {
    Pushed pushed = model.pushed().stream().filter(p -> p.app() == app).findFirst().orElseThrow();
    end(app).send(ANSWERS.to(requireNonNull(pushGotAs.get(pushed)), 2001));
    model.pushed().remove(pushed);
    expectAnswer(draEnd(pushed.dra()), requireNonNull(pushedAs.get(pushed)), 2001);
  }

  // ---------------------------------------------------------------- a Logic App goes

  private void appFin(int app) {
    boolean owed = model.owes(app);
    end(app).shutdownOutput();
    if (owed) {
      model.appIs(app, State.HALF_CLOSED);
      refusePushesOf(app);
    } else {
      end(app).expectClosed();
      appGone(app);
    }
  }

  private void appGone(int app) {
    end(app).close();
    ends[app] = null;
    model.appIs(app, State.GONE);
    model.asked().removeIf(asked -> asked.app == app);
    refusePushesOf(app);
  }

  /** What the Logic App was asked, it will not answer any more: 3002, in order. */
  private void refusePushesOf(int app) {
    for (Pushed pushed : List.copyOf(model.pushed())) {
      if (pushed.app() == app) {
        model.pushed().remove(pushed);
        expectAnswer(draEnd(pushed.dra()), requireNonNull(pushedAs.get(pushed)), 3002);
      }
    }
  }

  // ---------------------------------------------------------------- DRAs

  private void draDoes(int dra, Event event) {
    ScriptedPeer peer = draEnd(dra);
    switch (event) {
      case CEA -> {
        peer.send(BaseMessages.cea(dra(dra), cers[dra], 2001));
        if (model.opened(dra)) {
          dwrs[dra] = peer.expectRequest(CommandCode.DEVICE_WATCHDOG);
        }
      }
      case CEA_5010 -> {
        peer.send(BaseMessages.cea(dra(dra), cers[dra], 5010));
        peer.expectClosed();
        draGone(dra);
      }
      case DWR_FIRST -> {
        peer.send(BaseMessages.dwr(dra(dra)));
        peer.expectClosed();
        draGone(dra);
      }
      case DWA -> {
        peer.send(BaseMessages.dwa(dra(dra), requireNonNull(dwrs[dra])));
        if (model.dwa(dra)) {
          dwrs[dra] = peer.expectRequest(CommandCode.DEVICE_WATCHDOG);
        }
      }
      case ANSWER -> draAnswers(dra, false);
      case ANSWER_TWICE -> draAnswers(dra, true);
      case PUSH -> push(dra);
      case FIN -> {
        peer.shutdownOutput();
        peer.expectClosed();
        draGone(dra);
      }
      case RST -> {
        peer.reset();
        draGone(dra);
      }
      default -> anybodyDoes(RelayModel.APPS + dra, event);
    }
  }

  /** Its requests are nobody's any more, and what it was asked moves, or is refused. */
  private void draGone(int dra) {
    draEnd(dra).close();
    ends[RelayModel.APPS + dra] = null;
    boolean again = model.lost(dra);
    model.pushed().removeIf(pushed -> pushed.dra() == dra);
    for (Asked asked : List.copyOf(model.asked())) {
      if (asked.dra == dra) {
        move(asked, dra);
      }
    }
    if (again) {
      acceptDra(dra);
    }
  }

  private void move(Asked asked, int lost) {
    List<Integer> hops = model.nextHops(lost);
    if (hops.isEmpty() || asked.transmissions == 2) {
      model.asked().remove(asked);
      expectAnswer(end(asked.app), requireNonNull(askedAs.get(asked)), 3002);
      if (model.app(asked.app) == State.HALF_CLOSED && !model.owes(asked.app)) {
        end(asked.app).expectClosed();
        appGone(asked.app);
      }
      return;
    }
    asked.dra = hops.get(0); // there are two: it is the other
    asked.transmissions++;
    gotRequest(asked, draEnd(asked.dra).expectMessage(), true);
  }

  private void acceptDra(int dra) {
    var peer = site.accept(listeners.get(dra));
    ends[RelayModel.APPS + dra] = peer;
    cers[dra] = peer.expectRequest(CommandCode.CAPABILITIES_EXCHANGE);
  }

  // ---------------------------------------------------------------- what is left

  /** Whoever comes and goes now is heard after what the DRAs did: then the routes are made. */
  private void settleRoutes() {
    for (int dra = 0; dra < RelayModel.DRAS; dra++) {
      if (model.isOpen(dra)) {
        draEnd(dra).sendDwr(dra(dra));
      }
    }
    try (var passerBy = site.peer("passer-by." + LOCAL)) {
      passerBy.shutdownOutput();
      passerBy.expectClosed();
    }
  }

  /** The gateway is where the model is, and nobody has got anything else. */
  private void settle() {
    site.awaitStats(
        "open connections and requests as the model has them",
        now ->
            now.activeConnections() == model.openDras()
                && now.logicApps() == model.connectedApps()
                && now.totalRequests() == model.requests());
    for (int end = 0; end < ends.length; end++) {
      ScriptedPeer peer = ends[end];
      if (peer != null) {
        if (speaks(end)) {
          peer.sendDwr(node(end));
        }
        peer.expectNothing(Duration.ZERO);
      }
    }
  }

  private boolean speaks(int end) {
    return state(end) != State.HALF_CLOSED && state(end) != State.WAIT_CEA;
  }

  /** The next message answers this request so. */
  private static void expectAnswer(ScriptedPeer peer, LabMessage request, int code) {
    var answer = peer.expectAnswer(request.commandCode());
    check(answer.resultCode() == code, "Result-Code " + code, answer);
    check(answer.isError() == (code / 1000 == 3), "E for 3xxx alone", answer);
    check(answer.hopByHopId() == request.hopByHopId(), "the ids of " + request, answer);
    check(answer.endToEndId() == request.endToEndId(), "the ids of " + request, answer);
  }

  private static void check(boolean good, String expected, LabMessage got) {
    if (!good) {
      throw new AssertionError("expected " + expected + " but was " + got);
    }
  }

  /** Everybody goes; then the books balance. */
  void end() {
    for (int app = 0; app < RelayModel.APPS; app++) {
      ScriptedPeer peer = ends[app];
      if (peer != null) {
        peer.reset();
        peer.close();
      }
    }
    site.awaitStats("no Logic Apps", now -> now.logicApps() == 0);
    GatewayStats last =
        site.awaitStats(
            "nothing in flight but what DRAs were asked by nobody",
            now -> now.inFlight() == 0 && now.unaccounted() == 0);
    if (last.count(Counter.DEFECTS) != 0 || last.totalRequests() != model.requests()) {
      throw new AssertionError(
          last.count(Counter.DEFECTS)
              + " defects; requests "
              + last.totalRequests()
              + " where the model has "
              + model.requests());
    }
  }

  @Override
  public void close() {
    site.close();
  }
}
