package io.diametergw.app.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** Short commands of the system. */
public final class Commands {
  private Commands() {}

  /** Runs it; what it printed. An AssertionError when it fails. */
  public static String run(String... command) {
    return run(List.of(command));
  }

  public static String run(List<String> command) {
    return run(new ProcessBuilder(command).redirectErrorStream(true)).strip();
  }

  /** Runs it; what it wrote to its standard output, while what it complained of is in a file. */
  public static String output(Path complaints, List<String> command) {
    return run(new ProcessBuilder(command).redirectError(complaints.toFile()));
  }

  private static String run(ProcessBuilder command) {
    try {
      var process = command.start();
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new AssertionError(
            String.join(" ", command.command()) + " ended with " + exit + ": " + printed.strip());
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
