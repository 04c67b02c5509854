package io.diametergw.gateway.config;

import io.diametergw.wire.Identity;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One Diameter Routing Agent that the gateway dials. Checked when made: throws {@link
 * ConfigException}.
 *
 * @param name what people call it; unique, not empty
 * @param host name or address to dial
 * @param port 1 to 65535
 * @param priority 1 is the highest; traffic goes to the lowest number that has a usable DRA
 * @param weight its share among DRAs of one priority, 1 to 10,000
 * @param identity the Origin-Host that its CEA must carry; null accepts any
 * @param routeRecord whether requests sent to it get a Route-Record (RFC 6733 §6.1.9)
 * @param forwardNonProxiable whether its requests without the P bit are forwarded; otherwise they
 *     get 3007
 */
public record DraConfig(
    String name,
    String host,
    int port,
    int priority,
    int weight,
    @Nullable Identity identity,
    boolean routeRecord,
    boolean forwardNonProxiable) {
  public DraConfig {
    new Check("dra " + Setting.shown(name) + ": ")
        .allowed(Settings.DRA_NAME, name)
        .allowed(Settings.DRA_HOST, host)
        .allowed(Settings.DRA_PORT, port)
        .allowed(Settings.DRA_PRIORITY, priority)
        .allowed(Settings.DRA_WEIGHT, weight)
        .allowed(Settings.DRA_IDENTITY, Optional.ofNullable(identity))
        .orThrow();
  }
}
