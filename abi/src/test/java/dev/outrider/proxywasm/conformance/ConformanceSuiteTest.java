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
  /// They want a service that speaks gRPC, which the suite has not; GrpcImportsTest covers them,
  /// and scenario wasm/grpc on Envoy.
  private static final Set<String> GRPC_CALLBACKS =
      Set.of(
          "proxy_on_grpc_receive_initial_metadata",
          "proxy_on_grpc_receive",
          "proxy_on_grpc_receive_trailing_metadata",
          "proxy_on_grpc_close");

  /// They want a connection without HTTP; NetworkStreamContextTest covers them, and scenario
  /// tcp/guest on Envoy.
  private static final Set<String> NETWORK_CALLBACKS =
      Set.of(
          "proxy_on_new_connection",
          "proxy_on_downstream_data",
          "proxy_on_upstream_data",
          "proxy_on_downstream_connection_close",
          "proxy_on_upstream_connection_close");

  @Test
  void everyFunctionThatCanBeNamedIsUsedAsMeant() {
    var named = new TreeSet<>(CapabilityNames.all());
    named.removeAll(GRPC_CALLBACKS);
    named.removeAll(NETWORK_CALLBACKS);

    assertThat(functions(Kind.OK)).containsAll(named);
  }

  @Test
  void everyHostFunctionIsCalledWhereItMayNotBeAndBeforeATrap() {
    var calls = HostCallScripts.rows().stream().map(HostCallRow::function).toList();

    assertThat(functions(Kind.WRONG_PHASE)).containsAll(calls);
    assertThat(functions(Kind.AFTER_FAILURE)).containsAll(calls);
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
