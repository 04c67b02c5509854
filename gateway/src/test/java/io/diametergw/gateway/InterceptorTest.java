package io.diametergw.gateway;

import static io.diametergw.gateway.Site.LOCAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.gateway.metrics.Counter;
import io.diametergw.gateway.proxy.Interceptor;
import io.diametergw.peer.Peer;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a library user's interceptors may do, and what their exceptions may not. */
class InterceptorTest {
  @RegisterExtension final Site site = new Site();

  private static Gateway.Extensions with(Interceptor interceptor) {
    return new Gateway.Extensions(List.of(), List.of(interceptor));
  }

  @Test
  void exceptionForARequestIsAnsweredAndCounted() {
    site.dra(1);
    site.expectDefects(1);
    site.start(
        _ -> {},
        with(
            new Interceptor() {
              private boolean thrown;

              @Override
              public @Nullable ResultCode onRequest(Peer from, ByteBuf buf, int at) {
                if (!thrown) {
                  thrown = true;
                  throw new IllegalStateException("the test's own");
                }
                return null;
              }
            }));
    var app = site.peer("app1." + LOCAL);

    app.send(site.request());
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(5012);
    app.send(site.request());
    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  void exceptionForAnAnswerDoesNotStopIt() {
    site.dra(1);
    site.expectDefects(1);
    site.start(
        _ -> {},
        with(
            new Interceptor() {
              @Override
              public void onAnswer(Peer from, ByteBuf buf, int at) {
                throw new IllegalStateException("the test's own");
              }
            }));
    var app = site.peer("app1." + LOCAL);

    app.send(site.request());

    assertThat(app.expectAnswer(272).resultCode()).isEqualTo(2001);
  }

  @Test
  void exceptionForAnExpiredRequestDoesNotKeepOthersFromExpiring() {
    site.dra(1).dropEvery(1);
    site.expectDefects(3);
    site.start(
        c -> c.sessionTimeout(Duration.ofMillis(100)),
        with(
            new Interceptor() {
              @Override
              public void onExpired(Peer to, ByteBuf buf, int at) {
                throw new IllegalStateException("the test's own");
              }
            }));
    var app = site.peer("app1." + LOCAL);

    for (int i = 0; i < 3; i++) {
      app.send(site.request());
      assertThat(app.expectAnswer(272).resultCode()).isEqualTo(3002);
    }

    assertThat(site.awaitQuiet().count(Counter.EXPIRED)).isEqualTo(3);
  }
}
