package io.diametergw.app;

import io.diametergw.gateway.config.Setting;
import io.diametergw.gateway.config.Settings;
import java.util.ArrayList;
import java.util.List;

/** Every setting of the program: those of the gateway, and those that only the program has. */
final class Catalogue {
  static final Setting<String> LOG =
      Setting.choice(
              "log",
              List.of("debug", "info", "warn", "error"),
              "info",
              "The least important lines that are logged.")
          .flag("log");
  static final Setting<String> LOG_FORMAT =
      Setting.choice(
          "log-format",
          List.of("text", "json"),
          "text",
          "How a log line is written, to standard output.");
  static final Setting<String> ADMIN =
      Setting.choice(
              "admin", List.of("off"), "off", "The admin address; it is not part of this version.")
          .flag("admin");

  /** The flags in the order of the help text. */
  static final List<Setting<?>> FLAGS =
      List.of(
          Settings.LISTEN,
          Settings.ORIGIN_HOST,
          Settings.ORIGIN_REALM,
          Settings.PRODUCT,
          Settings.DRA1_HOST,
          Settings.DRA1_PORT,
          Settings.DRA2_HOST,
          Settings.DRA2_PORT,
          Settings.MAX_CONNECTIONS,
          Settings.CONNECTIONS_PER_DRA,
          Settings.SESSION_TIMEOUT,
          LOG,
          Settings.LOG_REQUESTS,
          Settings.LOG_RESPONSES,
          Settings.STATS_INTERVAL,
          ADMIN);

  private Catalogue() {}

  /** The keys that stand at the top level of a file under their own name. */
  static List<Setting<?>> topLevel() {
    var settings = new ArrayList<Setting<?>>(Settings.topLevel());
    settings.addAll(Settings.twoDras());
    settings.addAll(List.of(LOG, LOG_FORMAT, ADMIN));
    return settings;
  }

  /** All but those of each DRA. */
  static List<Setting<?>> all() {
    var settings = topLevel();
    settings.addAll(Settings.ofLogicApps());
    settings.addAll(Settings.ofDraPool());
    return settings;
  }
}
