package io.diametergw.gateway.config;

import io.diametergw.wire.Identity;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;

/** What must hold between the DRAs, and between each of them and the gateway. */
final class DraChecks {
  private DraChecks() {}

  static void check(
      Check check, List<DraConfig> dras, Identity originHost, InetSocketAddress listen) {
    if (dras.isEmpty()) {
      check.add(List.of(Settings.DRAS), "dras is empty; there must be at least one DRA");
    }
    var names = new HashMap<String, String>();
    var addresses = new HashMap<String, String>();
    for (int i = 0; i < dras.size(); i++) {
      var dra = dras.get(i);
      var path = Settings.DRAS + "[" + i + "]";
      if (names.putIfAbsent(dra.name().toLowerCase(Locale.ROOT), dra.name()) != null) {
        check.add(
            List.of(path + ".name"),
            "dra name=" + dra.name() + " is there twice; names must differ");
      }
      var address = dra.host() + ":" + dra.port();
      var other = addresses.putIfAbsent(address.toLowerCase(Locale.ROOT), dra.name());
      if (other != null) {
        check.add(
            List.of(path + ".host", path + ".port"),
            "dra "
                + dra.name()
                + ": host:port="
                + address
                + " is that of dra "
                + other
                + " too; each DRA must have its own");
      }
      if (originHost.equals(dra.identity())) {
        check.add(
            List.of(path + ".identity", Settings.ORIGIN_HOST.path()),
            "dra "
                + dra.name()
                + ": identity="
                + dra.identity()
                + " == origin-host="
                + originHost
                + "; the gateway cannot be its own DRA");
      }
      if (reachesItself(dra, listen)) {
        check.add(
            List.of(path + ".port", path + ".host", Settings.LISTEN.path()),
            "dra "
                + dra.name()
                + ": host:port="
                + address
                + " == listen="
                + Forms.formatAddress(listen)
                + "; the gateway cannot be its own DRA");
      }
    }
  }

  private static boolean reachesItself(DraConfig dra, InetSocketAddress listen) {
    if (dra.port() != listen.getPort() || listen.isUnresolved()) {
      return false;
    }
    var host = dra.host();
    return host.equals(listen.getAddress().getHostAddress())
        || (listen.getAddress().isAnyLocalAddress()
            && (host.equals("localhost") || host.startsWith("127.") || host.equals("::1")));
  }
}
