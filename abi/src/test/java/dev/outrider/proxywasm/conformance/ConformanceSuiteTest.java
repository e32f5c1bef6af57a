package dev.outrider.proxywasm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.CapabilityNames;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What the suite covers.
class ConformanceSuiteTest {
  @Test
  void everyFunctionThatCanBeNamedIsUsedAsMeant() {
    assertThat(functions(Kind.OK)).containsAll(CapabilityNames.all());
  }

  @Test
  void everyHostFunctionIsCalledWhereItMayNotBeAndBeforeATrap() {
    var calls = HostCallScripts.rows().stream().map(HostCallRow::function).toList();

    assertThat(functions(Kind.WRONG_PHASE)).containsAll(calls);
    assertThat(functions(Kind.AFTER_FAILURE)).containsAll(calls);
  }

  /// Those of the start refuse the guest instead: WasmVmTest.
  @Test
  void everyCallbackTraps() {
    var callbacks = new TreeSet<>(CapabilityNames.all());
    callbacks.removeIf(name -> !name.startsWith("proxy_on_"));
    callbacks.removeAll(
        Set.of("proxy_on_context_create", "proxy_on_vm_start", "proxy_on_configure"));

    assertThat(functions(Kind.AFTER_FAILURE)).containsAll(callbacks);
  }

  @Test
  void everyPointerSizeAndEnumOfAHostFunctionIsSpoilt() {
    for (var row : HostCallScripts.rows()) {
      boolean pointers = row.roles().chars().anyMatch(role -> "pPNRSowq".indexOf(role) >= 0);

      assertThat(functions(Kind.BAD_POINTER).contains(row.function())).isEqualTo(pointers);
      assertThat(functions(Kind.BAD_SIZE).contains(row.function()))
          .isEqualTo(row.roles().contains("n"));
      assertThat(functions(Kind.UNKNOWN_ENUM).contains(row.function()))
          .isEqualTo(row.roles().contains("e"));
    }
  }

  @Test
  void namesAreUnique() {
    var names = ConformanceSuite.scripts().stream().map(Script::name).toList();

    assertThat(new HashSet<>(names)).hasSameSizeAs(names);
  }

  @Test
  void everyListedDifferenceBelongsToACheck() {
    var used =
        ConformanceSuite.scripts().stream()
            .flatMap(script -> script.checks().stream())
            .map(Check::difference)
            .collect(Collectors.toSet());

    assertThat(used).containsAll(Differences.all());
  }

  private static Set<String> functions(Kind kind) {
    return ConformanceSuite.scripts().stream()
        .flatMap(script -> script.checks().stream())
        .filter(check -> check.kind() == kind)
        .map(Check::function)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
