package io.diametergw.gateway.config;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One command of an application, or all of them.
 *
 * @param applicationId Application-ID of the header
 * @param commandCode Command Code of the header; null: every command
 */
public record Command(int applicationId, @Nullable Integer commandCode) {
  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,10})(?:/(\\d{1,8}))?");
  private static final long MAX_APPLICATION = 0xFFFF_FFFFL;
  private static final int MAX_COMMAND = 0xFF_FFFF;

  /**
   * Reads {@code 3/271} or {@code 3}.
   *
   * @throws IllegalArgumentException when it is neither
   */
  public static Command of(String text) {
    var written = WRITTEN.matcher(text);
    boolean whole = written.matches();
    long application = whole ? Long.parseLong(written.group(1)) : 0;
    Integer command = whole && written.group(2) != null ? Integer.valueOf(written.group(2)) : null;
    if (!whole || application > MAX_APPLICATION || (command != null && command > MAX_COMMAND)) {
      throw new IllegalArgumentException("not application/command or application: " + text);
    }
    return new Command((int) application, command);
  }

  /** Whether a request with this header is meant. */
  public boolean matches(int application, int command) {
    return applicationId == application && (commandCode == null || commandCode == command);
  }

  @Override
  public String toString() {
    String application = Integer.toUnsignedString(applicationId);
    return commandCode == null ? application : application + "/" + commandCode;
  }
}
