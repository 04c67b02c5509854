package io.diametergw.app;

import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.logicapp.Ledger;
import io.diametergw.lab.logicapp.SimulatedLogicApp;
import io.diametergw.wire.dictionary.MessageTree;
import io.netty.buffer.Unpooled;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code simulate-app}: Logic Apps that ask, check every answer, and say where each request went.
 */
@Command(
    name = "simulate-app",
    description = "Simulated Logic Apps: send requests and check every answer.")
public final class SimulateAppCommand implements Callable<Integer> {
  private static final int LOST = 1;
  private static final Duration FOR_EVER = Duration.ofDays(365);

  @Option(
      names = {"-connect", "--connect"},
      paramLabel = "HOST:PORT",
      description = "the gateway, or a DRA")
  private InetSocketAddress connect = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3868);

  @Option(
      names = {"-connections", "--connections"},
      paramLabel = "N",
      description = "connections, each a Logic App of its own")
  private int connections = 1;

  @Option(
      names = {"-origin-host", "--origin-host"},
      paramLabel = "NAME",
      description = "their identities; %%d is the connection's number from 0")
  private String originHost = "app%d.example.com";

  @Option(
      names = {"-origin-realm", "--origin-realm"},
      paramLabel = "NAME",
      description = "their realm")
  private String originRealm = "example.com";

  @Option(
      names = {"-destination-host", "--destination-host"},
      paramLabel = "NAME",
      description = "the host they ask; empty for none")
  private String destinationHost = "";

  @Option(
      names = {"-destination-realm", "--destination-realm"},
      paramLabel = "NAME",
      description = "the realm they ask; empty for their own")
  private String destinationRealm = "";

  @Option(
      names = {"-application", "--application"},
      paramLabel = "NAME",
      description = "what they ask: s6a, s13, gx or gy")
  private LabApplication application = LabApplication.S6A;

  @Option(
      names = {"-rate", "--rate"},
      paramLabel = "N",
      description = "requests a second, over all connections")
  private double rate = 10;

  @Option(
      names = {"-window", "--window"},
      paramLabel = "N",
      description = "instead of -rate: requests in flight, over all connections; 0 not")
  private int window;

  @Option(
      names = {"-timeout", "--timeout"},
      paramLabel = "DURATION",
      description = "a request without an answer is lost after this long")
  private Duration timeout = Duration.ofSeconds(35);

  @Option(
      names = {"-seconds", "--seconds"},
      paramLabel = "N",
      description = "end after N seconds; 0 runs until SIGINT or SIGTERM")
  private long seconds;

  @Option(
      names = {"-answer-push", "--answer-push"},
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "answer requests that a DRA starts")
  private boolean answerPush = true;

  @Option(
      names = {"-once", "--once"},
      arity = "0",
      description = "send one request and print it and its answer")
  private boolean once;

  private final PrintStream out;

  private SimulateAppCommand(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs the command; 0 when every request got its answer, 1 when something was lost or wrong, 2
   * when it could not start.
   */
  public static int run(List<String> args, PrintStream out, PrintStream err) {
    return SimulateDraCommand.LabFlags.run(new SimulateAppCommand(out), args, out, err);
  }

  @Override
  public Integer call() throws InterruptedException {
    if (connections < 1 || !(rate > 0) || window < 0) {
      throw new IllegalArgumentException("expected -connections >= 1, -rate > 0 and -window >= 0");
    }
    try (var stop = new SimulateDraCommand.Stop();
        var app = new SimulatedLogicApp(originHost, originRealm)) {
      app.connections(once ? 1 : connections)
          .application(application)
          .answersPushes(answerPush)
          .reconnects(!once);
      app.answerTimeout(timeout)
          .destinationRealm(destinationRealm.isEmpty() ? originRealm : destinationRealm);
      app.destinationHost(destinationHost.isEmpty() ? null : destinationHost);
      app.connect(connect);
      return once ? askOnce(app) : ask(app, stop);
    }
  }

  private int askOnce(SimulatedLogicApp app) throws InterruptedException {
    var requests = app.requests(0);
    var request = requests.first(application, requests.sessionId(1), "001010000000001");
    try {
      var sent = app.send(0, request);
      var answer = sent.get();
      printTree(request.withHopByHopId(answer.hopByHopId()).withEndToEndId(answer.endToEndId()));
      printTree(answer);
    } catch (ExecutionException e) {
      printTree(request);
      out.println("no answer: " + Objects.requireNonNull(e.getCause()).getMessage());
    }
    return app.ledger().isClean() ? 0 : LOST;
  }

  private void printTree(LabMessage message) {
    MessageTree.print(Unpooled.wrappedBuffer(message.bytes()), 0, message.lengthBytes(), out);
  }

  private int ask(SimulatedLogicApp app, SimulateDraCommand.Stop stop) throws InterruptedException {
    out.println(
        app.openConnections() + " connections to " + SimulateDraCommand.LabFlags.shown(connect));
    var duration = seconds == 0 ? FOR_EVER : Duration.ofSeconds(seconds);
    var sender = Thread.ofVirtual().start(() -> send(app, duration));
    long before = 0;
    for (long second = 1; sender.isAlive() && !stop.await(Duration.ofSeconds(1)); second++) {
      var ledger = app.ledger();
      out.printf(
          Locale.ROOT, "%5d s  +%,d answers  %s%n", second, ledger.answered() - before, ledger);
      before = ledger.answered();
      if (seconds != 0 && second >= seconds) {
        break;
      }
    }
    app.stopSending();
    sender.join();
    app.awaitQuiet(timeout);
    return printTotals(app.ledger());
  }

  private void send(SimulatedLogicApp app, Duration duration) {
    if (window > 0) {
      app.sendWindow(window, duration);
    } else {
      app.sendAtRate(rate, duration);
    }
  }

  private int printTotals(Ledger ledger) {
    out.println("total    " + ledger);
    return ledger.isClean() ? 0 : LOST;
  }
}
