package io.diametergw.lab.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diametergw.lab.BaseMessages;
import io.diametergw.lab.Ending;
import io.diametergw.lab.LabApplication;
import io.diametergw.lab.LabNode;
import io.diametergw.wire.CommandCode;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ScriptedPeerTest {
  private static final LabNode APP =
      LabNode.of("app0.example.com", "example.com", LabApplication.GY);
  private static final LabNode DRA = LabNode.relay("dra1.example.com", "example.com");
  private static final Duration A_MOMENT = Duration.ofMillis(100);

  private final ScriptedListener listener = ScriptedListener.on(0);
  private final ScriptedPeer near = ScriptedPeer.connect(listener.port());
  private final ScriptedPeer far = listener.accept(Duration.ofSeconds(5));

  @AfterEach
  void close() {
    near.close();
    far.close();
    listener.close();
  }

  @Test
  void messageInSingleBytesArrivesWhole() {
    near.sendSplit(BaseMessages.cer(APP).bytes());

    assertThat(far.expectRequest(CommandCode.CAPABILITIES_EXCHANGE).text(264))
        .isEqualTo("app0.example.com");
  }

  @Test
  void chunksAreOfTheSizesAsked() {
    near.sendSplit(BaseMessages.dwr(APP).bytes(), 1, 19, 40);

    far.expectRequest(CommandCode.DEVICE_WATCHDOG);
    assertThat(near.log())
        .contains(">> peer 1 bytes 01\n")
        .contains(">> peer 19 bytes")
        .contains(">> peer 40 bytes");
  }

  @Test
  void hexIsSentAsItStands() {
    near.send("01000014 80000118 00000000 00000001 00000002");

    var message = far.expectMessage();
    assertThat(message.hopByHopId()).isEqualTo(1);
    assertThat(message.summary()).isEqualTo("DWR 280/0 R hbh 00000001 e2e 00000002 20 B");
  }

  @Test
  void finAndResetAreToldApart() {
    near.shutdownOutput();
    far.expectClosed();
    far.send(BaseMessages.dwr(DRA));
    near.expectMessage();

    far.reset();
    near.expectReset();
  }

  @Test
  void expectationOfTheOtherEndingFailsWithBothDirectionsLogged() {
    near.send(BaseMessages.dwr(APP));
    far.expectMessage();
    near.close();

    assertThatThrownBy(far::expectReset)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("expected RST within PT5S but there was Ended[ending=FIN]")
        .hasMessageContaining("<< peer DWR 280/0")
        .hasMessageContaining("ended: FIN");
  }

  @Test
  void brokenFramingIsAnEndingOfItsOwn() {
    near.send("01000003");

    assertThat(far.expectEnd(Duration.ofSeconds(5))).isEqualTo(Ending.BROKEN_FRAMING);
    near.expectReset();
  }

  @Test
  void nothingIsExpectedAndSomethingCame() {
    far.expectNothing(A_MOMENT);
    near.send(BaseMessages.dwr(APP));

    assertThatThrownBy(() -> far.expectNothing(Duration.ofSeconds(5)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("DWR");
    assertThatThrownBy(() -> far.expectMessage(A_MOMENT))
        .hasMessageContaining("expected a message within PT0.1S but none came");
  }

  @Test
  void wrongCommandFails() {
    near.send(BaseMessages.dwr(APP));

    assertThatThrownBy(() -> far.expectAnswer(CommandCode.DEVICE_WATCHDOG))
        .hasMessageContaining("expected an answer 280 but was DWR");
  }

  @Test
  void capabilitiesWatchdogAndDisconnectArePlayedInOneLineEach() throws InterruptedException {
    var answering =
        Thread.ofVirtual()
            .start(() -> {
              far.answerCer(DRA);
              far.send(BaseMessages.dwr(DRA));
              far.send(BaseMessages.dwa(DRA, far.expectRequest(CommandCode.DEVICE_WATCHDOG)));
              far.send(BaseMessages.dpa(DRA, far.expectRequest(CommandCode.DISCONNECT_PEER)));
              far.expectClosed();
            });

    assertThat(near.sendCer(APP).text(264)).isEqualTo("dra1.example.com");
    assertThat(near.sendDwr(APP).resultCode()).isEqualTo(2001);
    near.expectRequest(CommandCode.DEVICE_WATCHDOG); // it came before the DWA and was kept
    near.sendDpr(APP, BaseMessages.REBOOTING);
    assertThat(answering.join(Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void peerThatDoesNotReadFillsTheOthersBuffers() {
    far.stopReading();
    byte[] dwr = BaseMessages.dwr(APP).bytes();
    byte[] many = new byte[dwr.length * 100_000];
    for (int at = 0; at < many.length; at += dwr.length) {
      System.arraycopy(dwr, 0, many, at, dwr.length);
    }
    near.send(many);

    assertThat(near.awaitWritten(A_MOMENT)).isFalse();
    far.expectNothing(A_MOMENT);
    far.resumeReading();
    assertThat(near.awaitWritten(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void nobodyConnects() {
    listener.expectNoConnection(A_MOMENT);
    assertThatThrownBy(() -> listener.accept(A_MOMENT)).hasMessageContaining("but there was none");
    ScriptedPeer.connect(listener.port()).close();
    assertThatThrownBy(() -> listener.expectNoConnection(A_MOMENT))
        .isInstanceOf(AssertionError.class);
  }
}
