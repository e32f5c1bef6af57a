package dev.outrider.proxywasm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The direction rules of this library. A rule that must give way changes here, in the commit that
/// needs it, with its reason.
class LibraryArchitectureTest {
  private static final String ROOT = "dev.outrider.proxywasm";
  private static final Path CLASS_FILES = Path.of("target", "classes");
  private static final JavaClasses MAIN = new ClassFileImporter().importPath(CLASS_FILES);

  private static final Set<String> TOO_BROAD =
      Set.of(
          "java.lang.Throwable",
          "java.lang.Exception",
          "java.lang.RuntimeException",
          "java.lang.Error");

  @Test
  void packagesDependDownwardsOnly() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage(ROOT + "..")
        .layer("api")
        .definedBy(ROOT)
        .layer("imports")
        .definedBy(ROOT + ".imports")
        .layer("guest")
        .definedBy(ROOT + ".guest")
        .layer("engine")
        .definedBy(ROOT + ".engine")
        .layer("shared")
        .definedBy(ROOT + ".shared")
        .layer("host")
        .definedBy(ROOT + ".host")
        .whereLayer("api")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("imports")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("guest")
        .mayOnlyBeAccessedByLayers("api", "imports")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("api", "imports", "guest")
        .whereLayer("shared")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("host")
        .mayNotAccessAnyLayer()
        .because("host functions are tested without a VM, and the engine can be replaced")
        .check(MAIN);
  }

  @Test
  void packagesHaveNoCycles() {
    slices()
        .matching(ROOT + ".(*)..")
        .should()
        .beFreeOfCycles()
        .because("a cycle is one package with two names")
        .check(MAIN);
  }

  @Test
  void theWasmEngineIsKnownToOnePackage() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".engine")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("run.endive..", "org.objectweb..")
        .because("another engine must fit in its place")
        .check(MAIN);
  }

  @Test
  void nothingOfTheProxyIsKnown() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.netty..", "com.google..", "io.grpc..", "org.slf4j..", "dev.outrider.proxy..")
        .because("strangers embed this library")
        .check(MAIN);
  }

  @Test
  void hostFunctionsCatchNothingBroad() {
    classes()
        .that()
        .resideInAnyPackage(ROOT + ".imports", ROOT + ".guest")
        .should(catchNothingBroad())
        .because("a guest that was stopped at its deadline must not be kept alive on the way out")
        .check(MAIN);
  }

  @Test
  void locksAreTakenInSharedStoresAndTheWatchdogOnly() throws IOException {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".shared")
        .and()
        .doNotHaveSimpleName("GuestWatchdog")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.concurrent.locks")
        .because("a guest thread never waits for another")
        .check(MAIN);
    try (var files = Files.walk(CLASS_FILES)) {
      var offenders =
          files
              .filter(file -> file.toString().endsWith(".class"))
              .filter(file -> !file.toString().contains("/shared/"))
              .filter(file -> !file.toString().contains("GuestWatchdog"))
              .filter(LibraryArchitectureTest::synchronizes)
              .toList();
      assertThat(offenders).as("classes with synchronized").isEmpty();
    }
  }

  @Test
  void namesSayWhatAThingIs() {
    noClasses()
        .that()
        .areTopLevelClasses()
        .should()
        .haveNameMatching(".*(Utils?|Helpers?|Manager|Impl|[0-9])$")
        .because("the name is where a newcomer looks first")
        .check(MAIN);
  }

  private static ArchCondition<JavaClass> catchNothingBroad() {
    return new ArchCondition<>("catch nothing broad") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getCodeUnits().stream()
            .filter(LibraryArchitectureTest::catchesBroadly)
            .forEach(
                unit ->
                    events.add(
                        SimpleConditionEvent.violated(
                            unit, unit.getDescription() + " catches too much")));
      }
    };
  }

  private static boolean catchesBroadly(JavaCodeUnit unit) {
    return unit.getTryCatchBlocks().stream()
        .flatMap(block -> block.getCaughtThrowables().stream())
        .anyMatch(caught -> TOO_BROAD.contains(caught.getName()));
  }

  private static boolean synchronizes(Path file) {
    try {
      var model = ClassFile.of().parse(file);
      return hasSynchronizedMethod(model) || hasSynchronizedBlock(model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean hasSynchronizedMethod(ClassModel model) {
    return model.methods().stream().anyMatch(method -> method.flags().has(AccessFlag.SYNCHRONIZED));
  }

  private static boolean hasSynchronizedBlock(ClassModel model) {
    return model.methods().stream()
        .flatMap(method -> method.code().stream())
        .flatMap(code -> code.elementStream().map(CodeElement.class::cast))
        .anyMatch(MonitorInstruction.class::isInstance);
  }
}
