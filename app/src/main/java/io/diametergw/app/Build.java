package io.diametergw.app;

import java.io.IOException;
import java.util.Properties;

/**
 * What this program was built from.
 *
 * @param version of the product
 * @param commit of its source
 */
record Build(String version, String commit) {
  private static final String UNKNOWN = "unknown";

  /** As the build wrote it down; {@code unknown} where it did not. */
  static Build current() {
    var properties = new Properties();
    try (var in = Build.class.getResourceAsStream("build.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      return new Build(UNKNOWN, UNKNOWN);
    }
    return new Build(
        properties.getProperty("version", UNKNOWN), properties.getProperty("commit", UNKNOWN));
  }

  @Override
  public String toString() {
    return "diameter-gateway "
        + version
        + " (commit "
        + commit
        + ", JDK "
        + Runtime.version()
        + ")";
  }
}
