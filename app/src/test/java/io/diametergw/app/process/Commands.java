package io.diametergw.app.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Short commands of the system. */
public final class Commands {
  private Commands() {}

  /** Runs it; what it printed. An AssertionError when it fails. */
  public static String run(String... command) {
    return run(List.of(command));
  }

  public static String run(List<String> command) {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      int exit = process.waitFor();
      if (exit != 0) {
        throw new AssertionError(
            String.join(" ", command) + " ended with " + exit + ": " + printed);
      }
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
