package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.wabt.Wat2Wasm;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.config.core.v3.AsyncDataSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.RemoteDataSource;
import io.envoyproxy.envoy.extensions.wasm.v3.VmConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each configuration that cannot run is refused with a sentence that says why and what to do.
class RefusedPluginsTest {
  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void nothingIsLeftBehind() {
    assertThat(plugins.activeVms()).isZero();
    plugins.close();
  }

  private String refusal(byte[] wasm) {
    var texts = plugins.refusals(TestPlugins.config(wasm));
    assertThat(texts).hasSize(1);
    assertThat(texts.getFirst())
        .startsWith("listener 'main': filters[0].config: Unable to create Wasm plugin p0: ");
    return texts.getFirst();
  }

  @Test
  void whatIsNoWasmModule() {
    assertThat(refusal("#!/bin/sh\n".getBytes(UTF_8)))
        .contains("it is not a WebAssembly module")
        .contains("point to the .wasm file that the compiler wrote");
  }

  @Test
  void aModuleWithoutTheMarker() {
    var plain = Wat2Wasm.parse("(module (memory (export \"memory\") 1))");

    assertThat(refusal(plain))
        .contains("Missing or unknown Proxy-Wasm ABI version")
        .contains("build it with a proxy-wasm SDK");
  }

  @Test
  void simd() {
    var simd =
        Wat.guest()
            .onRequestHeaders("(drop (i32x4.extract_lane 0 (i32x4.splat (i32.const 7))))")
            .wasm();

    assertThat(refusal(simd)).contains("uses SIMD (v128)").contains("simd128");
  }

  @Test
  void anImportThatTheHostDoesNotHave() {
    var missing =
        Wat2Wasm.parse(
            """
            (module
              (import "env" "proxy_make_coffee" (func (param i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "malloc") (param i32) (result i32) (i32.const 0))
              (func (export "proxy_abi_version_0_2_1")))
            """);

    assertThat(refusal(missing)).contains("env.proxy_make_coffee");
  }

  @Test
  void aCommand() {
    var command = Wat.guest().on("_start", ":", "(call $proc_exit (i32.const 0))").wasm();

    assertThat(refusal(command))
        .contains("the module was built as a command, its _start ended in proc_exit(0)")
        .contains("build it as a library");
  }

  @Test
  void aTrapAtTheStart() {
    var guest = Wat.guest().on("_initialize", ":", "(unreachable)").wasm();

    assertThat(refusal(guest)).contains("Function: _initialize failed: ").contains("unreachable");
  }

  @Test
  void aGuestThatDeclinesItsConfiguration() {
    var guest = Wat.guest().on("proxy_on_configure", "ii:i", "(i32.const 0)").wasm();

    assertThat(refusal(guest)).contains("proxy_on_configure: plugin 'p0' returned false");
  }

  @Test
  void aFileThatIsNotThere(@TempDir Path folder) {
    var file = folder.resolve("gone.wasm").toString();
    var config =
        TestPlugins.config(
            new byte[0],
            plugin ->
                plugin.setVmConfig(
                    VmConfig.newBuilder()
                        .setCode(
                            AsyncDataSource.newBuilder()
                                .setLocal(DataSource.newBuilder().setFilename(file)))));

    assertThat(plugins.refusals(config))
        .singleElement()
        .asString()
        .endsWith("wasm plugin 'p0': Invalid path: " + file);
  }

  @Test
  void everythingThatIsWrongWithAConfigurationAtOnce() {
    var config =
        TestPlugins.config(
            new byte[0],
            plugin ->
                plugin.setVmConfig(
                    VmConfig.newBuilder()
                        .setRuntime("envoy.wasm.runtime.null")
                        .setCode(
                            AsyncDataSource.newBuilder()
                                .setRemote(RemoteDataSource.getDefaultInstance()))));

    assertThat(plugins.refusals(config))
        .containsExactlyInAnyOrder(
            "listener 'main': filters[0].config.vm_config.runtime: 'envoy.wasm.runtime.null' is not"
                + " a Wasm runtime; leave it empty or use envoy.wasm.runtime.v8",
            "listener 'main': filters[0].config.vm_config.code.remote.sha256: '' is not a SHA-256"
                + " in 64 lower-case hex digits");
  }

  @Test
  void aRefusedModuleIsTriedAgainWhenAskedAgain() {
    var guest = Wat.guest().on("proxy_on_configure", "ii:i", "(i32.const 0)").wasm();
    var first = plugins.provider.parse(TestPlugins.config(guest), TestPlugins.PLACE);
    plugins.runBackground();
    assertThat(first.toCompletableFuture()).isDone();

    var again = plugins.provider.parse(TestPlugins.config(guest), TestPlugins.PLACE);

    assertThat(again.toCompletableFuture()).isNotDone();
    plugins.runBackground();
    assertThat(plugins.counter("wasm.envoy.wasm.runtime.v8.created")).as("canaries only").isZero();
  }
}
