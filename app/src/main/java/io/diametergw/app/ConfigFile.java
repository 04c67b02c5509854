package io.diametergw.app;

import io.diametergw.gateway.config.ConfigException;
import io.diametergw.gateway.config.ConfigException.Problem;
import io.diametergw.gateway.config.Setting;
import io.diametergw.gateway.config.Setting.Kind;
import io.diametergw.gateway.config.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * What a YAML file sets. The file is read as a tree of nodes rather than into objects, because a
 * node knows its line and column, so that every error can show them. It is long because each kind
 * of node has mistakes of its own to tell.
 *
 * @param values all but those of the DRAs
 * @param dras the DRAs in order; null when the file has no list of them
 * @param drasOrigin where that list begins
 */
record ConfigFile(Map<Setting<?>, Value> values, @Nullable List<Dra> dras, Origin drasOrigin) {
  private static final int MAX_BYTES = 1 << 20;

  /** A value that its setting understands, with its place. */
  record Value(String text, Origin origin) {}

  /** What is said of one DRA, with the place where that begins. */
  record Dra(Map<Setting<?>, Value> values, Origin origin) {}

  /** A file that sets nothing. */
  static final ConfigFile NONE = new ConfigFile(Map.of(), null, new Origin.Default());

  /** Reads the file; throws {@link ConfigException}, whose text has every error with its place. */
  static ConfigFile read(String label) {
    try {
      var bytes = Files.readAllBytes(Path.of(label));
      if (bytes.length > MAX_BYTES) {
        throw refused(label + ": longer than 1 MiB");
      }
      return parse(
          label, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (NoSuchFileException | InvalidPathException e) {
      throw refused("-config=" + Setting.shown(label) + "; there is no such file");
    } catch (CharacterCodingException e) {
      throw refused(label + ": not in UTF-8");
    } catch (IOException e) {
      throw refused("-config=" + Setting.shown(label) + "; it cannot be read: " + e.getMessage());
    }
  }

  /** Reads the text of a file of that name. */
  static ConfigFile parse(String label, String text) {
    return new Reader(label, text.startsWith("\uFEFF") ? text.substring(1) : text).read();
  }

  private static ConfigException refused(String text) {
    return new ConfigException(new Problem(List.of(), text));
  }

  private static final class Reader {
    private final String label;
    private final String text;
    private final List<String> lines;
    private final List<Found> problems = new ArrayList<>();
    private final Map<Setting<?>, Value> values = new LinkedHashMap<>();
    private @Nullable List<Dra> dras;
    private Origin drasOrigin = new Origin.Default();

    Reader(String label, String text) {
      this.label = label;
      this.text = text;
      this.lines = text.lines().toList();
    }

    ConfigFile read() {
      compose().ifPresent(this::readTop);
      if (!problems.isEmpty()) {
        problems.sort(
            Comparator.comparingInt((Found found) -> found.at().line())
                .thenComparingInt(found -> found.at().column()));
        throw new ConfigException(
            problems.stream()
                .map(found -> new Problem(List.of(), found.at().locate(found.problem())))
                .toList());
      }
      return new ConfigFile(Map.copyOf(values), dras, drasOrigin);
    }

    private Optional<Node> compose() {
      var settings =
          LoadSettings.builder()
              .setLabel(label)
              .setAllowDuplicateKeys(true)
              .setAllowNonScalarKeys(true)
              .build(); // both are refused below
      try {
        return new Compose(settings).composeString(text);
      } catch (MarkedYamlEngineException e) {
        throw refused(
            e.getProblemMark()
                .or(e::getContextMark)
                .map(this::at)
                .orElse(at(0, 0))
                .locate(oneLine(e.getProblem())));
      } catch (YamlEngineException e) {
        throw refused(at(0, 0).locate(oneLine(String.valueOf(e.getMessage()))));
      } catch (StackOverflowError e) {
        throw refused(label + ": nested too deeply");
      } catch (RuntimeException e) { // the parser's own, for instance of a number in a directive
        throw refused(label + ": not YAML: " + oneLine(String.valueOf(e.getMessage())));
      }
    }

    private void readTop(Node root) {
      if (root instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL)) {
        return;
      }
      var known = new LinkedHashMap<String, Setting<?>>();
      Catalogue.topLevel().forEach(setting -> known.put(setting.key(), setting));
      Catalogue.FLAGS.forEach(
          setting -> known.putIfAbsent(String.valueOf(setting.flag()), setting));
      var sections = new HashMap<String, Node>();
      entries(root, "the file")
          .forEach((key, entry) -> {
            if (key.equals(Settings.LOGIC_APPS)
                || key.equals(Settings.DRA_POOL)
                || key.equals(Settings.DRAS)) {
              sections.put(key, entry.value());
            } else {
              put(
                  values,
                  known,
                  key,
                  entry,
                  List.of(Settings.LOGIC_APPS, Settings.DRA_POOL, Settings.DRAS));
            }
          });
      readSection(sections.get(Settings.LOGIC_APPS), Settings.LOGIC_APPS, Settings.ofLogicApps());
      readSection(sections.get(Settings.DRA_POOL), Settings.DRA_POOL, Settings.ofDraPool());
      var list = sections.get(Settings.DRAS);
      if (list != null) {
        readDras(list);
      }
    }

    private void readSection(@Nullable Node node, String section, List<Setting<?>> settings) {
      if (node != null) {
        var known = byKey(settings);
        entries(node, section).forEach((key, entry) -> put(values, known, key, entry, List.of()));
      }
    }

    private void readDras(Node node) {
      drasOrigin = at(node);
      if (!(node instanceof SequenceNode list)) {
        refuse(node, "dras must be a list of DRAs, each as {name: DRA-1, host: 10.0.1.100}");
        return;
      }
      var read = new ArrayList<Dra>();
      var known = byKey(Settings.ofDras());
      for (Node item : list.getValue()) {
        var of = new LinkedHashMap<Setting<?>, Value>();
        int before = problems.size();
        entries(item, "a DRA").forEach((key, entry) -> put(of, known, key, entry, List.of()));
        for (Setting<?> setting : Settings.ofDras()) {
          if (setting.defaultValue().isEmpty()
              && !of.containsKey(setting)
              && problems.size() == before) {
            refuse(item, "a DRA without " + setting.key() + "; it must be " + setting.allowed());
          }
        }
        read.add(new Dra(Map.copyOf(of), at(item)));
      }
      dras = List.copyOf(read);
    }

    private void put(
        Map<Setting<?>, Value> into,
        Map<String, Setting<?>> known,
        String key,
        Entry entry,
        List<String> alsoKnown) {
      var setting = known.get(key);
      if (setting == null) {
        var keys = new ArrayList<>(known.keySet());
        keys.addAll(alsoKnown);
        refuse(
            entry.key(),
            "unknown key "
                + Setting.shown(key)
                + elsewhere(key).orElseGet(() -> Suggestion.didYouMean(key, keys, "")));
        return;
      }
      var said = textOf(setting, key, entry.value());
      if (said == null) {
        return;
      }
      try {
        var value = new Value(said, at(entry.value()));
        var other = into.put(setting, value);
        if (other != null && !sameValue(setting, said, other.text())) {
          refuse(
              entry.value(),
              "%s=%s != %s, which is the same setting in %s"
                  .formatted(
                      setting.path(),
                      Setting.shown(said),
                      Setting.shown(other.text()),
                      other.origin()));
        }
      } catch (ConfigException e) {
        refuse(
            entry.value(), key + "=" + Setting.shown(said) + "; it must be " + setting.allowed());
      }
    }

    /**
     * Whether both texts say one value; throws {@link ConfigException} when the first says none
     * that is allowed.
     */
    private static boolean sameValue(Setting<?> setting, String a, String b) {
      return setting.parse(a).equals(setting.parse(b));
    }

    /**
     * What the node says to this setting; null, and a problem, when it is of the wrong kind or not
     * allowed.
     */
    private @Nullable String textOf(Setting<?> setting, String key, Node node) {
      String said;
      if (setting.kind() == Kind.LIST) {
        if (!(node instanceof SequenceNode list)) {
          refuse(node, key + " must be a list, as [a, b]; it must be " + setting.allowed());
          return null;
        }
        var items = new ArrayList<String>();
        for (Node item : list.getValue()) {
          var itemText =
              item instanceof MappingNode map && setting.equals(Settings.APPLICATIONS)
                  ? application(map)
                  : itemText(key, item);
          if (itemText == null || !understood(setting, key, itemText, item)) {
            return null;
          }
          items.add(itemText);
        }
        said = String.join(",", items);
      } else if (node instanceof ScalarNode scalar) {
        var wrong = wrongKind(setting, key, scalar);
        if (wrong != null) {
          refuse(node, wrong);
          return null;
        }
        said = scalar.getValue();
      } else {
        refuse(node, key + " must be a single value; it must be " + setting.allowed());
        return null;
      }
      return understood(setting, key, said, node) ? said : null;
    }

    private boolean understood(Setting<?> setting, String key, String said, Node node) {
      try {
        setting.parse(said);
        return true;
      } catch (ConfigException e) {
        refuse(node, key + "=" + Setting.shown(said) + "; it must be " + setting.allowed());
        return false;
      }
    }

    private @Nullable String itemText(String key, Node item) {
      if (item instanceof ScalarNode scalar
          && !scalar.getTag().equals(Tag.NULL)
          && scalar.getValue().indexOf(',') < 0) {
        return scalar.getValue();
      }
      refuse(item, "each item of " + key + " must be a single value");
      return null;
    }

    private static @Nullable String wrongKind(Setting<?> setting, String key, ScalarNode scalar) {
      var tag = scalar.getTag();
      if (tag.equals(Tag.NULL)) {
        return key + " has no value; it must be " + setting.allowed();
      }
      boolean right =
          switch (setting.kind()) {
            case WHOLE -> tag.equals(Tag.INT);
            case DECIMAL -> tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
            case SWITCH -> tag.equals(Tag.BOOL);
            case DURATION -> tag.equals(Tag.STR) || tag.equals(Tag.INT);
            default -> tag.equals(Tag.STR);
          };
      if (right) {
        return null;
      }
      var shown = key + "=" + Setting.shown(scalar.getValue());
      return switch (setting.kind()) {
        case TEXT -> shown + " is not a text; write it in quotes";
        default ->
            shown
                + (scalar.isPlain() || !tag.equals(Tag.STR) ? "" : " is a text in quotes")
                + "; it must be "
                + setting.allowed();
      };
    }

    /**
     * {@code {id: 16777251, vendor-id: 10415, kind: auth}} as the text that names an application.
     */
    private @Nullable String application(MappingNode map) {
      var said = new HashMap<String, String>(Map.of("vendor-id", "0", "kind", "auth"));
      int before = problems.size();
      entries(map, "an application")
          .forEach((key, entry) -> {
            if (!List.of("id", "vendor-id", "kind").contains(key)) {
              refuse(
                  entry.key(),
                  "unknown key "
                      + Setting.shown(key)
                      + "; an application has id, vendor-id and kind");
            } else if (entry.value() instanceof ScalarNode scalar) {
              said.put(key, scalar.getValue());
            } else {
              refuse(entry.value(), key + " must be a single value");
            }
          });
      if (problems.size() > before) {
        return null;
      }
      if (!said.containsKey("id")) {
        refuse(map, "an application without id");
        return null;
      }
      return said.get("kind") + ":" + said.get("vendor-id") + ":" + said.get("id");
    }

    private record Found(Origin.File at, String problem) {}

    private record Entry(Node key, Node value) {}

    private Map<String, Entry> entries(Node node, String what) {
      var entries = new LinkedHashMap<String, Entry>();
      if (!(node instanceof MappingNode map)) {
        refuse(node, what + " must consist of lines as key: value");
        return entries;
      }
      for (var tuple : map.getValue()) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
          refuse(tuple.getKeyNode(), "a key must be a single word");
          continue;
        }
        var first = entries.putIfAbsent(key.getValue(), new Entry(key, tuple.getValueNode()));
        if (first != null) {
          refuse(
              key,
              "key "
                  + Setting.shown(key.getValue())
                  + " is there twice; it is already in "
                  + at(first.key()));
        }
      }
      return entries;
    }

