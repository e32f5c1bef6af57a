package dev.outrider.proxy;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.joining;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The direction rules of the house. A rule that must give way changes here, in the commit that
/// needs it, with its reason.
class ArchitectureTest {
  private static final String ROOT = "dev.outrider.proxy.";

  /// Lowest floor first. A package sees lower floors only; packages of one floor do not see each
  /// other.
  private static final List<Set<String>> FLOORS =
      List.of(
          Set.of("loop", "metrics", "error"),
          Set.of("http", "runtime", "overload"),
          Set.of("tls"), // a cluster's record says with what its connections are secured
          Set.of("cluster"),
          Set.of("stream", "http2", "dns"),
          Set.of("attributes"),
          Set.of("routing", "listener", "loadbalancing", "outlier", "expression"),
          Set.of("upstream"),
          Set.of("filter", "health"),
          Set.of("config", "extension"),
          Set.of("rbac"), // the rules that filters of connections and of requests share
          Set.of(
              "xds",
              "wasm",
              "filters",
              "network",
              "router",
              "pipeline",
              "accesslog",
              "statsinks",
              "tracing"),
          Set.of("downstream"),
          Set.of("worker"),
          Set.of("admin"),
          Set.of("server"),
          Set.of("controlplane"),
          Set.of("demo"),
          Set.of("cli"));

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.outrider.proxy");

  @Test
  void packagesDependOnLowerFloorsOnly() {
    classes()
        .should(dependOnLowerFloorsOnly())
        .because(
            "a newcomer reads the house floor by floor; an arrow back up would tie two subjects"
                + " into one")
        .check(MAIN);
  }

  @Test
  void packagesFormNoCycle() {
    slices()
        .matching(ROOT + "(**)")
        .should()
        .beFreeOfCycles()
        .because("packages that need each other are one package")
        .check(MAIN);
  }

