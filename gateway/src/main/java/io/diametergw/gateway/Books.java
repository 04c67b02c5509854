package io.diametergw.gateway;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that every request is accounted for ({@link GatewayStats#unaccounted}), and logs an error
 * when one is not. Confined to one thread.
 *
 * <p>With several event loops a request may be between two of them whenever somebody looks; only
 * what is missing at every look of a while is missing.
 */
final class Books {
  private static final Logger LOG = LoggerFactory.getLogger(Books.class);
  private static final int LOOKS_AT_SEVERAL_LOOPS = 30;

  private final int looks;
  private int looked;
  private long least = Long.MAX_VALUE; // of this while
  private long told;

  Books(int eventLoops) {
    this.looks = eventLoops == 1 ? 1 : LOOKS_AT_SEVERAL_LOOPS;
  }

  /** Takes note of how many are missing at this moment; below 0: answered more than once. */
  void look(long unaccounted) {
    if (Math.abs(unaccounted) < Math.abs(least)) {
      least = unaccounted;
    }
    if (++looked == looks) {
      if (least != told) {
        tell(least);
      }
      told = least;
      looked = 0;
      least = Long.MAX_VALUE;
    }
  }

  /** The books as they are when nothing moves any more. */
  static void tell(long unaccounted) {
    if (unaccounted != 0) {
      LOG.error("the books do not balance: {} requests are unaccounted for", unaccounted);
    }
  }
}
