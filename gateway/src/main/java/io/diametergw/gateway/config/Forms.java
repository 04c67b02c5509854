package io.diametergw.gateway.config;

import io.diametergw.gateway.config.Setting.Form;
import io.diametergw.gateway.config.Setting.Kind;
import io.diametergw.peer.Application;
import io.diametergw.wire.Identity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The types that settings have: how each is read, written and described. */
final class Forms {
  private static final Pattern FQDN =
      Pattern.compile(
          "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,63}");
  private static final Pattern HOST_PATTERN = Pattern.compile("[A-Za-z0-9._*-]{1,255}");
  private static final int MAX_IDENTITY = 255;
  private static final int MAX_PORT = 65_535;

  private Forms() {}

  static Form<Integer> whole(int min, int max) {
    return new Form<>(
        Kind.WHOLE,
        Forms::parseWhole,
        String::valueOf,
        n -> n >= min && n <= max,
        "a whole number, " + grouped(min) + " to " + grouped(max));
  }

  private static int parseWhole(String text) {
    if (text.isEmpty() || !text.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '-')) {
      throw new NumberFormatException(text);
    }
    return Integer.parseInt(text);
  }

  static Form<Double> decimal(int min, int max) {
    return new Form<>(
        Kind.DECIMAL,
        text -> {
          if (!text.matches("\\d{1,9}(\\.\\d{1,9})?")) {
            throw new NumberFormatException(text);
          }
          return Double.parseDouble(text);
        },
        d -> d == Math.rint(d) ? String.valueOf(d.intValue()) : String.valueOf(d),
        d -> d >= min && d <= max,
        "a number, " + min + " to " + max);
  }

  static final Form<Boolean> SWITCH =
      new Form<>(
          Kind.SWITCH,
          text ->
              switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw new IllegalArgumentException(text);
              },
          String::valueOf,
          b -> true,
          "true or false");

  static Form<Duration> duration(Duration min, Duration max) {
    return new Form<>(
        Kind.DURATION,
        Durations::parse,
        Durations::format,
        d -> d.compareTo(min) >= 0 && d.compareTo(max) <= 0,
        "a duration with its unit, " + Durations.format(min) + " to " + Durations.format(max));
  }

  /** A duration for which zero means never. */
  static Form<Duration> durationOrZero(Duration min, Duration max) {
    var positive = duration(min, max);
    return new Form<>(
        Kind.DURATION,
        positive.parse(),
        positive.format(),
        d -> d.isZero() || positive.valid().test(d),
        "0 or " + positive.allowed());
  }

  static <E extends Enum<E>> Form<E> choice(E[] values) {
    Function<E, String> format = e -> e.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new Form<>(
        Kind.CHOICE,
        text ->
            Arrays.stream(values)
                .filter(e -> format.apply(e).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(text)),
        format,
        e -> true,
        Setting.oneOf(Arrays.stream(values).map(format).toList()));
  }

  static Form<String> text(int maxLength) {
    return text(
        t ->
            !t.isBlank() && t.length() <= maxLength && t.chars().noneMatch(Character::isISOControl),
        "1 to " + maxLength + " characters, no control characters");
  }

  private static Form<String> text(Predicate<String> valid, String allowed) {
    return new Form<>(Kind.TEXT, Function.identity(), Function.identity(), valid, allowed);
  }

  static final Form<Identity> IDENTITY =
      new Form<>(
          Kind.TEXT,
          Identity::of,
          Identity::name,
          i -> isFqdn(i.name()),
          "a host name (letters, digits, '-', '_', '.'; at most 255 characters)");

  /** An identity, or {@code any}, which is none. */
  static final Form<Optional<Identity>> IDENTITY_OR_ANY =
      new Form<>(
          Kind.TEXT,
          text -> text.equals("any") ? Optional.empty() : Optional.of(Identity.of(text)),
          identity -> identity.map(Identity::name).orElse("any"),
          identity -> identity.isEmpty() || isFqdn(identity.get().name()),
          "any or " + IDENTITY.allowed());

  static final Form<String> NAME_OF_DRA =
      text(
          t -> NAME.matcher(t).matches(),
          "1 to 64 letters, digits, '.', '_', ':' or '-', the first a letter or digit");

  static final Form<String> HOST =
      text(t -> isFqdn(t) || isLiteral(t), "a host name or an address");

  /** A host as in {@link #HOST}, or empty or {@code none}, both read as empty. */
  static final Form<String> HOST_OR_NONE =
      new Form<>(
          Kind.TEXT,
          text -> text.equals("none") ? "" : text,
          host -> host.isEmpty() ? "none" : host,
          host -> host.isEmpty() || HOST.valid().test(host),
          "a host name, an address or none");

  static final Form<String> IDENTITY_PATTERN =
      text(t -> HOST_PATTERN.matcher(t).matches(), "host names, '*' standing for any characters");

  static final Form<String> ADDRESS_RANGE =
      text(
          t -> {
            try {
              return AddressRange.parse(t).prefixBits() >= 0;
            } catch (IllegalArgumentException e) {
              return false;
            }
          },
          "addresses or ranges as 10.0.0.0/8");

  static final Form<InetSocketAddress> LISTEN =
      new Form<>(
          Kind.TEXT,
          Forms::parseListen,
          Forms::formatAddress,
          a -> true,
          "host:port as 0.0.0.0:3868, :3868, [::1]:3868 or localhost:3868, port 0 to 65,535");

  static final Form<Set<Integer>> RESULT_CODES = resultCodes();

  private static Form<Set<Integer>> resultCodes() {
    var list =
        Setting.listOf(whole(3000, 5999), l -> true, "a list of Result-Codes, each 3000 to 5999");
    return new Form<>(
        Kind.LIST,
        text -> Set.copyOf(list.parse().apply(text)),
        codes -> list.format().apply(List.copyOf(new TreeSet<>(codes))),
        codes -> list.valid().test(List.copyOf(codes)),
        list.allowed());
  }

  static final Form<List<Command>> COMMANDS =
      Setting.listOf(
          new Form<>(
              Kind.TEXT,
              Command::of,
              Command::toString,
              command -> true,
              "application/command, as 3/271, or an application, as 3"),
          list -> true,
          "a list of application/command, as 3/271, or application, as 3");

  static final Form<List<Application>> APPLICATIONS =
      Setting.listOf(
          new Form<>(
              Kind.TEXT, Applications::parse, Applications::format, a -> a.vendorId() >= 0, ""),
          list -> !list.isEmpty() && Set.copyOf(list).size() == list.size(),
          "a list, without repetition, of "
              + String.join(", ", Applications.NAMES.keySet())
              + " or {id, vendor-id, kind: auth or acct}");

  static Form<List<String>> texts(Form<String> item) {
    return Setting.listOf(item, l -> true, "a list of " + item.allowed());
  }

  private static boolean isFqdn(String text) {
    return text.length() <= MAX_IDENTITY && FQDN.matcher(text).matches();
  }

  private static boolean isLiteral(String text) {
    try {
      return !InetAddress.ofLiteral(text).getHostAddress().isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Host names are looked up here; a name without address gives an unresolved one. */
  private static InetSocketAddress parseListen(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(text);
    }
    int port = parseWhole(text.substring(colon + 1));
    var host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      return new InetSocketAddress(
          InetAddress.ofLiteral(host.substring(1, host.length() - 1)), port);
    }
    if (port < 0 || port > MAX_PORT || host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(text);
    }
    if (host.isEmpty()) {
      return new InetSocketAddress(port);
    }
    if (isLiteral(host)) {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }
    if (!isFqdn(host)) {
      throw new IllegalArgumentException(text);
    }
    try {
      return new InetSocketAddress(InetAddress.getAllByName(host)[0], port);
    } catch (UnknownHostException e) {
      return InetSocketAddress.createUnresolved(host, port);
    }
  }

  static String formatAddress(InetSocketAddress address) {
    var host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static String grouped(int n) {
    var digits = new StringBuilder(String.valueOf(n));
    if (n >= 10_000) {
      for (int at = digits.length() - 3; at > 0; at -= 3) {
        digits.insert(at, ',');
      }
    }
    return digits.toString();
  }
}
