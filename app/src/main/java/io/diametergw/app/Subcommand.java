package io.diametergw.app;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;

/**
 * One of the programs beside the gateway.
 *
 * @param name the first word of the command line
 * @param summary what it is for, in one line
 * @param action what it does
 */
record Subcommand(String name, String summary, Action action) {
  /** A program of its own, up to its exit code. */
  @FunctionalInterface
  interface Action {
    int run(List<String> args, InputStream in, PrintStream out, PrintStream err);
  }
}
