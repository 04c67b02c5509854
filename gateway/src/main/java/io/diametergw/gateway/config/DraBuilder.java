package io.diametergw.gateway.config;

/** Says what one DRA is; what it is not told is as by default. See {@link DraConfig} for ranges. */
public final class DraBuilder {
  private final Values values = new Values();

  DraBuilder() {}

  /** What people call it; unique. */
  public DraBuilder name(String value) {
    values.put(Settings.DRA_NAME, value);
    return this;
  }

  /** Name or address to dial. */
  public DraBuilder host(String value) {
    values.put(Settings.DRA_HOST, value);
    return this;
  }

  /** Port to dial. */
  public DraBuilder port(int value) {
    values.put(Settings.DRA_PORT, value);
    return this;
  }

  /** 1 is the highest; traffic goes to the lowest number that has a usable DRA. */
  public DraBuilder priority(int value) {
    values.put(Settings.DRA_PRIORITY, value);
    return this;
  }

  /** Its share among DRAs of one priority. */
  public DraBuilder weight(int value) {
    values.put(Settings.DRA_WEIGHT, value);
    return this;
  }

  /** The Origin-Host that its CEA must carry; {@code any}, the default, accepts each. */
  public DraBuilder identity(String value) {
    values.parse(Settings.DRA_IDENTITY, value);
    return this;
  }

  /** Requests sent to it get a Route-Record. */
  public DraBuilder routeRecord(boolean value) {
    values.put(Settings.DRA_ROUTE_RECORD, value);
    return this;
  }

  /** Forward its requests without the P bit instead of answering 3007. */
  public DraBuilder forwardNonProxiable(boolean value) {
    values.put(Settings.DRA_FORWARD_NON_PROXIABLE, value);
    return this;
  }

  /** Sets what the setting is about, one of {@link Settings#ofDras}. */
  public <T> DraBuilder set(Setting<T> setting, T value) {
    values.put(setting, value);
    return this;
  }

  DraConfig build() {
    if (!values.problems().isEmpty()) {
      throw new ConfigException(values.problems());
    }
    return new DraConfig(
        values.of(Settings.DRA_NAME),
        values.of(Settings.DRA_HOST),
        values.of(Settings.DRA_PORT),
        values.of(Settings.DRA_PRIORITY),
        values.of(Settings.DRA_WEIGHT),
        values.of(Settings.DRA_IDENTITY).orElse(null),
        values.of(Settings.DRA_ROUTE_RECORD),
        values.of(Settings.DRA_FORWARD_NON_PROXIABLE));
  }
}
