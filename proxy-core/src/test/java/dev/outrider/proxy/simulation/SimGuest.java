package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.wasm.WasmFilterProvider;
import dev.outrider.proxy.wasm.WasmPlugins;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.config.core.v3.AsyncDataSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.wasm.v3.FailurePolicy;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import io.envoyproxy.envoy.extensions.wasm.v3.VmConfig;
import java.util.concurrent.atomic.AtomicInteger;

/// A real guest in a real VM that traps in every ninth of its header callbacks, now in a request
/// and now in a response, and comes back by [FailurePolicy#FAIL_RELOAD].
///
/// One compiled module for all runs; every run has VMs of its own. Each factory is a new
/// configuration of one plugin: on a worker that has its VM it becomes a new root context there.
final class SimGuest {
  private static final String TRAP_AT_THE_NINTH =
      """
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (if (i32.eqz (i32.rem_u (global.get $calls) (i32.const 9))) (then (unreachable)))
      """;
  private static final byte[] MODULE =
      Wat.guest()
          .with("(global $calls (mut i32) (i32.const 0))")
          .onRequestHeaders(TRAP_AT_THE_NINTH)
          .onResponseHeaders(TRAP_AT_THE_NINTH)
          .wasm();
  private static final MetricRegistry REGISTRY = new MetricRegistry(2);
  private static final WasmFilterProvider PROVIDER =
      new WasmFilterProvider(new WasmPlugins(1, new FakeClock(), REGISTRY, Runnable::run));
  private static final AtomicInteger VERSIONS = new AtomicInteger();

  /// Never released, so that the module is compiled once.
  @SuppressWarnings("unused") // held, not read
  private static final HttpFilterFactory KEEPS_THE_MODULE = factory();

  private SimGuest() {}

  /// The plugin in a configuration that nobody has had yet.
  static HttpFilterFactory factory() {
    var version = Integer.toString(VERSIONS.incrementAndGet());
    var parsed = PROVIDER.parse(config(version), new ParseContext("simulation", "filter", "guest"));
    return switch (parsed.toCompletableFuture().join()) {
      case Parsed.Valid<HttpFilterFactory>(var factory) -> factory;
      case Parsed.Invalid<HttpFilterFactory>(var problems) ->
          throw new AssertionError(problems.toString());
    };
  }

  /// How often guests have trapped so far, over all runs.
  static long failures() {
    return REGISTRY.snapshot().stream()
        .filter(value -> value.name().endsWith(".guest_failures"))
        .mapToLong(value -> value instanceof StatValue.Scalar scalar ? scalar.value() : 0)
        .sum();
  }

  /// No VM is left but the one that is prepared for the next run.
  static void assertNothingLeft() {
    assertThat(REGISTRY.gauge("wasm.wasm_vm_count").value()).as("VMs").isLessThanOrEqualTo(1);
  }

  private static Any config(String version) {
    var code =
        AsyncDataSource.newBuilder()
            .setLocal(DataSource.newBuilder().setInlineBytes(ByteString.copyFrom(MODULE)));
    var plugin =
        PluginConfig.newBuilder()
            .setName("guest")
            .setConfiguration(Any.pack(StringValue.of(version)))
            .setFailurePolicy(FailurePolicy.FAIL_RELOAD)
            .setVmConfig(VmConfig.newBuilder().setCode(code));
    return Any.pack(Wasm.newBuilder().setConfig(plugin).build());
  }
}
