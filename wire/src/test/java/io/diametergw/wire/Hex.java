package io.diametergw.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;

/** Bytes for tests, written in hex with a remark behind {@code //} on each line. */
public final class Hex {
  private Hex() {}

  /** The bytes of these lines. */
  public static ByteBuf bytes(String lines) {
    var digits = new StringBuilder();
    lines.lines().forEach(line -> digits.append(line.replaceAll("//.*", "").replaceAll("\\s", "")));
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(digits));
  }
}
