package io.diametergw.app;

import io.diametergw.gateway.GatewayStats;
import io.diametergw.gateway.GatewayStats.DraStats;
import java.util.List;

/** Draws who is connected to whom. */
final class DemoPicture {
  private static final List<String> LEFT =
      List.of(
          "mme-1 (S6a, S13) <--+           ",
          "                    +- gateway -",
          "pgw-1 (Gx)       <--+           ");

  private DemoPicture() {}

  /** One line for each of the three DRAs, the Logic Apps and the gateway to their left. */
  static List<String> of(GatewayStats stats) {
    var lines = new String[LEFT.size()];
    for (int i = 0; i < lines.length; i++) {
      DraStats dra = stats.dras().get(i);
      lines[i] =
          "%s+%s %s  priority %d  %s"
              .formatted(
                  LEFT.get(i),
                  dra.open() ? "-->" : "  x",
                  dra.name(),
                  dra.priority(),
                  role(dra, stats));
    }
    return List.of(lines);
  }

  private static String role(DraStats dra, GatewayStats stats) {
    if (!dra.open()) {
      return "down, dialled again and again";
    }
    if (!isOkay(dra)) {
      return "back, being watched (" + dra.health() + ")";
    }
    return dra.priority() == stats.activePriority() ? "takes requests" : "stands by";
  }

  /** Whether the DRA is connected and trusted (RFC 3539). */
  static boolean isOkay(DraStats dra) {
    return dra.open() && dra.health().equals("OKAY");
  }
}
