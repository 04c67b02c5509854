package io.diametergw.wire;

/** Codes of the commands that a node answers itself (RFC 6733 §3.1); all others it passes on. */
public final class CommandCode {
  public static final int CAPABILITIES_EXCHANGE = 257;
  public static final int DEVICE_WATCHDOG = 280;
  public static final int DISCONNECT_PEER = 282;

  private CommandCode() {}
}
