package io.diametergw.wire;

/**
 * The stream can no longer be split into messages (RFC 6733 §2.1): the connection that brought it
 * has to be reset.
 */
public final class FramingException extends Exception {
  private static final long serialVersionUID = 1;

  FramingException(String message) {
    super(message, null, false, false);
  }
}
