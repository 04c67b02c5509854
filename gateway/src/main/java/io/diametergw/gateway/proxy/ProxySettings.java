package io.diametergw.gateway.proxy;

import io.diametergw.gateway.config.Command;
import io.diametergw.peer.LocalNode;
import java.util.List;
import java.util.Set;

/**
 * What all loops' proxies share.
 *
 * @param node who we are
 * @param sessionTimeoutNanos how long a request may wait for its answer
 * @param maxPending requests that may wait on one loop
 * @param maxTransmissions how often one request is sent at most
 * @param retryOn Result-Codes of a DRA after which another is tried
 * @param neverResend what is not sent a second time when a lost DRA may have seen it
 * @param messageLog sees every message
 * @param interceptors have a say in what passes, in this order
 */
public record ProxySettings(
    LocalNode node,
    long sessionTimeoutNanos,
    int maxPending,
    int maxTransmissions,
    Set<Integer> retryOn,
    List<Command> neverResend,
    MessageLog messageLog,
    List<Interceptor> interceptors) {

  /** Whether this request may be sent a second time though a lost DRA may have seen it. */
  boolean isResendable(Request request) {
    for (Command command : neverResend) {
      if (command.matches(request.applicationId(), request.commandCode())) {
        return false;
      }
    }
    return true;
  }
}
