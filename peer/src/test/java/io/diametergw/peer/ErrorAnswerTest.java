package io.diametergw.peer;

import static io.diametergw.peer.ScriptedPeer.ccr;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorAnswerTest {
  private static final LocalNode NODE = Owner.node(Application.RELAY);

  @ParameterizedTest
  @EnumSource(
      names = {
        "COMMAND_UNSUPPORTED",
        "UNABLE_TO_DELIVER",
        "REALM_NOT_SERVED",
        "TOO_BUSY",
        "LOOP_DETECTED",
        "APPLICATION_UNSUPPORTED",
        "INVALID_HDR_BITS",
        "INVALID_AVP_VALUE",
        "AVP_OCCURS_TOO_MANY_TIMES",
        "UNSUPPORTED_VERSION",
        "UNABLE_TO_COMPLY",
        "INVALID_AVP_LENGTH"
      })
  @DisplayName("CONF-ERR-01 -03 -05 -10 every field of an answer-message")
  void answerMessageIsComplete(ResultCode code) {
    Message request =
        ccr(7)
            .flags(Header.REQUEST | Header.PROXIABLE | Header.RETRANSMITTED | 5)
            .text(AvpCode.DESTINATION_HOST, "dra1.remote.test")
            .text(AvpCode.ROUTE_RECORD, "app1.local.test")
            .build();

    Message answer = answer(request, code, "because", null);

    assertThat(answer.flags()).isEqualTo(Header.PROXIABLE | Header.ERROR);
    assertThat(answer.commandCode()).isEqualTo(request.commandCode());
    assertThat(answer.applicationId()).isEqualTo(4);
    assertThat(answer.hopByHopId()).isEqualTo(7);
    assertThat(answer.endToEndId()).isEqualTo(7);
    assertThat(answer.avps())
        .extracting(Message.Avp::code)
        .containsExactly(
            AvpCode.SESSION_ID,
            AvpCode.ORIGIN_HOST,
            AvpCode.ORIGIN_REALM,
            AvpCode.RESULT_CODE,
            AvpCode.ERROR_MESSAGE);
    assertThat(answer.text(AvpCode.ORIGIN_HOST)).isEqualTo("gw.local.test");
    assertThat(answer.text(AvpCode.ORIGIN_REALM)).isEqualTo("local.test");
    assertThat(answer.sessionId()).isEqualTo("app1.local.test;1;7");
    assertThat(answer.resultCode()).hasValue(code.code());
    assertThat(answer.text(AvpCode.ERROR_MESSAGE)).isEqualTo("because");
    assertThat(answer.avps()).allMatch(ScriptedPeer::hasLegalFlags);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SUCCESS")
  @DisplayName("CONF-ERR-06 3xxx has the E bit, 4xxx has not")
  void errorBitFollowsTheClass(ResultCode code) {
    Message answer = answer(ccr(1).build(), code, "because", null);

    boolean error = (answer.flags() & Header.ERROR) != 0;
    assertThat(error).isEqualTo(code.code() / 1000 != 4);
    assertThat(answer.resultCode()).hasValue(code.code());
  }

  @Test
  @DisplayName(
      "CONF-ERR-02 request without Session-Id: none in the answer; not first: first in the answer")
  void sessionIdIsFirstOrAbsent() {
    Message without = Message.request(272, 4).text(AvpCode.ORIGIN_HOST, "a").build();
    Message late =
        Message.request(272, 4)
            .text(AvpCode.ORIGIN_HOST, "a")
            .text(AvpCode.SESSION_ID, "s;1")
            .build();

    assertThat(answer(without, ResultCode.TOO_BUSY, "", null).find(AvpCode.SESSION_ID)).isEmpty();
    assertThat(answer(late, ResultCode.TOO_BUSY, "", null).avps().get(0).text()).isEqualTo("s;1");
    assertThat(answer(Message.request(272, 4).build(), ResultCode.TOO_BUSY, "", null).avps())
        .hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5})
  @DisplayName("CONF-ERR-04 CONF-AVP-12 every Proxy-Info, in order, byte for byte, never parsed")
  void proxyInfosAreCopied(int count) {
    Message.Builder request = ccr(1);
    for (int i = 0; i < count; i++) {
      request.octets(AvpCode.PROXY_INFO, 0, new byte[] {(byte) i, (byte) 0xFF, 0, 0, 1});
    }

    Message answer = answer(request.build(), ResultCode.UNABLE_TO_DELIVER, "x", null);

    assertThat(answer.findAll(AvpCode.PROXY_INFO, 0)).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(answer.findAll(AvpCode.PROXY_INFO, 0).get(i).octets())
          .containsExactly(i, 0xFF, 0, 0, 1);
    }
  }

  @Test
  @DisplayName("CONF-ERR-09 Error-Message is cut at 128 bytes, not inside a character")
  void errorMessageIsCut() {
    String text = "a" + "\u00e9".repeat(100);

    String sent =
        answer(ccr(1).build(), ResultCode.TOO_BUSY, text, null).text(AvpCode.ERROR_MESSAGE);

    assertThat(sent.getBytes(StandardCharsets.UTF_8)).hasSize(127);
    assertThat(text).startsWith(sent);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 50, 200, 500})
  @DisplayName("CONF-ERR-11 no answer is more than 256 bytes longer than its request")
  void answersDoNotAmplify(int textLength) {
    Message bare = Message.request(272, 4).build();
    byte[] failed = ErrorAnswer.emptyAvp(AvpCode.DESTINATION_REALM, 100);

    Message answer = answer(bare, ResultCode.INVALID_AVP_VALUE, "x".repeat(textLength), failed);

    assertThat(answer.length()).isLessThanOrEqualTo(bare.length() + 256);
  }

  @Test
  @DisplayName(
      "CONF-AVP-01 -04 Failed-AVP of a malformed AVP: its header, with zeros to a legal minimum")
  void malformedAvpIsReportedByItsHeader() {
    byte[] avps = {
      0,
      0,
      1,
      27,
      64,
      0,
      0,
      99, // Destination-Realm, M, AVP Length 99
      0,
      0,
      1,
      27,
      (byte) 192,
      0,
      0,
      9, // V and M, AVP Length 9
      1,
      2,
      3,
      4 // stray
    };
    ByteBuf buf = Unpooled.wrappedBuffer(avps);

    assertThat(ErrorAnswer.malformedAvp(buf, 0, avps.length))
        .containsExactly(0, 0, 1, 27, 64, 0, 0, 8);
    assertThat(ErrorAnswer.malformedAvp(buf, 8, avps.length))
        .containsExactly(0, 0, 1, 27, 192, 0, 0, 12, 1, 2, 3, 4);
    assertThat(ErrorAnswer.malformedAvp(buf, 16, avps.length))
        .containsExactly(1, 2, 3, 4, 0, 0, 0, 8);
  }

  @Test
  void malformedRequestIsAnsweredAsFarAsItCanBeRead() {
    byte[] broken = ccr(1).octets(AvpCode.PROXY_INFO, 0, new byte[4]).build().bytes();
    broken[broken.length - 5] = 3; // AVP Length of the Proxy-Info

    Message answer = answer(broken, ResultCode.INVALID_AVP_LENGTH, "x", null);

    assertThat(answer.sessionId()).isEqualTo("app1.local.test;1;1");
    assertThat(answer.find(AvpCode.PROXY_INFO)).isEmpty();
  }

  private static Message answer(
      Message request, ResultCode code, String text, byte @Nullable [] failed) {
    return answer(request.bytes(), code, text, failed);
  }

  private static Message answer(
      byte[] request, ResultCode code, String text, byte @Nullable [] failed) {
    byte[] surrounded = new byte[request.length + 8]; // other messages stand before and after it
    Arrays.fill(surrounded, (byte) 0xEE);
    System.arraycopy(request, 0, surrounded, 4, request.length);
    ByteBuf out = Unpooled.buffer().writeInt(0xEEEEEEEE);
    ErrorAnswer.write(
        out, NODE, new AvpCursor(), Unpooled.wrappedBuffer(surrounded), 4, code, text, failed);
    return Message.of(ByteBufUtil.getBytes(out.skipBytes(4)));
  }
}
