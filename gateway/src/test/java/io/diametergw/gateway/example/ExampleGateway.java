package io.diametergw.gateway.example;

import io.diametergw.gateway.Gateway;
import io.diametergw.gateway.Gateway.Extensions;
import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.proxy.Interceptor;
import io.diametergw.gateway.routing.RouteListener;
import io.diametergw.peer.Peer;
import io.diametergw.wire.Header;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A gateway inside another program, which hears of failover, refuses one command, and asks for the
 * statistics.
 */
final class ExampleGateway {
  private ExampleGateway() {}

  /** Tells when requests go to DRAs of another priority. */
  static final class Announcer implements RouteListener {
    @Override
    public void onFailover(int fromPriority, int toPriority) {
      System.out.println("failover from priority " + fromPriority + " to " + toPriority);
    }
  }

  /** Lets no Abort-Session-Request pass. */
  static final class NoAborts implements Interceptor {
    private static final int ABORT_SESSION = 274;

    @Override
    public @Nullable ResultCode onRequest(Peer from, ByteBuf buf, int at) {
      return Header.commandCode(buf, at) == ABORT_SESSION ? ResultCode.UNABLE_TO_COMPLY : null;
    }
  }

  static final Extensions EXTENSIONS =
      new Extensions(List.of(new Announcer()), List.of(new NoAborts()));

  public static void main(String[] args) throws Exception {
    var config =
        GatewayConfig.builder()
            .originHost("my-gw.example.com")
            .originRealm("example.com")
            .listen("0.0.0.0:3868")
            .dra("DRA-1", "10.0.1.100", 3868, /* priority */ 1)
            .dra("DRA-2", "10.0.2.100", 3868, /* priority */ 2)
            .draPool(
                pool -> pool.dwrInterval(Duration.ofSeconds(10)).dwrTimeout(Duration.ofSeconds(5)))
            .build(); // throws ConfigException, which names every setting that is wrong
    try (var gateway = Gateway.start(config, EXTENSIONS)) {
      Thread.sleep(Duration.ofMinutes(1));
      gateway.stats().lines().forEach(System.out::println);
      System.out.println(gateway.drain()); // close() alone would end it at once
    }
  }
}
