package io.diametergw.lab;

/** How a connection came to its end, as this side saw it. */
public enum Ending {
  /** The peer closed in good order. */
  FIN,

  /** The peer reset the connection, or the network did. */
  RST,

  /** The peer's bytes could not be split into messages, so this side reset the connection. */
  BROKEN_FRAMING,

  /** This side closed. */
  CLOSED_HERE
}
