package io.diametergw.lab.load;

/**
 * Hears what becomes of each request of a {@link Load}, warm-up too. Called while the request's
 * connection is locked, by one thread of each connection: it has to be quick.
 */
public interface LoadListener {
  /** Hears nothing. */
  LoadListener NONE =
      new LoadListener() {
        @Override
        public void answered(long dueNanos, long nowNanos, int resultCode) {}

        @Override
        public void lost(long dueNanos, long nowNanos) {}
      };

  /** A request that was due then got its first answer, in time; 0 stands for no Result-Code. */
  void answered(long dueNanos, long nowNanos, int resultCode);

  /** A request that was due then was given up, or could not be sent. */
  void lost(long dueNanos, long nowNanos);
}
