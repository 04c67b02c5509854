package io.diametergw.lab;

import java.util.Locale;

/** The applications whose messages the simulators can make. */
public enum LabApplication {
  /** S6a, between an MME and the HSS (3GPP TS 29.272). */
  S6A(16777251),

  /** S13, between an MME and the EIR (3GPP TS 29.272). */
  S13(16777252),

  /** Gx, between a gateway of the packet core and the PCRF (3GPP TS 29.212). */
  GX(16777238),

  /**
   * Gy or Ro, between a gateway of the packet core and the OCS: Credit-Control (RFC 8506, 3GPP TS
   * 32.299).
   */
  GY(4);

  private final int id;

  LabApplication(int id) {
    this.id = id;
  }

  /** The Application-ID. */
  public int id() {
    return id;
  }

  /**
   * The application that people write as {@code s6a}, {@code s13}, {@code gx}, {@code gy} or {@code
   * ro}.
   */
  public static LabApplication named(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "s6a" -> S6A;
      case "s13" -> S13;
      case "gx" -> GX;
      case "gy", "ro" -> GY;
      default ->
          throw new IllegalArgumentException(
              "expected s6a, s13, gx or gy but was \"" + name + "\"");
    };
  }
}
