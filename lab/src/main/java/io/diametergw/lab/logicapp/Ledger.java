package io.diametergw.lab.logicapp;

import java.util.Map;
import java.util.TreeMap;

/**
 * The books of a {@link SimulatedLogicApp}: where every request went that it sent.
 *
 * @param sent requests handed to a connection
 * @param answered requests that got an answer in time, with any code
 * @param byResultCode how many of {@code answered} carried which Result-Code
 * @param madeByPeer how many of {@code answered} the directly connected peer, that is the gateway,
 *     made itself: its Origin-Host and E
 * @param unanswered requests without an answer in time, or whose connection ended first
 * @param inFlight requests that still wait
 * @param duplicate second answers to a request
 * @param late first answers to a request that had been given up
 * @param foreign answers to a Hop-by-Hop Identifier that the connection never used, or not lately
 * @param mismatchedEndToEnd answers whose End-to-End Identifier is not their request's
 * @param mismatchedSession answers whose Session-Id is not their request's
 * @param corrupt answers with wrong header bits, another command or application, or AVPs that do
 *     not fill them
 * @param pushes requests received that a DRA started, and answered where that is switched on
 * @param misroutedPushes how many of them carried the Destination-Host of somebody else
 */
public record Ledger(
    long sent,
    long answered,
    Map<Integer, Long> byResultCode,
    long madeByPeer,
    long unanswered,
    long inFlight,
    long duplicate,
    long late,
    long foreign,
    long mismatchedEndToEnd,
    long mismatchedSession,
    long corrupt,
    long pushes,
    long misroutedPushes) {
  public Ledger {
    byResultCode = Map.copyOf(byResultCode);
  }

  /** Answers that carried this Result-Code. */
  public long answered(int resultCode) {
    return byResultCode.getOrDefault(resultCode, 0L);
  }

  /** Whether every request is accounted for. */
  public boolean balances() {
    return sent == answered + unanswered + inFlight;
  }

  /** Whether every request got exactly one answer and nothing else came. */
  public boolean isClean() {
    return balances() && unanswered == 0 && inFlight == 0 && wrong() == 0;
  }

  /** Answers that should not have come, or not so. */
  public long wrong() {
    return duplicate
        + late
        + foreign
        + mismatchedEndToEnd
        + mismatchedSession
        + corrupt
        + misroutedPushes;
  }

  /** One line, codes in order, what is zero left out. */
  @Override
  public String toString() {
    var text =
        new StringBuilder(
            "sent " + sent + ", answered " + answered + " " + new TreeMap<>(byResultCode));
    append(text, "made by peer", madeByPeer);
    append(text, "unanswered", unanswered);
    append(text, "in flight", inFlight);
    append(text, "duplicate", duplicate);
    append(text, "late", late);
    append(text, "foreign", foreign);
    append(text, "mismatched End-to-End", mismatchedEndToEnd);
    append(text, "mismatched Session-Id", mismatchedSession);
    append(text, "corrupt", corrupt);
    append(text, "pushes", pushes);
    append(text, "misrouted pushes", misroutedPushes);
    return balances() ? text.toString() : text.append(", DOES NOT BALANCE").toString();
  }

  private static void append(StringBuilder text, String name, long value) {
    if (value != 0) {
      text.append(", ").append(name).append(' ').append(value);
    }
  }
}
