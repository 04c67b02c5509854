package io.diametergw.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecodeCommandTest {
  private static final String DWR =
      "01000020 80000118 00000000 00000001 00000002" // Device-Watchdog-Request, 32 bytes
          + "00000108 40000009 61 000000"; // Origin-Host "a"

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String stdin, String... args) {
    return run(stdin.getBytes(StandardCharsets.ISO_8859_1), args);
  }

  private int run(byte[] stdin, String... args) {
    return DecodeCommand.run(
        List.of(args),
        new ByteArrayInputStream(stdin),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void hexIsDecodedHoweverItIsWritten() {
    assertThat(run("", DWR)).isZero();
    assertThat(run("", DWR.split(" "))).isZero();
    assertThat(run("", "0x" + DWR.replace(" ", ":"))).isZero();
    assertThat(run("", DWR.replace(" ", ", 0x"))).isZero();
    assertThat(run("", DWR.replace(" ", "\n").toUpperCase(java.util.Locale.ROOT))).isZero();

    assertThat(printed().split("DWR \\(Device-Watchdog, 280\\)", -1)).hasSize(6);
    assertThat(complained()).isEmpty();
  }

  @Test
  void severalMessagesFollowEachOther() {
    assertThat(run("", DWR + DWR)).isZero();

    assertThat(printed()).contains("message 1 at byte 0\n", "message 2 at byte 32\n");
  }

  @Test
  void filesAndStandardInputMayBeBinaryOrHex(@TempDir Path directory) throws IOException {
    byte[] binary = HexFormat.of().parseHex(DWR.replace(" ", ""));
    Path file = Files.write(directory.resolve("dwr.bin"), binary);
    Path text = Files.writeString(directory.resolve("dwr.txt"), DWR + "\n");

    assertThat(run("", file.toString())).isZero();
    assertThat(run("", text.toString())).isZero();
    assertThat(run(binary, "-")).isZero();
    assertThat(run(DWR, "-")).isZero();

    assertThat(printed().split("Origin-Host \\(264\\) -M- 9 B \"a\"", -1)).hasSize(5);
  }

  @Test
  void aMalformedMessageEndsWithOne() {
    assertThat(run("", DWR.replace("40000009", "40000003"))).isEqualTo(1);

    assertThat(printed()).endsWith("! expected AVP length >= 8 but was 3 at byte 20\n");
  }

  @Test
  void messagesBehindABrokenOneAreShown() {
    assertThat(run("", DWR.replace("40000009", "40000003") + DWR)).isEqualTo(1);

    assertThat(printed())
        .contains("message 2 at byte 32")
        .endsWith("Origin-Host (264) -M- 9 B \"a\"\n");
  }

  @Test
  void aCutMessageEndsWithOne() {
    assertThat(run("", DWR.substring(0, 53))).isEqualTo(1);
    assertThat(run("", "0100")).isEqualTo(1);
  }

  @Test
  void badUsageIsOneLine() {
    assertThat(run("")).isEqualTo(2);
    assertThat(run("", "no-such-file")).isEqualTo(2);
    assertThat(run("", "-verbose")).isEqualTo(2);
    assertThat(run("", "-")).isEqualTo(2);
    assertThat(run("", "012")).isEqualTo(2);
    assertThat(run("", "-avp", "Nonesuch")).isEqualTo(2);

    assertThat(complained().lines()).hasSize(6).allMatch(line -> line.startsWith("decode: "));
    assertThat(printed()).isEmpty();
  }

  @Test
  void helpIsNoError() {
    assertThat(run("", "-help")).isZero();
    assertThat(printed()).startsWith("usage: diameter-gateway decode");
  }

  @Test
  void theDictionaryCanBeAsked() {
    assertThat(run("", "-avp", "Disconnect-Cause")).isZero();
    assertThat(printed())
        .isEqualTo(
            "Disconnect-Cause (273) Enumerated, M bit set\n  0 REBOOTING\n  1 BUSY\n  2 DO_NOT_WANT_TO_TALK_TO_YOU\n");
  }
}
