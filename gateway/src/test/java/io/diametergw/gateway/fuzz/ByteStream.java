package io.diametergw.gateway.fuzz;

import io.diametergw.lab.LabMessage;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What some bytes are to a peer: its own understanding of RFC 6733 §2.1 and §3, not the gateway's.
 *
 * @param messages whole ones, up to what ends the stream
 * @param missing bytes until the last message is whole
 */
record ByteStream(List<LabMessage> messages, End end, int missing) {
  /** How a connection goes on behind them. */
  enum End {
    /** The next message may begin. */
    IN_STEP,
    /** The last message is not whole. */
    UNFINISHED,
    /** No telling where the next message begins: RST. */
    BROKEN,
    /** A message of another version: RST, or 5011 and the end when it is a request. */
    FOREIGN
  }

  static ByteStream of(byte[] bytes) {
    var messages = new ArrayList<LabMessage>();
    int at = 0;
    while (bytes.length - at >= 4) {
      int length =
          (bytes[at + 1] & 0xFF) << 16 | (bytes[at + 2] & 0xFF) << 8 | bytes[at + 3] & 0xFF;
      if (length < Header.LENGTH || length > Mutator.MAX_LENGTH || length % 4 != 0) {
        return new ByteStream(messages, End.BROKEN, 0);
      }
      if (length > bytes.length - at) {
        return new ByteStream(messages, End.UNFINISHED, length - (bytes.length - at));
      }
      messages.add(LabMessage.of(Arrays.copyOfRange(bytes, at, at + length)));
      at += length;
      if (messages.getLast().version() != Header.VERSION) {
        return new ByteStream(messages, End.FOREIGN, 0);
      }
    }
    return at == bytes.length
        ? new ByteStream(messages, End.IN_STEP, 0)
        : new ByteStream(messages, End.UNFINISHED, Integer.MAX_VALUE);
  }

  /** Those that are owed an answer. */
  List<LabMessage> requests() {
    return messages.stream().filter(LabMessage::isRequest).toList();
  }

  /** Whether one of them may be the good-bye, after which the gateway waits for the other's FIN. */
  boolean saysGoodBye() {
    return messages.stream().anyMatch(m -> m.commandCode() == CommandCode.DISCONNECT_PEER);
  }
}
