package io.diametergw.wire;

/** Application identifiers that have a meaning to every node (RFC 6733 §2.4). */
public final class ApplicationId {
  /** Diameter Common Messages: CER, DWR, DPR and their answers. */
  public static final int COMMON = 0;

  /** Relay, 0xffffffff: its bearer takes requests of every application. */
  public static final int RELAY = -1;

  private ApplicationId() {}
}
