package io.diametergw.lab.dra;

import io.diametergw.lab.PushCommand;
import java.util.Locale;

/**
 * Requests that a {@link SimulatedDra} starts at a steady rate.
 *
 * @param destinationHost a Logic Application's identity; {@code %d} in it runs from 0 to {@code
 *     hosts} - 1
 * @param ratePerSecond above 0
 */
public record Pushes(
    PushCommand command,
    String destinationHost,
    int hosts,
    String destinationRealm,
    double ratePerSecond) {
  public Pushes {
    if (hosts < 1 || !(ratePerSecond > 0)) {
      throw new IllegalArgumentException(
          "expected hosts >= 1 and rate > 0 but were " + hosts + " and " + ratePerSecond);
    }
  }

  String host(long number) {
    return destinationHost.contains("%d")
        ? String.format(Locale.ROOT, destinationHost, number % hosts)
        : destinationHost;
  }
}
