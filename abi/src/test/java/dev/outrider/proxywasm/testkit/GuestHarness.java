package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.ModuleOptions;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.WasmVm;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.CalloutResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One filter, started with a configuration, ready for exchanges.
///
/// ```java
/// try (var guest = GuestHarness.start(Path.of("auth.wasm"), "{\"keys\": [\"secret\"]}")) {
///   var exchange = guest.request("GET", "/", "x-api-key", "wrong");
///
///   assertThat(exchange.reply().status()).isEqualTo(401);
/// }
/// ```
public final class GuestHarness implements AutoCloseable {
  private final TestServices services;
  private final ScriptedPlugin host = new ScriptedPlugin();
  private final WasmVm vm;
  private final PluginContext plugin;
  private final VmSpec vmSpec;

  private GuestHarness(
      FilterModule module, VmSpec vmSpec, PluginSpec pluginSpec, TestServices services) {
    this.services = services;
    this.vmSpec = vmSpec;
    vm = WasmVm.start(module, vmSpec, services.asHostServices());
    plugin = newPluginOrClose(vm, pluginSpec, host);
  }

  private static PluginContext newPluginOrClose(
      WasmVm vm, PluginSpec pluginSpec, ScriptedPlugin host) {
    boolean started = false;
    try {
      var plugin = vm.newPlugin(pluginSpec, host);
      started = true;
      return plugin;
    } finally {
      if (!started) {
        vm.close();
      }
    }
  }

  /// A plugin named `test` with that configuration, on services of its own.
  public static GuestHarness start(Path wasm, String configuration) {
    return start(load(wasm), configuration, new TestServices());
  }

  /// As above, from bytes.
  public static GuestHarness start(byte[] wasm, String configuration) {
    return start(load(wasm), configuration, new TestServices());
  }

  /// As above, on services that other guests may share.
  public static GuestHarness start(
      FilterModule module, String configuration, TestServices services) {
    var spec = new PluginSpec("test", "root", configuration.getBytes(UTF_8), false);
    return start(module, VmSpec.DEFAULT, spec, services);
  }

  /// With everything chosen.
  public static GuestHarness start(
      FilterModule module, VmSpec vmSpec, PluginSpec pluginSpec, TestServices services) {
    return new GuestHarness(module, vmSpec, pluginSpec, services);
  }

  /// Loads a module, to be started several times.
  public static FilterModule load(Path wasm) {
    try {
      return FilterModule.load(
          wasm.getFileName().toString(), Files.readAllBytes(wasm), ModuleOptions.DEFAULT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Loads a module, to be started several times.
  public static FilterModule load(byte[] wasm) {
    return FilterModule.load("test", wasm, ModuleOptions.DEFAULT);
  }

  /// An exchange of which the guest has seen nothing yet.
  public TestExchange exchange() {
    return new TestExchange(plugin);
  }

  /// A request without a body, shown to the guest.
  ///
  /// @param headers name, value, name, value, beside the pseudo-headers
  public TestExchange request(String method, String path, String... headers) {
    return exchange().request(method, path, headers);
  }

  /// Shows a finished exchange to a guest that is an access logger.
  public void log(ScriptedStream finished) {
    plugin.onLog(finished);
  }

  /// A connection of which the guest has seen nothing yet.
  public TestConnection connection() {
    return new TestConnection(plugin);
  }

  /// Runs the tick that the guest armed; an error if it armed none.
  public void tick() {
    if (!services.timers().runOut(host)) {
      throw new AssertionError("no tick is armed");
    }
    plugin.onTick();
  }

  /// Answers the oldest request that the guest has under way.
  public void answerCallout(int status, String body, String... headers) {
    var head = TestHeaders.of(":status", Integer.toString(status));
    for (int i = 0; i < headers.length; i += 2) {
      head.with(headers[i], headers[i + 1]);
    }
    var response = new CalloutResponse(head, new TestBody(body), null);
    plugin.onHttpCallResponse(services.callouts().takeOldest(), response);
  }

  /// Lets the oldest request that the guest has under way fail without an answer.
  public void failCallout() {
    plugin.onHttpCallFailure(services.callouts().takeOldest(), 11, "reset");
  }

  /// What the guest's VM shares under a key, or null.
  public @Nullable String sharedData(String key) {
    var found = new String[1];
    var bytes = key.getBytes(UTF_8);
    ByteSink keep =
        (source, offset, length) -> found[0] = new String(source, offset, length, UTF_8);
    try (var space = services.sharedData().open(vmSpec.vmId(), 0)) {
      var _ = space.get(bytes, 0, bytes.length, keep);
    }
    return found[0];
  }

  public RecordingLog log() {
    return services.log();
  }

  public RecordingMetrics metrics() {
    return services.metrics();
  }

  public TestServices services() {
    return services;
  }

  public ScriptedPlugin host() {
    return host;
  }

  public WasmVm vm() {
    return vm;
  }

  public PluginContext plugin() {
    return plugin;
  }

  @Override
  public void close() {
    vm.close();
  }
}
