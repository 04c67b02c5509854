package io.diametergw.gateway;

/**
 * How a graceful shutdown went.
 *
 * @param drained requests that were in flight when it began and got their answer
 * @param lost requests that were still in flight when {@code drain-timeout} ended
 * @param millis how long it took
 */
public record DrainReport(long drained, long lost, long millis) {
  @Override
  public String toString() {
    return "drained " + drained + ", lost " + lost + " in " + millis + " ms";
  }
}
