package io.diametergw.gateway;

import io.diametergw.gateway.config.GatewayConfig;
import io.diametergw.gateway.proxy.MessageLog;
import io.diametergw.peer.Peer;
import io.diametergw.wire.dictionary.LogLine;
import io.netty.buffer.ByteBuf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each message on its way, as {@code log-requests} and {@code log-responses}
 * say.
 */
final class LoggedMessages implements MessageLog {
  private static final Logger LOG = LoggerFactory.getLogger("io.diametergw.messages");

  private final boolean requests;
  private final boolean answers;
  private final boolean asInfo;
  private final boolean showSubscribers;

  private LoggedMessages(
      boolean requests, boolean answers, boolean asInfo, boolean showSubscribers) {
    this.requests = requests;
    this.answers = answers;
    this.asInfo = asInfo;
    this.showSubscribers = showSubscribers;
  }

  /** The log that the configuration asks for; at level debug every message is logged. */
  static MessageLog of(GatewayConfig config) {
    if (LOG.isDebugEnabled() && !config.logRequests() && !config.logResponses()) {
      return new LoggedMessages(true, true, false, config.logSubscribers());
    }
    return config.logRequests() || config.logResponses()
        ? new LoggedMessages(
            config.logRequests(), config.logResponses(), true, config.logSubscribers())
        : SILENT;
  }

  @Override
  public void request(Peer from, ByteBuf buf, int at) {
    if (requests) {
      line(LogLine.RECEIVED, from, buf, at);
    }
  }

  @Override
  public void forwarded(Peer to, ByteBuf buf, int at) {
    if (requests) {
      line(LogLine.SENT, to, buf, at);
    }
  }

  @Override
  public void answer(Peer from, ByteBuf buf, int at) {
    if (answers) {
      line(LogLine.RECEIVED, from, buf, at);
    }
  }

  @Override
  public void delivered(Peer to, ByteBuf buf, int at) {
    if (answers) {
      line(LogLine.SENT, to, buf, at);
    }
  }

  private void line(String arrow, Peer peer, ByteBuf buf, int at) {
    String line = LogLine.of(arrow, peer.name(), buf, at, showSubscribers);
    if (asInfo) {
      LOG.info(line);
    } else {
      LOG.debug(line);
    }
  }
}
