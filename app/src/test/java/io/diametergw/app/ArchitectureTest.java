package io.diametergw.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.MonitorInstruction;
import java.time.Clock;
import java.time.temporal.Temporal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The drawing of the packages, and what no class of ours may do. */
class ArchitectureTest {
  private static final String ROOT = "io.diametergw";

  /**
   * The drawing: each package, and those of ours that it may use. What lies below a package and is
   * not named here belongs to it. The dictionary is for people: nothing on the way of a message may
   * use it, save the log of messages ({@link #MESSAGE_LOG}).
   */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("wire", Set.of()),
          Map.entry("wire.dictionary", Set.of("wire")),
          Map.entry("peer", Set.of("wire")),
          Map.entry("lab", Set.of("wire", "wire.dictionary")),
          Map.entry("gateway.config", Set.of("wire", "peer")),
          Map.entry("gateway.metrics", Set.of()),
          Map.entry("gateway.routing", Set.of("wire", "peer", "gateway.config", "gateway.metrics")),
          Map.entry(
              "gateway.proxy",
              Set.of("wire", "peer", "gateway.config", "gateway.metrics", "gateway.routing")),
          Map.entry(
              "gateway",
              Set.of(
                  "wire",
                  "wire.dictionary",
                  "peer",
                  "gateway.config",
                  "gateway.metrics",
                  "gateway.routing",
                  "gateway.proxy")),
          Map.entry(
              "app",
              Set.of(
                  "wire",
                  "wire.dictionary",
                  "peer",
                  "lab",
                  "gateway",
                  "gateway.config",
                  "gateway.metrics")));

  private static final String MESSAGE_LOG = "MessageLog";

  /** Endings that say nothing about what a class is for. */
  private static final List<String> EMPTY_WORDS =
      List.of("Impl", "Manager", "Helper", "Util", "Utils");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @Test
  void everyPackageOfTheDrawingWasSeenAndNoOther() {
    var seen = new TreeSet<String>();
    for (JavaClass type : CLASSES) {
      if (!type.getSimpleName().equals("package-info")) {
        seen.add(placeOf(type));
      }
    }

    assertThat(seen).isEqualTo(MAY_USE.keySet());
  }

  @Test
  void arrowsPointDownOnly() {
    noClasses().should(useWhatTheDrawingForbids()).check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void noNameEndsInAWordThatSaysNothing() {
    var named =
        DescribedPredicate.describe(
            "have a name that ends in one of " + EMPTY_WORDS,
            (JavaClass type) -> EMPTY_WORDS.stream().anyMatch(type.getSimpleName()::endsWith));

    noClasses().should(ArchCondition.from(named)).check(CLASSES);
  }

  @Test
  void publicMethodsAreNotNamedGetOrSet() {
    var ours =
        DescribedPredicate.describe(
            "are declared by us first", (JavaMethod method) -> !overrides(method));

    methods()
        .that()
        .arePublic()
        .and(ours)
        .should()
        .haveNameNotMatching("(get|set)[A-Z].*")
        .check(CLASSES);
  }

  @Test
  void onlyTheAppWritesToTheTerminal() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".app..")
        .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
        .check(CLASSES);
  }

  @Test
  void nothingLogsThroughJavaUtilLogging() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.logging..")
        .check(CLASSES);
  }

  @Test
  void theProxyHasNoLocks() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".gateway.proxy..")
        .should(lockAnything())
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.util.concurrent.locks..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(ConcurrentMap.class)
        .check(CLASSES);
  }

  /**
   * Somebody may set the clock: what lasts must not depend on it. Identifiers may begin with it.
   */
  @Test
  @DisplayName("CONF-DW-22 nothing that keeps time asks for the time of day")
  void timersAreMonotonic() {
    var identifiers = Set.of("LocalNode", "EndToEndIds");
    var keepTime =
        DescribedPredicate.describe(
            "keep time", (JavaClass type) -> !identifiers.contains(type.getSimpleName()));

    noClasses()
        .that()
        .resideInAnyPackage(
            ROOT + ".peer..",
            ROOT + ".gateway",
            ROOT + ".gateway.proxy..",
            ROOT + ".gateway.routing..")
        .and(keepTime)
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Temporal.class)
        .check(CLASSES);
  }

  private static ArchCondition<JavaClass> useWhatTheDrawingForbids() {
    return new ArchCondition<>("use what the drawing forbids") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        String from = placeOf(type);
        for (var dependency : type.getDirectDependenciesFromSelf()) {
          JavaClass target = dependency.getTargetClass().getBaseComponentType();
          if (target.getPackageName().startsWith(ROOT)) {
            String to = placeOf(target);
            boolean allowed =
                from.equals(to)
                    || MAY_USE.getOrDefault(from, Set.of()).contains(to)
                    || (to.equals("wire.dictionary") && isMessageLog(type));
            events.add(new SimpleConditionEvent(type, !allowed, dependency.getDescription()));
          }
        }
      }
    };
  }

  private static boolean isMessageLog(JavaClass type) {
    var outermost = type;
    while (outermost.getEnclosingClass().isPresent()) {
      outermost = outermost.getEnclosingClass().get();
    }
    return outermost.getSimpleName().endsWith(MESSAGE_LOG);
  }

  /**
   * Where in the drawing a class is: the longest name in it that holds the class's package, else
   * the package itself.
   */
  private static String placeOf(JavaClass type) {
    String name =
        type.getPackageName().equals(ROOT)
            ? ""
            : type.getPackageName().substring(ROOT.length() + 1);
    for (String at = name; !at.isEmpty(); at = at.substring(0, Math.max(0, at.lastIndexOf('.')))) {
      boolean closed =
          at.equals("gateway") || at.equals("wire"); // below these a new package is a decision
      if (MAY_USE.containsKey(at) && (at.equals(name) || !closed)) {
        return at;
      }
    }
    return name;
  }

  private static boolean overrides(JavaMethod method) {
    return Stream.of(
            method.getOwner().getAllRawSuperclasses(), method.getOwner().getAllRawInterfaces())
        .flatMap(Collection::stream)
        .anyMatch(parent ->
            parent.getMethods().stream()
                .anyMatch(its ->
                    its.getName().equals(method.getName())
                        && its.getRawParameterTypes().size()
                            == method.getRawParameterTypes().size()));
  }

  /**
   * Finds synchronized methods, and in the bytecode synchronized blocks, which ArchUnit does not
   * see.
   */
  private static ArchCondition<JavaClass> lockAnything() {
    return new ArchCondition<>("synchronize") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (var method : type.getMethods()) {
          if (method.getModifiers().contains(JavaModifier.SYNCHRONIZED)) {
            events.add(
                SimpleConditionEvent.satisfied(type, method.getDescription() + " is synchronized"));
          }
        }
        for (var method : ClassFile.of().parse(bytesOf(type)).methods()) {
          boolean locks =
              method.code().stream()
                  .flatMap(code -> code.elementStream())
                  .anyMatch(element -> element instanceof MonitorInstruction);
          if (locks) {
            String name = type.getName() + "." + method.methodName().stringValue();
            events.add(SimpleConditionEvent.satisfied(type, name + " has a synchronized block"));
          }
        }
      }
    };
  }

  private static byte[] bytesOf(JavaClass type) {
    try (InputStream in = type.getSource().orElseThrow().getUri().toURL().openStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the class file of " + type.getName(), e);
    }
  }
}
