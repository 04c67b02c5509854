package io.diametergw.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.Site;
import io.diametergw.lab.Answers;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.Requests;
import io.diametergw.lab.Requests.CcRequestType;
import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.AvpCode;
import java.time.Duration;
import java.util.Objects;
import org.HdrHistogram.Histogram;

/** A Logic App that sends nothing but valid messages, and is to be answered as if it were alone. */
final class GoodTraffic implements AutoCloseable {
  /** How long an answer may take; asserted, with a margin, for the 99th percentile. */
  static final Duration GOAL = Duration.ofMillis(50);

  private static final int GY = LabApplication.GY.id();
  private static final int MARGIN = 20;
  private static final LabNode NODE = LabNode.relay("good." + Site.LOCAL, Site.LOCAL);

  private final RawConnection connection;
  private final Requests requests;
  private final Answers answers = new Answers(NODE.originHost(), NODE.originRealm());
  private final Histogram micros = new Histogram(3);
  private final int applicationId;
  private int number;

  /**
   * @param server whom it asks, in the first application that this DRA advertises
   */
  GoodTraffic(int port, LabNode server) {
    applicationId = server.applicationIds().getFirst();
    connection = connect(port, NODE);
    requests = Requests.from(NODE.originHost(), Site.LOCAL, Site.REMOTE).to(server.originHost());
  }

  /** A connection of this node, capabilities exchanged. */
  static RawConnection connect(int port, LabNode node) {
    var connection = RawConnection.to(port);
    LabMessage cea = connection.send(BaseMessages.cer(node).bytes()).next();
    assertThat(Objects.requireNonNull(cea, "no CEA").resultCode()).isEqualTo(2001);
    return connection;
  }

  /** A DWR and a request, and the answers to both. */
  void probe() {
    String session = requests.sessionId(++number);
    var dwr = BaseMessages.dwr(NODE);
    var ccr =
        requests
            .gy(session, "001010000000002", CcRequestType.INITIAL, 0)
            .withApplicationId(applicationId == ApplicationId.RELAY ? GY : applicationId);
    long begun = System.nanoTime();

    connection.send(dwr.bytes()).send(ccr.bytes()).flush();
    assertAnswers(next(), dwr);
    var cca = next();

    micros.recordValue((System.nanoTime() - begun) / 1000);
    assertAnswers(cca, ccr);
    assertThat(cca.text(AvpCode.SESSION_ID)).isEqualTo(session);
  }

  /** The next answer; requests and DWRs that come before it are answered. */
  private LabMessage next() {
    return nextAnswer(connection, NODE, answers);
  }

  /** The next answer; what the gateway asks before it is answered as a node does. */
  static LabMessage nextAnswer(RawConnection connection, LabNode node, Answers answers) {
    while (true) {
      LabMessage message = connection.next();
      if (message == null) {
        throw new AssertionError(node.originHost() + " was cut off: " + connection.ending());
      }
      if (!message.isRequest()) {
        return message;
      }
      if (message.commandCode() == 280) {
        connection.send(BaseMessages.dwa(node, message).bytes());
      } else {
        Dra.assertWellFormed(message);
        connection.send(answers.to(message, 2001).bytes());
      }
    }
  }

  private static void assertAnswers(LabMessage answer, LabMessage request) {
    assertThat(answer.resultCode()).as(answer.toString()).isEqualTo(2001);
    assertThat(answer.commandCode()).isEqualTo(request.commandCode());
    assertThat(answer.hopByHopId()).isEqualTo(request.hopByHopId());
    assertThat(answer.endToEndId()).isEqualTo(request.endToEndId());
  }

  /** Says how long it took, and holds it to the goal. */
  void judge() {
    System.out.printf(
        "good traffic: %d probes, p50 %.1f ms, p99 %.1f ms, max %.1f ms; goal: each within %d ms%n",
        micros.getTotalCount(),
        micros.getValueAtPercentile(50) / 1000.0,
        micros.getValueAtPercentile(99) / 1000.0,
        micros.getMaxValue() / 1000.0,
        GOAL.toMillis());
    assertThat(Duration.ofNanos(micros.getValueAtPercentile(99) * 1000))
        .as("p99 of good traffic, with room for a noisy machine")
        .isLessThan(GOAL.multipliedBy(MARGIN));
  }

  @Override
  public void close() {
    connection.close();
  }
}