    private static Optional<String> elsewhere(String key) {
      for (Setting<?> setting : Settings.ofLogicApps()) {
        if (setting.key().equals(key)) {
          return Optional.of("; it belongs under " + Settings.LOGIC_APPS);
        }
      }
      for (Setting<?> setting : Settings.ofDraPool()) {
        if (setting.key().equals(key)) {
          return Optional.of("; it belongs under " + Settings.DRA_POOL);
        }
      }
      return Settings.topLevel().stream()
          .filter(s -> s.key().equals(key))
          .findFirst()
          .map(s -> "; it belongs at the top level");
    }

    private static Map<String, Setting<?>> byKey(List<Setting<?>> settings) {
      var known = new LinkedHashMap<String, Setting<?>>();
      settings.forEach(setting -> known.put(setting.key(), setting));
      return known;
    }

    private void refuse(Node node, String problem) {
      problems.add(new Found(at(node), problem));
    }

    private Origin.File at(Node node) {
      return node.getStartMark().map(this::at).orElse(at(0, 0));
    }

    private Origin.File at(Mark mark) {
      return at(mark.getLine(), mark.getColumn());
    }

    private Origin.File at(int line, int column) {
      return new Origin.File(
          label, line + 1, column + 1, line < lines.size() ? lines.get(line) : "");
    }

    private static String oneLine(String problem) {
      return problem.lines().findFirst().orElse("not YAML");
    }
  }
}
