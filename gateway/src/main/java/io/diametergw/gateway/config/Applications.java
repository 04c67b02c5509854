package io.diametergw.gateway.config;

import io.diametergw.peer.Application;
import io.diametergw.peer.Application.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Applications by the names that a configuration uses. */
public final class Applications {
  private static final int CREDIT_CONTROL = 4;
  private static final int ACCOUNTING = 3;

  /**
   * Every name, in the order in which messages list them; of two for one application the first is
   * written.
   */
  static final Map<String, Application> NAMES = names();

  private Applications() {}

  private static Map<String, Application> names() {
    var names = new LinkedHashMap<String, Application>();
    names.put("relay", Application.RELAY);
    names.put("s6a", Application.auth3gpp(16777251));
    names.put("s13", Application.auth3gpp(16777252));
    names.put("gx", Application.auth3gpp(16777238));
    names.put("rx", Application.auth3gpp(16777236));
    names.put("cx", Application.auth3gpp(16777216));
    names.put("sh", Application.auth3gpp(16777217));
    names.put("credit-control", Application.auth(CREDIT_CONTROL));
    names.put("gy", Application.auth(CREDIT_CONTROL));
    names.put("accounting", Application.acct(ACCOUNTING));
    names.put("rf", Application.acct(ACCOUNTING));
    names.put("swx", Application.auth3gpp(16777265));
    names.put("sy", Application.auth3gpp(16777302));
    return names;
  }

  /** What CER and CEA advertise unless told otherwise. */
  static List<Application> byDefault() {
    return List.of("relay", "s6a", "s13", "gx", "rx", "cx", "sh", "credit-control", "accounting")
        .stream()
        .map(Applications::parse)
        .toList();
  }

  /**
   * The application of a name, or of {@code kind:vendor-id:id} as {@code auth:10415:16777251}.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Application parse(String text) {
    var named = NAMES.get(text.toLowerCase(Locale.ROOT));
    if (named != null) {
      return named;
    }
    var parts = text.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException(text);
    }
    var kind =
        switch (parts[0]) {
          case "auth" -> Kind.AUTH;
          case "acct" -> Kind.ACCT;
          default -> throw new IllegalArgumentException(text);
        };
    return new Application(kind, Integer.parseInt(parts[1]), Integer.parseUnsignedInt(parts[2]));
  }

  /** The text that {@link #parse} reads back. */
  public static String format(Application application) {
    for (var named : NAMES.entrySet()) {
      if (named.getValue().equals(application)) {
        return named.getKey();
      }
    }
    var kind = application.kind() == Kind.AUTH ? "auth" : "acct";
    return kind + ":" + application.vendorId() + ":" + Integer.toUnsignedString(application.id());
  }
}
