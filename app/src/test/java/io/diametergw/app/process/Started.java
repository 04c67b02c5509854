package io.diametergw.app.process;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What a test has started: it ends with the test, and also when this JVM is told to stop. */
public final class Started {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>(); // guarded by this
  private final Thread hook = new Thread(this::closeAll, "end of what a test started");

  public Started() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Closes {@code what} at the end, before what was owned earlier. */
  public synchronized <T extends AutoCloseable> T own(T what) {
    owned.push(what);
    return what;
  }

  /** Ends everything, whatever fails; the first failure. */
  public @Nullable Throwable end() {
    var first = closeAll();
    Runtime.getRuntime().removeShutdownHook(hook);
    return first;
  }

  private synchronized @Nullable Throwable closeAll() {
    Throwable first = null;
    for (var next = owned.poll(); next != null; next = owned.poll()) {
      try {
        next.close();
      } catch (Exception | AssertionError e) {
        first = first == null ? e : first;
      }
    }
    return first;
  }
}
