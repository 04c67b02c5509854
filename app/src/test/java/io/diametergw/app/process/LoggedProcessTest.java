package io.diametergw.app.process;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggedProcessTest {
  @TempDir private Path folder;

  @Test
  void endTakesWhatTheProcessStartedWithIt() {
    long begun = System.nanoTime();
    var process =
        LoggedProcess.start(
            folder.resolve("parent.log"), List.of("sh", "-c", "sleep 600 & echo child $!; wait"));
    var line = process.await(Pattern.compile("^child \\d+$"), begun);
    var child = Path.of("/proc", line.text().replaceAll("\\D", ""), "cmdline");

    process.close();

    await().until(() -> isGone(child));
  }

  /** Nothing there, or only what its new parent has not yet taken notice of. */
  private static boolean isGone(Path commandLine) {
    try {
      return Files.readString(commandLine).isEmpty();
    } catch (IOException gone) {
      return true;
    }
  }
}
