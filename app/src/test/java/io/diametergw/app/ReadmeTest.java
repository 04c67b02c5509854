package io.diametergw.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.config.Setting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says of flags and keys is what the program does. */
class ReadmeTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, UTF_8);

  @Test
  void everyFlagIsInTheTableWithItsDefaultAndItsWords() throws IOException {
    var readme = Files.readString(README).replace("`", "");

    for (Setting<?> setting : Catalogue.FLAGS) {
      var words = setting.doc().substring(0, setting.doc().length() - 1);
      assertThat(readme)
          .contains("| -%s | %s | %s".formatted(setting.flag(), defaultOf(setting), words));
    }
    assertThat(Flags.OF_THE_PROGRAM)
        .allSatisfy(flag -> assertThat(readme).contains("| -" + flag + " |"));
  }

  private static <T> String defaultOf(Setting<T> setting) {
    return setting.defaultValue().map(setting::format).orElse("none");
  }

  @Test
  void fileIsValid(@TempDir Path folder) throws IOException {
    var yaml = YAML.matcher(Files.readString(README));
    assertThat(yaml.find()).isTrue();
    var file = Files.writeString(folder.resolve("gateway.yaml"), yaml.group(1));

    GatewayRunner never =
        config -> {
          throw new IllegalStateException("-check starts nothing");
        };
    var notRun = new RunCommand(never, new StopSignals(() -> {}), out, out);
    int exit =
        new Main(List.of(), Map.of(), InputStream.nullInputStream(), out, out, notRun)
            .run(List.of("-config", file.toString(), "-check"));

    assertThat(exit).as(printed.toString(UTF_8)).isZero();
    assertThat(printed.toString(UTF_8))
        .startsWith("valid")
        .contains("DRA-3", "10.0.3.100:3868 priority 2")
        .doesNotContain("warning");
  }
}
