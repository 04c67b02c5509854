package io.diametergw.gateway.fuzz;

import io.diametergw.gateway.fuzz.Campaign.Case;
import io.diametergw.lab.LabMessage;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.Header;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;

/** Makes broken messages of valid ones: one to three mutations, thrown by the dice of the case. */
final class Mutator {
  /** The longest message that the gateway takes. */
  static final int MAX_LENGTH = 65_532;

  private static final int LENGTH_AT = 1;
  private static final int[] REPEATS = {1, 1, 1, 2, 2, 64, 64, 64, 4096};
  private static final int[] DEPTHS = {1, 2, 8, 33, 64, 1000, 4096};
  private static final int[] CODES = {
    AvpCode.USER_NAME,
    AvpCode.SESSION_ID,
    AvpCode.ORIGIN_HOST,
    AvpCode.ORIGIN_REALM,
    AvpCode.DESTINATION_HOST,
    AvpCode.DESTINATION_REALM,
    AvpCode.ROUTE_RECORD,
    AvpCode.PROXY_INFO,
    AvpCode.FAILED_AVP,
    AvpCode.RESULT_CODE,
    AvpCode.EXPERIMENTAL_RESULT,
    AvpCode.VENDOR_ID,
    AvpCode.VENDOR_SPECIFIC_APPLICATION_ID,
    AvpCode.AUTH_APPLICATION_ID,
    AvpCode.ACCT_APPLICATION_ID,
    AvpCode.INBAND_SECURITY_ID,
    AvpCode.HOST_IP_ADDRESS,
    AvpCode.PRODUCT_NAME,
    AvpCode.ERROR_MESSAGE,
    AvpCode.DISCONNECT_CAUSE
  };
  private static final int[] GROUPS = {
    AvpCode.PROXY_INFO,
    AvpCode.FAILED_AVP,
    AvpCode.VENDOR_SPECIFIC_APPLICATION_ID,
    AvpCode.EXPERIMENTAL_RESULT,
    443 // Subscription-Id
  };
  private static final int[] COMMANDS = {0, 1, 257, 257, 258, 271, 272, 274, 275, 280, 282, 316};
  private static final int[] APPLICATIONS = {0, 0, 1, 3, 4, 16777251, 16777238, -1};
  private static final int[] RESULTS = {0, 1001, 2001, 2002, 3002, 3004, 3006, 4012, 5012, -1};

  private enum Mutation {
    VERSION,
    FLAGS,
    COMMAND,
    APPLICATION,
    IDENTIFIER,
    MESSAGE_LENGTH,
    LENGTH_ANYWHERE,
    AVP_LENGTH,
    AVP_LENGTH_AGAIN, // twice as often: this is where parsers break
    AVP_FLAGS,
    AVP_CODE,
    AVP_DATA,
    AVP_EMPTIED,
    AVP_LONG,
    AVP_DROPPED,
    AVP_REPEATED,
    RESULT,
    NESTED,
    BITS,
    BYTES,
    GARBAGE,
    TRUNCATED,
    TRUNCATED_TOLD,
    STRAY_BYTES,
    JOINED
  }

  private final List<LabMessage> others;

  /**
   * @param others what may come with a message in one piece
   */
  Mutator(List<LabMessage> others) {
    this.others = List.copyOf(others);
  }

  /**
   * @param inStep whether what comes is brought into the form of one whole message, so that the
   *     stream goes on behind it
   */
  Case mutate(int number, LabMessage valid, SplittableRandom dice, boolean inStep) {
    byte[] bytes = valid.bytes();
    var how = new StringJoiner(", ");
    int count = 1 + (dice.nextInt(3) == 0 ? 1 : 0) + (dice.nextInt(9) == 0 ? 1 : 0);
    for (int i = 0; i < count; i++) {
      var mutation = Mutation.values()[dice.nextInt(Mutation.values().length)];
      bytes = apply(mutation, bytes, dice);
      how.add(mutation.name());
    }
    return new Case(number, inStep ? inStep(bytes) : bytes, valid.commandCode() + " " + how);
  }

  /** One message of all the bytes, and a length and version that say so. */
  private static byte[] inStep(byte[] bytes) {
    int length = Math.clamp(bytes.length + 3 & ~3, Header.LENGTH, MAX_LENGTH);
    byte[] whole = told(Arrays.copyOf(bytes, length));
    whole[0] = Header.VERSION;
    return whole;
  }

  private byte[] apply(Mutation mutation, byte[] in, SplittableRandom dice) {
    byte[] m = Arrays.copyOf(in, Math.max(in.length, Header.LENGTH)); // truncated before
    var view = ByteBuffer.wrap(m);
    switch (mutation) {
      case VERSION -> m[0] = (byte) dice.nextInt(256);
      case FLAGS -> m[4] = (byte) dice.nextInt(256);
      case COMMAND -> putMedium(m, 5, oneOf(COMMANDS, dice, 1 << 24));
      case APPLICATION -> view.putInt(8, oneOf(APPLICATIONS, dice, Integer.MAX_VALUE));
      case IDENTIFIER -> view.putInt(dice.nextBoolean() ? 12 : 16, dice.nextInt());
      case MESSAGE_LENGTH -> putMedium(m, LENGTH_AT, length(m.length, dice));
      case LENGTH_ANYWHERE ->
          putMedium(m, dice.nextInt(m.length / 4) * 4 + 1, length(m.length, dice));
      case BITS -> {
        for (int i = 0; i < 1 + dice.nextInt(16); i++) {
          m[dice.nextInt(m.length)] ^= (byte) (1 << dice.nextInt(8));
        }
      }
      case BYTES -> fill(m, dice.nextInt(m.length), m.length, dice);
      case GARBAGE -> fill(m, dice.nextInt(4) == 0 ? 0 : Header.LENGTH, m.length, dice);
      case TRUNCATED -> {
        return Arrays.copyOf(m, dice.nextInt(m.length));
      }
      case TRUNCATED_TOLD -> {
        return told(Arrays.copyOf(m, Header.LENGTH + dice.nextInt(m.length - Header.LENGTH + 1)));
      }
      case STRAY_BYTES -> {
        return told(concat(m, random(1 + dice.nextInt(7), dice)));
      }
      case JOINED -> {
        byte[] other = others.get(dice.nextInt(others.size())).bytes();
        return dice.nextBoolean() ? concat(m, other) : concat(other, m);
      }
      case NESTED -> {
        return told(concat(m, nested(DEPTHS[dice.nextInt(DEPTHS.length)], dice)));
      }
      default -> {
        return ofAvp(mutation, m, dice);
      }
    }
    return m;
  }