  @Test
  void generatedMessagesStayOnTheControlPath() {
    noClasses()
        .that()
        .resideInAnyPackage(
            floors(
                "loop",
                "error",
                "metrics",
                "http",
                "http2",
                "cluster",
                "stream",
                "loadbalancing",
                "routing",
                "filter",
                "config",
                "router",
                "downstream",
                "worker"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.google.protobuf..",
            "io.envoyproxy..",
            "io.opentelemetry..",
            "io.prometheus..",
            "com.github.xds..",
            "com.github.udpa..")
        .because(
            "configuration is parsed once into records; messages on the data path cost memory and"
                + " start-up")
        .check(MAIN);
  }

  @Test
  void celIsLoadedByExpressionsOnly() {
    noClasses()
        .that(
            are(
                not(
                    resideInAnyPackage(
                        "dev.outrider.proxy.wasm.foreign", "dev.outrider.proxy.expression"))))
        .or()
        .haveSimpleName("EnvoyFunctions")
        .or()
        .haveSimpleName("ExpressionFunctions")
        .or()
        .haveSimpleName("ForeignState")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cel..")
        .because("a thousand classes that most guests never need must not be loaded at the start")
        .check(MAIN);
  }

  @Test
  void grpcStaysInItsTransports() {
    noClasses()
        .that(are(not(resideInAnyPackage(floors("xds", "controlplane")))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.grpc..")
        .because("calls for filters and guests go through our own client on the stream's loop")
        .check(MAIN);
  }

  @Test
  void channelsStayAtTheEdges() {
    noClasses()
        .that(
            are(
                not(
                    resideInAnyPackage(
                        floors(
                            "downstream",
                            "upstream",
                            "dns",
                            "worker",
                            "server",
                            "admin",
                            "xds",
                            "controlplane",
                            "demo")))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.channel..")
        .because("only the edges know sockets; everything between them can run in memory")
        .check(MAIN);
  }

  @Test
  void buffersStayWhereBodiesAre() {
    noClasses()
        .that(
            are(
                not(
                    resideInAnyPackage(
                        floors(
                            "downstream",
                            "upstream",
                            "worker",
                            "server",
                            "admin",
                            "xds",
                            "controlplane",
                            "demo",
                            "http",
                            "http2",
                            "filter",
                            "router",
                            "wasm",
                            "network",
                            "accesslog",
                            "health", // answers to checks
                            "tls"))))) // an engine is made with an allocator
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.buffer..")
        .because("whoever sees a buffer must release it, so few may see one")
        .check(MAIN);
  }

  @Test
  void theWasmLibraryIsUsedByItsAdapterOnly() {
    noClasses()
        .that(are(not(resideInAnyPackage(floors("wasm", "cli")))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.outrider.proxywasm..")
        .because("another host of filters must fit behind the same contract")
        .check(MAIN);
  }

  @Test
  void snapshotPartsAreImmutable() {
    classes()
        .that()
        .resideInAnyPackage(floors("config", "cluster", "routing", "listener"))
        .and()
        .doNotHaveSimpleName("package-info")
        .should(beImmutableByShape())
        .because("a snapshot is shared by all workers without a lock")
        .check(MAIN);
  }

  @Test
  void locksStayOffTheRequestPath() {
    noClasses()
        .that(are(not(resideInAnyPackage(floors("metrics", "server")))))
        .and()
        .doNotHaveFullyQualifiedName(ROOT + "wasm.ModuleCache")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.concurrent.locks..")
        .orShould(haveSynchronizedMethods())
        .because("one owner per object; what threads share is an atomic or a message")
        .check(MAIN);
  }

  @Test
  void nothingBlocksALoop() {
    noClasses()
        .that(are(not(resideInAnyPackage(floors("cli", "demo", "controlplane", "server")))))
        .and(are(not(runsInTheBackground())))
        .should(callABlockingMethod())
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.file.Files")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.FileInputStream")
        .because("one blocked loop stalls every connection it owns")
        .check(MAIN);
  }

  @Test
  void loggersAreNamedAfterComponents() {
    noClasses()
        .should()
        .callMethod(org.slf4j.LoggerFactory.class, "getLogger", Class.class)
        .because("a component's name, as in Envoy, is what --component-log-level takes")
        .check(MAIN);
  }

  @Test
  void timeComesFromTheLoop() {
    noClasses()
        .that(are(not(resideInAPackage(ROOT + "loop.."))))
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .because("time is paused in tests")
        .check(MAIN);
  }

  @Test
  void namesSayWhatAThingIs() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Helpers")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveNameMatching(".*\\.Abstract\\w*Base")
        .orShould()
        .haveNameMatching(".*[A-Za-z]\\d")
        .because("such names say how a class was made, not what it is")
        .check(MAIN);
  }

  private static String[] floors(String... names) {
    return Stream.of(names).map(name -> ROOT + name + "..").toArray(String[]::new);
  }

  private static int floorOf(String packageName) {
    if (!packageName.startsWith(ROOT)) {
      return -1;
    }
    var room = roomOf(packageName);
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      if (FLOORS.get(floor).contains(room)) {
        return floor;
      }
    }
    return Integer.MAX_VALUE;
  }

  /// The package's first name below the root; each filter below `filters` and `network` is a room
  /// of its own.
  private static String roomOf(String packageName) {
    return packageName.substring(ROOT.length()).split("\\.", -1)[0];
  }

  private static ArchCondition<JavaClass> dependOnLowerFloorsOnly() {
    return new ArchCondition<>("depend on lower floors only") {
      @Override
      public void check(JavaClass origin, ConditionEvents events) {
        int from = floorOf(origin.getPackageName());
        if (from == Integer.MAX_VALUE) {
          events.add(
              SimpleConditionEvent.violated(
                  origin, origin.getName() + " is in a package without a floor"));
        }
        for (var dependency : origin.getDirectDependenciesFromSelf()) {
          var target = dependency.getTargetClass();
          if (from < 0
              || floorOf(target.getPackageName()) < from
              || target.getPackageName().startsWith(ROOT + roomOf(origin.getPackageName()))) {
            continue;
          }
          events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> beImmutableByShape() {
    return new ArchCondition<>(
        "be a record, an enum, an interface or a final class without setters") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean shape =
            type.isRecord()
                || type.isEnum()
                || type.isInterface()
                || type.getModifiers().contains(JavaModifier.FINAL)
                || type.isAnonymousClass();
        var setters =
            type.getMethods().stream()
                .filter(method -> method.getName().matches("set[A-Z].*"))
                .map(method -> method.getName())
                .collect(joining(", "));
        if (!shape || !setters.isEmpty()) {
          events.add(
              SimpleConditionEvent.violated(
                  type, type.getName() + " is not immutable by shape " + setters));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> haveSynchronizedMethods() {
    return new ArchCondition<>("have synchronized methods") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getMethods().stream()
            .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
            .forEach(
                method -> events.add(SimpleConditionEvent.satisfied(method, method.getFullName())));
      }
    };
  }

  /// Classes whose work is done by the background executor, or by a thread of their own.
  private static DescribedPredicate<JavaClass> runsInTheBackground() {
    var names =
        Set.of(
            ROOT + "accesslog.FileSink",
            ROOT + "wasm.ModuleCache",
            ROOT + "wasm.ModuleSource",
            ROOT + "worker.PipeFile",
            ROOT + "xds.core.DataSources",
            ROOT + "xds.file.FolderWatch",
            ROOT + "xds.runtime.RuntimeFiles");
    return DescribedPredicate.describe(
        "run in the background",
        type ->
            names.stream()
                .anyMatch(
                    name -> type.getName().equals(name) || type.getName().startsWith(name + "$")));
  }

  private static ArchCondition<JavaClass> callABlockingMethod() {
    return new ArchCondition<>("call a blocking method") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getMethodCallsFromSelf().stream()
            .filter(call -> blocks(call.getTargetOwner(), call.getName()))
            .forEach(
                call -> events.add(SimpleConditionEvent.satisfied(call, call.getDescription())));
      }
    };
  }

  private static boolean blocks(JavaClass owner, String method) {
    if (owner.isEquivalentTo(Thread.class)) {
      return method.equals("sleep") || method.equals("join");
    }
    if (owner.isAssignableTo(java.util.concurrent.Future.class)
        || owner.isAssignableTo("io.netty.util.concurrent.Future")) {
      return method.equals("get")
          || method.equals("join")
          || method.startsWith("sync")
          || method.startsWith("await");
    }
    return owner.isAssignableTo(java.util.concurrent.BlockingQueue.class)
        && (method.equals("take") || method.equals("put"));
  }
}
