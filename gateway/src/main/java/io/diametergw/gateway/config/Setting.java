package io.diametergw.gateway.config;

import io.diametergw.gateway.config.ConfigException.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One setting: what it is called on the command line, in the environment and in the file, what it
 * may be and what it does.
 *
 * @param <T> its type in the configuration records
 */
public final class Setting<T> {
  private static final int MAX_SHOWN = 80;

  /** How a value is written in a file. */
  public enum Kind {
    TEXT,
    WHOLE,
    DECIMAL,
    SWITCH,
    DURATION,
    CHOICE,
    LIST
  }

  /** How values of a type are read, written and described. */
  record Form<T>(
      Kind kind,
      Function<String, T> parse,
      Function<T, String> format,
      Predicate<T> valid,
      String allowed) {}

  private final String section;
  private final String key;
  private final String doc;
  private final Form<T> form;
  private final Optional<T> defaultValue;
  private final @Nullable String flag;
  private final boolean ambiguous;

  private Setting(
      String section,
      String key,
      String doc,
      Form<T> form,
      Optional<T> defaultValue,
      @Nullable String flag,
      boolean ambiguous) {
    this.section = section;
    this.key = key;
    this.doc = doc;
    this.form = form;
    this.defaultValue = defaultValue;
    this.flag = flag;
    this.ambiguous = ambiguous;
  }

  static <T> Setting<T> setting(
      String section, String key, Form<T> form, @Nullable T defaultValue, String doc) {
    return new Setting<>(section, key, doc, form, Optional.ofNullable(defaultValue), null, false);
  }

  /** A setting of the program rather than of the gateway: one of these words. */
  public static Setting<String> choice(
      String key, List<String> words, String defaultValue, String doc) {
    return setting(
        "",
        key,
        new Form<>(
            Kind.CHOICE, Function.identity(), Function.identity(), words::contains, oneOf(words)),
        defaultValue,
        doc);
  }

  /** This setting, which a flag of that name sets. */
  public Setting<T> flag(String name) {
    return new Setting<>(section, key, doc, form, defaultValue, name, ambiguous);
  }

  /** This setting, whose key stands in several sections, so that messages name the section. */
  Setting<T> qualified() {
    return new Setting<>(section, key, doc, form, defaultValue, flag, true);
  }

  /** The section of the file it stands in; empty for the top level. */
  public String section() {
    return section;
  }

  /** Its key in its section. */
  public String key() {
    return key;
  }

  /** Section and key, as {@code dra-pool.dwr-interval}; unique. */
  public String path() {
    return section.isEmpty() ? key : section + "." + key;
  }

  /** What messages call it: the key, with the section where the key alone would be unclear. */
  public String name() {
    return ambiguous ? path() : key;
  }

  /** The flag that sets it, without dash; null when only the file and the environment can. */
  public @Nullable String flag() {
    return flag;
  }

  /** The environment variable that sets it. */
  public String environment() {
    return "DIAMGW_"
        + (flag != null ? flag : path())
            .replace('-', '_')
            .replace('.', '_')
            .toUpperCase(Locale.ROOT);
  }

  /** How it is written in a file. */
  public Kind kind() {
    return form.kind();
  }

  /** What it may be, as the end of "it must be …". */
  public String allowed() {
    return form.allowed();
  }

  /** What it does, in one sentence. */
  public String doc() {
    return doc;
  }

  /** What holds when nobody sets it; empty when somebody must. */
  public Optional<T> defaultValue() {
    return defaultValue;
  }

  /** The text that {@link #parse} reads back. */
  public String format(T value) {
    return form.format().apply(value);
  }

  /** The value that the text says; throws {@link ConfigException} when it is not allowed. */
  public T parse(String text) {
    T value;
    try {
      value = form.parse().apply(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(refusal(text));
    }
    if (!form.valid().test(value)) {
      throw new ConfigException(refusal(text));
    }
    return value;
  }

  boolean allows(T value) {
    return form.valid().test(value);
  }

  /** The problem of a value that this setting cannot have. */
  public Problem refusal(String value) {
    return new Problem(List.of(path()), name() + "=" + shown(value) + "; it must be " + allowed());
  }

  /**
   * A value as messages show it: on one line, not too long, in quotes where its end would be
   * unclear.
   */
  public static String shown(String value) {
    var text = new StringBuilder();
    for (int i = 0; i < value.length() && i < MAX_SHOWN; i++) {
      char c = value.charAt(i);
      text.append(
          Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029'
              ? '?'
              : c);
    }
    if (value.length() > MAX_SHOWN) {
      text.append('…');
    }
    boolean quote =
        value.isEmpty() || value.chars().anyMatch(c -> c == ' ' || c == '"' || c == ';');
    return quote ? "\"" + text + "\"" : text.toString();
  }

  static String oneOf(List<String> words) {
    return words.size() == 1
        ? words.getFirst()
        : String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
  }

  static <T> Form<List<T>> listOf(Form<T> item, Predicate<List<T>> valid, String allowed) {
    return new Form<>(
        Kind.LIST,
        text -> parseList(text, item),
        values -> String.join(",", values.stream().map(item.format()).toList()),
        values -> values.stream().allMatch(item.valid()) && valid.test(values),
        allowed);
  }

  private static <T> List<T> parseList(String text, Form<T> item) {
    var values = new ArrayList<T>();
    if (!text.isBlank()) {
      Arrays.stream(text.split(",", -1)).map(String::strip).map(item.parse()).forEach(values::add);
    }
    return List.copyOf(values);
  }

  @Override
  public String toString() {
    return path();
  }
}