  private static byte[] ofAvp(Mutation mutation, byte[] m, SplittableRandom dice) {
    List<Integer> places = avps(m, Header.LENGTH, m.length, 0);
    if (places.isEmpty()) {
      return m;
    }
    int at = places.get(dice.nextInt(places.size()));
    var view = ByteBuffer.wrap(m);
    int length = view.getInt(at + 4) & 0xFFFFFF;
    int end = Math.min(m.length, at + (length + 3 & ~3));
    int data = Math.min(end, at + (m[at + 4] < 0 ? 12 : 8));
    switch (mutation) {
      case AVP_LENGTH, AVP_LENGTH_AGAIN -> putMedium(m, at + 5, length(length, dice));
      case AVP_FLAGS -> m[at + 4] = (byte) dice.nextInt(256);
      case AVP_CODE -> view.putInt(at, oneOf(CODES, dice, Integer.MAX_VALUE));
      case AVP_DATA -> fill(m, data, end, dice);
      case AVP_EMPTIED -> {
        putMedium(m, at + 5, data - at);
        return told(spliced(m, data, end, new byte[0]));
      }
      case AVP_LONG -> {
        byte[] text = random(dice.nextInt(2000) & ~3, dice);
        putMedium(m, at + 5, data - at + text.length);
        return told(spliced(m, data, end, text));
      }
      case AVP_DROPPED -> {
        return told(spliced(m, at, end, new byte[0]));
      }
      case AVP_REPEATED -> {
        byte[] avp = Arrays.copyOfRange(m, at, end);
        var many = new ByteArrayOutputStream();
        for (int i = REPEATS[dice.nextInt(REPEATS.length)]; i > 0; i--) {
          many.writeBytes(avp);
        }
        return told(spliced(m, end, end, many.toByteArray()));
      }
      case RESULT -> {
        if (end - data >= 4) {
          view.putInt(data, oneOf(RESULTS, dice, Integer.MAX_VALUE));
        }
      }
      default -> throw new IllegalStateException(mutation.name());
    }
    return m;
  }

  /** Groups within groups, the innermost with a few random bytes. */
  private static byte[] nested(int depth, SplittableRandom dice) {
    byte[] inside = random(4 * dice.nextInt(8), dice);
    var all = ByteBuffer.allocate(8 * depth + inside.length);
    for (int i = 0; i < depth; i++) {
      all.putInt(GROUPS[dice.nextInt(GROUPS.length)]).putInt(0x40 << 24 | all.remaining() + 4);
    }
    return all.put(inside).array();
  }

  /** Where AVPs begin, those inside what may be groups too. */
  private static List<Integer> avps(byte[] m, int from, int to, int depth) {
    var found = new ArrayList<Integer>();
    var view = ByteBuffer.wrap(m);
    int at = from;
    while (to - at >= 8) {
      int length = view.getInt(at + 4) & 0xFFFFFF;
      int header = m[at + 4] < 0 ? 12 : 8;
      if (length < header || length > to - at) {
        return depth == 0 ? found : List.of();
      }
      found.add(at);
      if (depth < 4) {
        found.addAll(avps(m, at + header, at + length, depth + 1));
      }
      at += length + 3 & ~3;
    }
    return at >= to || depth == 0 ? found : List.of();
  }

  private static int length(int actual, SplittableRandom dice) {
    int[] odd = {
      0,
      1,
      3,
      4,
      7,
      8,
      9,
      11,
      12,
      13,
      19,
      20,
      21,
      24,
      actual - 4,
      actual - 1,
      actual + 1,
      actual + 4,
      actual * 2,
      255,
      256,
      65_532,
      65_535,
      65_536,
      0x7FFFFF,
      0x800000,
      0xFFFFFC,
      0xFFFFFF
    };
    return oneOf(odd, dice, 1 << 24);
  }

  private static int oneOf(int[] values, SplittableRandom dice, int bound) {
    int i = dice.nextInt(values.length + 1);
    return i < values.length ? values[i] : dice.nextInt(bound);
  }

  private static byte[] told(byte[] m) {
    putMedium(m, LENGTH_AT, m.length);
    return m;
  }

  private static void putMedium(byte[] m, int at, int value) {
    for (int i = 0; i < 3 && at + i < m.length; i++) {
      m[at + i] = (byte) (value >> 8 * (2 - i));
    }
  }

  private static void fill(byte[] m, int from, int to, SplittableRandom dice) {
    byte[] random = random(Math.max(0, to - from), dice);
    System.arraycopy(random, 0, m, from, random.length);
  }

  private static byte[] random(int length, SplittableRandom dice) {
    byte[] bytes = new byte[length];
    dice.nextBytes(bytes);
    return bytes;
  }

  private static byte[] spliced(byte[] m, int from, int to, byte[] instead) {
    return concat(concat(Arrays.copyOf(m, from), instead), Arrays.copyOfRange(m, to, m.length));
  }

  static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
