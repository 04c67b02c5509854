package io.diametergw.lab.load;

import io.diametergw.lab.LabApplication;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * What a {@link Load} does.
 *
 * @param connections Logic Apps, each with a connection and an Origin-Host of its own
 * @param pace how requests follow one another
 * @param warmup time before {@code duration} whose latencies are not measured
 * @param sizeBytes requests are filled up to at least this many bytes; 0 leaves them as they are
 * @param answerTimeout after which a request is lost
 */
public record LoadPlan(
    InetSocketAddress target,
    int connections,
    Pace pace,
    Duration duration,
    Duration warmup,
    LabApplication application,
    int sizeBytes,
    String originHost,
    String originRealm,
    String destinationRealm,
    Duration answerTimeout) {

  /** How requests follow one another. */
  public sealed interface Pace {
    /**
     * Closed loop: so many requests in flight on each connection; an answer makes room for the next
     * request.
     */
    record Window(int perConnection) implements Pace {
      public Window {
        require(
            perConnection >= 1 && perConnection <= 1 << 16, "window", "1 to 65536", perConnection);
      }
    }

    /** Open loop: so many requests a second over all connections, whether answers come or not. */
    record Rate(double perSecond) implements Pace {
      public Rate {
        require(perSecond > 0, "rate", "> 0", perSecond);
      }
    }
  }

  public LoadPlan {
    require(connections >= 1 && connections <= 10_000, "connections", "1 to 10000", connections);
    require(duration.isPositive(), "duration", "> 0", duration);
    require(!warmup.isNegative(), "warmup", ">= 0", warmup);
    require(sizeBytes >= 0 && sizeBytes <= 1 << 20, "size", "0 to 1048576", sizeBytes);
    require(answerTimeout.isPositive(), "answer timeout", "> 0", answerTimeout);
  }

  /** One connection of {@code app%d.example.com}, measured for ten seconds after one of warm-up. */
  public static LoadPlan to(InetSocketAddress target, Pace pace) {
    return new LoadPlan(
        target,
        1,
        pace,
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        LabApplication.GY,
        0,
        "app%d.example.com",
        "example.com",
        "example.com",
        Duration.ofSeconds(5));
  }

  /** The same over that many connections. */
  public LoadPlan connections(int n) {
    return new LoadPlan(
        target,
        n,
        pace,
        duration,
        warmup,
        application,
        sizeBytes,
        originHost,
        originRealm,
        destinationRealm,
        answerTimeout);
  }

  /** The same for another time. */
  public LoadPlan lasting(Duration warmup, Duration duration) {
    return new LoadPlan(
        target,
        connections,
        pace,
        duration,
        warmup,
        application,
        sizeBytes,
        originHost,
        originRealm,
        destinationRealm,
        answerTimeout);
  }

  /** The same with requests of another application, filled up to {@code sizeBytes}. */
  public LoadPlan asking(LabApplication application, int sizeBytes) {
    return new LoadPlan(
        target,
        connections,
        pace,
        duration,
        warmup,
        application,
        sizeBytes,
        originHost,
        originRealm,
        destinationRealm,
        answerTimeout);
  }

  /**
   * The same from other identities, {@code %d} being the number of the connection, to another
   * realm.
   */
  public LoadPlan from(String originHost, String originRealm, String destinationRealm) {
    return new LoadPlan(
        target,
        connections,
        pace,
        duration,
        warmup,
        application,
        sizeBytes,
        originHost,
        originRealm,
        destinationRealm,
        answerTimeout);
  }

  /** The same with another patience. */
  public LoadPlan answerTimeout(Duration answerTimeout) {
    return new LoadPlan(
        target,
        connections,
        pace,
        duration,
        warmup,
        application,
        sizeBytes,
        originHost,
        originRealm,
        destinationRealm,
        answerTimeout);
  }

  private static void require(boolean met, String name, String allowed, Object value) {
    if (!met) {
      throw new IllegalArgumentException("expected " + name + " " + allowed + " but was " + value);
    }
  }
}
