package io.diametergw.app;

import io.diametergw.app.Conformance.Open;
import io.diametergw.app.Conformance.Reference;
import io.diametergw.app.Conformance.Section;
import io.diametergw.app.Conformance.Statement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes {@code docs/compliance.md}: what of which RFC holds, and the test that shows it. */
final class CompliancePage {
  private static final Map<String, String> RFCS = new LinkedHashMap<>();
  private static final Map<String, String> TOPICS = new LinkedHashMap<>();

  static {
    RFCS.put("6733", "Diameter Base Protocol");
    RFCS.put("3539", "AAA Transport Profile");
    RFCS.put("7683", "Overload Indication Conveyance");
    RFCS.put("8581", "Agent Overload and the Peer Overload Report");
    RFCS.put("7944", "Routing Message Priority");
    RFCS.put("8583", "Load Information Conveyance");
    RFCS.put("7075", "Realm-Based Redirection");
    RFCS.put("8506", "Credit-Control Application");
    TOPICS.put("HDR", "Header and framing");
    TOPICS.put("AVP", "AVPs");
    TOPICS.put("CER", "Capabilities exchange with Logic Apps");
    TOPICS.put("INI", "Capabilities exchange with DRAs");
    TOPICS.put("DW", "Watchdog");
    TOPICS.put("DP", "Disconnect");
    TOPICS.put("RTE", "Requests");
    TOPICS.put("ANS", "Answers");
    TOPICS.put("ERR", "The gateway's own errors");
    TOPICS.put("FO", "Failover");
    TOPICS.put("RED", "Redirects");
    TOPICS.put("SRV", "Requests of DRAs");
    TOPICS.put("EXT", "Extensions");
    TOPICS.put("TLS", "TLS");
  }

  private final Conformance conformance;
  private final Map<String, List<String>> tests;
  private final StringBuilder page = new StringBuilder();

  CompliancePage(Conformance conformance, Map<String, List<String>> tests) {
    this.conformance = conformance;
    this.tests = tests;
  }

  /** The whole page. */
  String text() {
    line("# Compliance");
    line("");
    line(
        "What the gateway does of the RFCs, from the tests that show it. `ComplianceTest` writes"
            + " this page; after a change of tests or statements:");
    line("");
    line("    mvn verify -pl app -am -Dtest=ComplianceTest -Dcompliance.write");
    line("");
    line(summary());
    line(
        "C: every statement about the section is tested. PC: part of it is open. NC: not there. –:"
            + " nothing for a relay to do.");
    RFCS.forEach(this::rfc);
    ours();
    line("");
    line("## Statements and their tests");
    TOPICS.forEach(this::topic);
    open();
    deviations();
    return page.toString();
  }

  private void line(String text) {
    page.append(text).append('\n');
  }

  private String summary() {
    long open = conformance.open().stream().filter(Open::isWhole).count();
    long inPart = conformance.open().size() - open;
    int all = conformance.statements().size();
    return "%d statements: %d tested, %d of them in part; %d open."
        .formatted(all, all - open, inPart, open);
  }

  private void rfc(String number, String title) {
    line("");
    line("## RFC %s, %s".formatted(number, title));
    line("");
    line("| section | about | | statements |");
    line("|---|---|---|---|");
    for (Section section : conformance.sections()) {
      if (section.reference().rfc().equals(number)) {
        section(section);
      }
    }
  }

  private void section(Section section) {
    var about = about(section.reference());
    String name = section.reference().section().isEmpty() ? "all" : section.reference().section();
    if (about.isEmpty()) {
      String[] mark = section.without().split(" ", 2);
      line("| %s | %s | %s | %s |".formatted(name, section.title(), mark[0], mark[1]));
    } else {
      line("| %s | %s | %s | %s |".formatted(name, section.title(), mark(about), ids(about)));
    }
  }

  List<Statement> about(Reference section) {
    return conformance.statements().stream().filter(s -> s.sections().contains(section)).toList();
  }

  private void ours() {
    line("");
    line("## Where the RFCs leave it open");
    line("");
    line("| about | | statements |");
    line("|---|---|---|");
    TOPICS.forEach((topic, title) -> {
      var about =
          conformance.statements().stream()
              .filter(s -> s.topic().equals(topic) && s.sections().isEmpty())
              .toList();
      if (!about.isEmpty()) {
        line("| %s | %s | %s |".formatted(title, mark(about), ids(about)));
      }
    });
  }

  private void topic(String topic, String title) {
    line("");
    line("### " + title);
    line("");
    line("| id | level | statement | tests |");
    line("|---|---|---|---|");
    for (Statement statement : conformance.statements()) {
      if (statement.topic().equals(topic)) {
        String shown =
            tests.getOrDefault(statement.id(), List.of()).stream()
                .map(test -> "`" + test + "`")
                .collect(Collectors.joining(", "));
        line(
            "| %s | %s | %s | %s |"
                .formatted(
                    statement.id(),
                    statement.level(),
                    statement.text(),
                    shown.isEmpty() ? "[open](#open)" : shown));
      }
    }
  }

  private void open() {
    line("");
    line("## Open");
    line("");
    line("| id | what | why |");
    line("|---|---|---|");
    Map<String, String> texts =
        conformance.statements().stream().collect(Collectors.toMap(Statement::id, Statement::text));
    for (Open open : conformance.open()) {
      String what = open.isWhole() ? texts.get(open.id()) : "in part: " + open.part();
      line("| %s | %s | %s |".formatted(open.id(), what, open.reason()));
    }
  }

  private void deviations() {
    line("");
    line("## Deviations");
    line("");
    line("| what | section | why |");
    line("|---|---|---|");
    conformance
        .deviations()
        .forEach(d -> line("| %s | %s | %s |".formatted(d.what(), d.section(), d.reason())));
  }

  private String mark(Collection<Statement> statements) {
    var open = conformance.open();
    long missing =
        statements.stream()
            .filter(s -> open.stream().anyMatch(o -> o.isWhole() && o.id().equals(s.id())))
            .count();
    if (missing == statements.size()) {
      return "NC";
    }
    return statements.stream().anyMatch(s -> open.stream().anyMatch(o -> o.id().equals(s.id())))
        ? "PC"
        : "C";
  }

  private static String ids(Collection<Statement> statements) {
    return statements.stream()
        .map(s -> s.id().substring("CONF-".length()))
        .collect(Collectors.joining(", "));
  }
}
