package io.diametergw.app.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** Programs that a Debian package brings, found where they are installed. */
public final class DebianProgram {
  private static final String ALSO = "/usr/local/sbin:/usr/sbin:/sbin";

  private DebianProgram() {}

  /** Where {@code program} is; an AssertionError that says which package to install for it. */
  public static String path(String program, String debianPackage) {
    var path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    return Stream.concat(Arrays.stream(path.split(":", -1)), Arrays.stream(ALSO.split(":", -1)))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElseThrow(() -> missing(program, debianPackage));
  }

  /** The file of a package; an AssertionError that says which package to install for it. */
  public static Path file(Path file, String debianPackage) {
    if (Files.exists(file)) {
      return file;
    }
    throw missing(file.toString(), debianPackage);
  }

  private static AssertionError missing(String what, String debianPackage) {
    return new AssertionError(
        what + " is missing: Debian's package " + debianPackage + " brings it; apt-get install it");
  }
}
