package io.diametergw.lab;

import io.diametergw.wire.Header;
import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * The last messages of a node in both directions, to be printed when a test fails.
 *
 * <p>A ring of numbers: a message costs no object until somebody reads the log. Safe for use by
 * many threads.
 */
public final class MessageLog {
  private static final int CAPACITY = 256;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
  private static final String[] FLAGS = {
    "-", "T", "E", "ET", "P", "PT", "PE", "PET", "R", "RT", "RE", "RET", "RP", "RPT", "RPE", "RPET"
  };

  private final long[] epochMicros = new long[CAPACITY];
  private final String[] words = new String[CAPACITY];
  private final int[][] fields = new int[CAPACITY][6];
  private long written;

  /**
   * Notes the message at {@code at} of {@code buf}; {@code direction} is {@code "<< "} or {@code
   * ">> "} and a name.
   */
  synchronized void message(String direction, ByteBuf buf, int at) {
    int slot = next(direction);
    int[] field = fields[slot];
    field[0] = Header.messageLength(buf, at);
    field[1] = Header.flags(buf, at) << 24 | Header.commandCode(buf, at);
    field[2] = Header.applicationId(buf, at);
    field[3] = Header.hopByHopId(buf, at);
    field[4] = Header.endToEndId(buf, at);
    field[5] = Header.isRequest(buf, at) ? 0 : LabMessage.resultCode(buf, at);
  }

  /** Notes anything else that happened, in words. */
  public synchronized void event(String what) {
    fields[next(what)][0] = 0;
  }

  private int next(String word) {
    int slot = (int) (written++ % CAPACITY);
    var now = Instant.now();
    epochMicros[slot] = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    words[slot] = word;
    return slot;
  }

  /** One line per message or event, the oldest first, times in UTC. */
  public synchronized List<String> lines() {
    var lines = new ArrayList<String>();
    for (long i = Math.max(0, written - CAPACITY); i < written; i++) {
      int slot = (int) (i % CAPACITY);
      long micros = epochMicros[slot];
      String time =
          TIME.format(Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000));
      int[] f = fields[slot];
      String rest = f[0] == 0 ? "" : " " + summary(f[0], f[1], f[2], f[3], f[4], f[5]);
      lines.add(time + " " + words[slot] + rest);
    }
    return lines;
  }

  /** The lines, one under the other. */
  @Override
  public String toString() {
    return String.join("\n", lines());
  }

  static String summary(ByteBuf buf, int at) {
    return summary(
        Header.messageLength(buf, at),
        Header.flags(buf, at) << 24 | Header.commandCode(buf, at),
        Header.applicationId(buf, at),
        Header.hopByHopId(buf, at),
        Header.endToEndId(buf, at),
        Header.isRequest(buf, at) ? 0 : LabMessage.resultCode(buf, at));
  }

  private static String summary(
      int length,
      int flagsAndCode,
      int applicationId,
      int hopByHopId,
      int endToEndId,
      int resultCode) {
    int code = flagsAndCode & 0xFFFFFF;
    boolean request = flagsAndCode < 0;
    return "%s %d/%s %s hbh %08x e2e %08x %d B%s"
        .formatted(
            name(code, request),
            code,
            Integer.toUnsignedString(applicationId),
            FLAGS[flagsAndCode >>> 28],
            hopByHopId,
            endToEndId,
            length,
            resultCode == 0 ? "" : " " + resultCode);
  }

  private static String name(int code, boolean request) {
    String stem =
        switch (code) {
          case 257 -> "CE";
          case 258 -> "RA";
          case 272 -> "CC";
          case 274 -> "AS";
          case 280 -> "DW";
          case 282 -> "DP";
          case 316 -> "UL";
          case 317 -> "CL";
          case 318 -> "AI";
          case 319 -> "ID";
          case 324 -> "EC";
          default -> "";
        };
    return stem.isEmpty() ? request ? "request" : "answer" : stem + (request ? "R" : "A");
  }
}
