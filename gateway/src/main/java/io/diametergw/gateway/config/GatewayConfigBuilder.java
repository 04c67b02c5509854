package io.diametergw.gateway.config;

import io.diametergw.gateway.config.GatewayConfig.Transport;
import io.diametergw.peer.Application;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Says what a gateway is told; what it is not told is as by default. See {@link GatewayConfig} for
 * ranges.
 */
public final class GatewayConfigBuilder {
  private final Values values = new Values();
  private final LogicAppsBuilder logicApps = new LogicAppsBuilder(values);
  private final DraPoolBuilder draPool = new DraPoolBuilder(values);
  private final List<DraBuilder> dras = new ArrayList<>();

  GatewayConfigBuilder() {}

  /**
   * Address where Logic Apps connect: {@code 0.0.0.0:3868}, {@code :3868}, {@code [::1]:3868}; a
   * host name is looked up here.
   */
  public GatewayConfigBuilder listen(String value) {
    values.parse(Settings.LISTEN, value);
    return this;
  }

  /** Address where Logic Apps connect; port 0 lets the system choose. */
  public GatewayConfigBuilder listen(InetSocketAddress value) {
    return set(Settings.LISTEN, value);
  }

  /** The gateway's own identity (Origin-Host). */
  public GatewayConfigBuilder originHost(String value) {
    values.parse(Settings.ORIGIN_HOST, value);
    return this;
  }

  /** The gateway's own realm (Origin-Realm). */
  public GatewayConfigBuilder originRealm(String value) {
    values.parse(Settings.ORIGIN_REALM, value);
    return this;
  }

  /** Product-Name of CER and CEA. */
  public GatewayConfigBuilder productName(String value) {
    return set(Settings.PRODUCT, value);
  }

  /** Vendor-Id of CER and CEA. */
  public GatewayConfigBuilder vendorId(int value) {
    return set(Settings.VENDOR_ID, value);
  }

  /** Applications that CER and CEA advertise. */
  public GatewayConfigBuilder applications(List<Application> value) {
    return set(Settings.APPLICATIONS, value);
  }

  /** A request not answered for this long gets 3002. */
  public GatewayConfigBuilder sessionTimeout(Duration value) {
    return set(Settings.SESSION_TIMEOUT, value);
  }

  /** How long a shutdown waits for requests in flight. */
  public GatewayConfigBuilder drainTimeout(Duration value) {
    return set(Settings.DRAIN_TIMEOUT, value);
  }

  /** The longest message accepted, in bytes. */
  public GatewayConfigBuilder maxMessageLength(int value) {
    return set(Settings.MAX_MESSAGE_SIZE, value);
  }

  /** Requests that wait for an answer, in all; more get 3004. */
  public GatewayConfigBuilder maxPending(int value) {
    return set(Settings.MAX_PENDING, value);
  }

  /** Threads that carry traffic. */
  public GatewayConfigBuilder eventLoops(int value) {
    return set(Settings.EVENT_LOOPS, value);
  }

  /** How sockets are driven. */
  public GatewayConfigBuilder transport(Transport value) {
    return set(Settings.TRANSPORT, value);
  }

  /** Log each request. */
  public GatewayConfigBuilder logRequests(boolean value) {
    return set(Settings.LOG_REQUESTS, value);
  }

  /** Log each answer. */
  public GatewayConfigBuilder logResponses(boolean value) {
    return set(Settings.LOG_RESPONSES, value);
  }

  /** Write subscriber identities out in logs instead of masking them. */
  public GatewayConfigBuilder logSubscribers(boolean value) {
    return set(Settings.LOG_SUBSCRIBERS, value);
  }

  /** How often the statistics are logged; zero: never. */
  public GatewayConfigBuilder statsInterval(Duration value) {
    return set(Settings.STATS_INTERVAL, value);
  }

  /** Says what holds for all Logic Apps. */
  public GatewayConfigBuilder logicApps(Consumer<LogicAppsBuilder> tell) {
    tell.accept(logicApps);
    return this;
  }

  /** Says what holds for all DRAs. */
  public GatewayConfigBuilder draPool(Consumer<DraPoolBuilder> tell) {
    tell.accept(draPool);
    return this;
  }

  /** Adds a DRA; a priority of 1 is the highest. */
  public GatewayConfigBuilder dra(String name, String host, int port, int priority) {
    return dra(dra -> dra.name(name).host(host).port(port).priority(priority));
  }

  /** Adds a DRA, of which at least name and host must be told. */
  public GatewayConfigBuilder dra(Consumer<DraBuilder> tell) {
    var dra = new DraBuilder();
    tell.accept(dra);
    dras.add(dra);
    return this;
  }

  /**
   * Sets what the setting is about, one of {@link Settings#topLevel}, {@link Settings#ofLogicApps}
   * and {@link Settings#ofDraPool}.
   */
  public <T> GatewayConfigBuilder set(Setting<T> setting, T value) {
    values.put(setting, value);
    return this;
  }

  /**
   * The configuration; throws {@link ConfigException} when anything of it is wrong, and says all
   * that is.
   */
  public GatewayConfig build() {
    var check = new Check();
    check.addAll(values.problems());
    var apps = check.attempt(logicApps::build);
    var pool = check.attempt(draPool::build);
    var made =
        dras.stream().map(dra -> check.attempt(dra::build)).filter(Objects::nonNull).toList();
    if (apps == null || pool == null || made.size() < dras.size() || !values.problems().isEmpty()) {
      Settings.topLevel().forEach(setting -> checkAlone(check, setting));
      check.orThrow();
      throw new IllegalStateException("refused without a reason");
    }
    return new GatewayConfig(
        values.of(Settings.LISTEN),
        values.of(Settings.ORIGIN_HOST),
        values.of(Settings.ORIGIN_REALM),
        values.of(Settings.PRODUCT),
        values.of(Settings.VENDOR_ID),
        values.of(Settings.APPLICATIONS),
        values.of(Settings.SESSION_TIMEOUT),
        values.of(Settings.DRAIN_TIMEOUT),
        values.of(Settings.MAX_MESSAGE_SIZE),
        values.of(Settings.MAX_PENDING),
        values.of(Settings.EVENT_LOOPS),
        values.of(Settings.TRANSPORT),
        values.of(Settings.LOG_REQUESTS),
        values.of(Settings.LOG_RESPONSES),
        values.of(Settings.LOG_SUBSCRIBERS),
        values.of(Settings.STATS_INTERVAL),
        apps,
        pool,
        made);
  }

  private <T> void checkAlone(Check check, Setting<T> setting) {
    check.allowed(setting, values.of(setting));
  }
}
