package io.diametergw.gateway.routing;

import io.diametergw.gateway.config.AddressRange;
import java.net.InetAddress;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect: patterns of Origin-Hosts and blocks of addresses. An empty list allows
 * everybody. Immutable.
 */
public final class AllowList {
  private final List<Pattern> hosts;
  private final List<AddressRange> ranges;

  /**
   * @param hosts Origin-Hosts, {@code *} standing for any run of characters, letters compared
   *     without case
   * @param addresses addresses or blocks as {@code 10.0.0.0/8}
   * @throws IllegalArgumentException when an address cannot be read
   */
  public AllowList(List<String> hosts, List<String> addresses) {
    this.hosts = hosts.stream().map(AllowList::pattern).toList();
    this.ranges = addresses.stream().map(AddressRange::parse).toList();
  }

  private static Pattern pattern(String host) {
    String regex = Pattern.quote(host).replace("*", "\\E.*\\Q");
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  }

  /** Whether a peer of this name and address may connect. */
  public boolean allows(String originHost, @Nullable InetAddress address) {
    boolean host = hosts.isEmpty() || hosts.stream().anyMatch(p -> p.matcher(originHost).matches());
    boolean place =
        ranges.isEmpty()
            || (address != null && ranges.stream().anyMatch(range -> range.contains(address)));
    return host && place;
  }
}
