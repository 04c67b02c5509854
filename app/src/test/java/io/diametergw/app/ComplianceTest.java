package io.diametergw.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.Conformance.Open;
import io.diametergw.app.Conformance.Section;
import io.diametergw.app.Conformance.Statement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every statement of the gateway's conformance has a test or a reason why it has none, and {@code
 * docs/compliance.md} says so.
 */
class ComplianceTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PAGE = ROOT.resolve("docs/compliance.md");
  private static final String WRITE = "compliance.write";
  private static final int MAX_TEXT = 90;
  private static final List<String> LEVELS = List.of("MUST", "SHOULD", "MAY", "ours");

  private final Conformance conformance = Conformance.read();
  private final Map<String, List<String>> tests = StatementTests.find(ROOT);

  ComplianceTest() throws IOException {}

  private Set<String> ids() {
    return conformance.statements().stream()
        .map(Statement::id)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyStatementHasATestOrAReason() {
    var without = ids();
    without.removeAll(tests.keySet());

    assertThat(without)
        .as("statements without a test; whole in open.tsv")
        .isEqualTo(
            conformance.open().stream()
                .filter(Open::isWhole)
                .map(Open::id)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void whatIsOpenInPartIsTestedInPart() {
    assertThat(conformance.open())
        .filteredOn(open -> !open.isWhole())
        .allSatisfy(open -> assertThat(tests).containsKey(open.id()));
  }

  @Test
  void everyIdIsKnown() {
    assertThat(tests.keySet()).as("ids in @DisplayName").isSubsetOf(ids());
    assertThat(conformance.open()).extracting(Open::id).isSubsetOf(ids());
  }

  @Test
  void statementsAreWellFormed() {
    assertThat(conformance.statements())
        .extracting(Statement::id)
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("CONF-[A-Z]+-\\d\\d"));
    assertThat(conformance.statements())
        .allSatisfy(statement -> {
          assertThat(statement.level()).isIn(LEVELS);
          assertThat(statement.text()).endsWith(".").hasSizeLessThanOrEqualTo(MAX_TEXT);
        });
    assertThat(conformance.open()).extracting(Open::id).doesNotHaveDuplicates();
  }

  @Test
  void everySectionIsListedAndThoseWithoutStatementsSayWhy() {
    var listed = conformance.sections().stream().map(Section::reference).toList();
    var cited = new HashSet<Conformance.Reference>();
    conformance.statements().forEach(statement -> cited.addAll(statement.sections()));

    assertThat(listed).doesNotHaveDuplicates().containsAll(cited);
    assertThat(conformance.sections())
        .allSatisfy(section -> {
          if (cited.contains(section.reference())) {
            assertThat(section.without()).isEmpty();
          } else {
            assertThat(section.without()).matches("(–|NC) .+");
          }
        });
  }

  @Test
  void idsMayBeShortened() {
    assertThat(StatementTests.ids("CONF-AB-06..08, -11 -13: CONF-CD-02 x -03"))
        .containsExactly(
            "CONF-AB-06", "CONF-AB-07", "CONF-AB-08", "CONF-AB-11", "CONF-AB-13", "CONF-CD-02");
  }

  @Test
  void pageIsUpToDate() throws IOException {
    String page = new CompliancePage(conformance, tests).text();
    if (System.getProperty(WRITE) != null) {
      Files.writeString(PAGE, page);
    }

    assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
        .as("docs/compliance.md; renew it: mvn verify -pl app -am -Dtest=ComplianceTest -D" + WRITE)
        .isEqualTo(page);
  }
}
