package io.diametergw.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.StartedGateway;
import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.LabMessage;
import io.diametergw.lab.LabNode;
import io.diametergw.lab.dra.DraCounter;
import io.diametergw.wire.Header;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

@Scenario(
    id = "FO-15",
    what = "DRA-1 stops reading, its buffers fill, and it dies with a request half received",
    goal =
        "unanswered 0, other than 2001 0; every request that DRA-1 got a byte of reaches DRA-2 once"
            + " and with T; DRA-2 gets no malformed message")
class Fo15PartialWriteTest {
  private static final LabNode DRA = LabNode.relay("dra1.example.com", "example.com");
  private static final int TINY_BUFFER = 4096;
  private static final int READ_AT_THE_END = 100_000;
  private static final int KEPT = 200_000;

  @Test
  void halfWrittenRequestMovesWithT(FaultSite site) throws IOException {
    var dra2 = site.innerDra(2).keepRequests(KEPT);
    try (var listener = new ServerSocket()) {
      listener.setReceiveBufferSize(TINY_BUFFER);
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      var gateway =
          site.gateway(
              "dra-pool: { stall-timeout: 30s, stall-probe-timeout: 30s, reconnect-interval: 30s }\n"
                  + StartedGateway.dras(listener.getLocalPort(), dra2.port()));
      List<LabMessage> received;
      FaultLoad load;
      try (var dra1 = listener.accept()) {
        answerCer(dra1);
        gateway.awaitDras(2).awaitLog("requests go to priority 1", 0);
        load = site.load(gateway);
        site.await("DRA-1 full, DRA-2 asked", () -> dra2.count(DraCounter.REQUESTS) > 1_000);

        received = readSome(dra1);
        dra1.setSoLinger(true, 0); // the kernel's RST, as for a process that is killed
      }
      site.play(Duration.ofSeconds(1));
      var ledger = load.end();
      var statistics = gateway.stopClean().statistics();

      var transmissions = new HashMap<Integer, List<LabMessage>>();
      dra2.requests()
          .forEach(request ->
              transmissions
                  .computeIfAbsent(request.endToEndId(), _ -> new ArrayList<>())
                  .add(request));
      long withT = dra2.count(DraCounter.RETRANSMITTED);
      site.measured(
          "%s; DRA-1 got %d requests, the last one in part; %d reached DRA-2 with T, %d that never"
              + " left without; malformed %d",
          ledger.counts(),
          received.size(),
          withT,
          statistics.count("Failover.rerouted"),
          dra2.count(DraCounter.MALFORMED));
      ledger.assertAllGood();
      assertThat(received).hasSizeGreaterThan(READ_AT_THE_END / 400);
      assertThat(received)
          .allSatisfy(request ->
              assertThat(transmissions.get(request.endToEndId()))
                  .singleElement()
                  .satisfies(moved -> assertThat(moved.isRetransmitted()).isTrue()));
      assertThat(withT).isEqualTo(statistics.count("Failover.retransmitted"));
      assertThat(dra2.count(DraCounter.REQUESTS)).isEqualTo(ledger.sent());
      assertThat(dra2.count(DraCounter.DUPLICATES)).isZero();
      assertThat(dra2.count(DraCounter.MALFORMED)).isZero();
    }
  }

  private static void answerCer(Socket dra) throws IOException {
    var in = new DataInputStream(dra.getInputStream());
    byte[] header = in.readNBytes(Header.LENGTH);
    byte[] cer = Arrays.copyOf(header, Header.messageLength(Unpooled.wrappedBuffer(header), 0));
    in.readFully(cer, Header.LENGTH, cer.length - Header.LENGTH);
    dra.getOutputStream().write(BaseMessages.cea(DRA, LabMessage.of(cer), 2001).bytes());
  }

  /** Reads on for a moment, and tells the requests in it: those whose header has come. */
  private static List<LabMessage> readSome(Socket dra) throws IOException {
    byte[] bytes = dra.getInputStream().readNBytes(READ_AT_THE_END);
    var buf = Unpooled.wrappedBuffer(bytes);
    var requests = new ArrayList<LabMessage>();
    for (int at = 0; at + Header.LENGTH <= bytes.length; ) {
      int length = Header.messageLength(buf, at);
      byte[] request = Arrays.copyOfRange(bytes, at, at + length); // what is missing is 0
      requests.add(LabMessage.of(request));
      at += length;
    }
    return requests;
  }
}
