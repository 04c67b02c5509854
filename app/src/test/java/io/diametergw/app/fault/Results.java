package io.diametergw.app.fault;

import io.diametergw.app.process.ResultsTable;

/** The table of what all scenarios measured, {@code target/faults/results.md}: a row each. */
final class Results {
  static final ResultsTable TABLE =
      new ResultsTable("faults", "id", "scenario", "goal", "measured");

  private Results() {}

  /** Replaces the row of that scenario, and says it on the standard output. */
  static void write(Scenario scenario, String measured) {
    System.out.printf("%s  goal: %s  measured: %s%n", scenario.id(), scenario.goal(), measured);
    TABLE.write(scenario.id(), scenario.what(), scenario.goal(), measured);
  }
}
