package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxywasm.ModuleOptions.UnknownImports;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterModuleTest {
  private static final ModuleOptions LENIENT =
      new ModuleOptions(1 << 20, null, UnknownImports.TRAP_ON_CALL);

  @ParameterizedTest
  @ValueSource(strings = {"0.1.0", "0.2.0", "0.2.1"})
  void knowsTheVersionByItsMarker(String version) {
    var module = GuestHarness.load(Wat.guest().abi(version).wasm());

    assertThat(module.abiVersion()).isEqualTo(version);
    assertThat(module.name()).isEqualTo("test");
    assertThat(module.interpretedFunctions()).isEmpty();
  }

  @Test
  void takesTheFirstMarker() {
    var wasm = Wat.guest().abi("0.2.0").on("proxy_abi_version_0_2_1", ":", "").wasm();

    assertThat(GuestHarness.load(wasm).abiVersion()).isEqualTo("0.2.0");
  }

  @Test
  void refusesAModuleWithoutAMarkerOrWithAnUnknownOne() {
    var none = "(module (memory (export \"memory\") 1))";

    assertThatThrownBy(() -> GuestHarness.load(com.dylibso.chicory.wabt.Wat2Wasm.parse(none)))
        .isInstanceOf(ModuleRefusedException.class)
        .hasMessageContaining("Missing or unknown Proxy-Wasm ABI version");
    assertThatThrownBy(() -> GuestHarness.load(Wat.guest().abi("0.2.100").wasm()))
        .isInstanceOf(ModuleRefusedException.class)
        .hasMessageContaining("proxy_abi_version_0_2_100");
  }

  @Test
  void refusesBytesThatAreNoModule() {
    assertThatThrownBy(() -> GuestHarness.load(new byte[] {'<', 'h', 't', 'm', 'l', '>', ' ', ' '}))
        .isInstanceOf(ModuleRefusedException.class)
        .hasMessageContaining("test");
  }

  @Test
  void namesEveryImportThatNobodyOffers() {
    var wasm =
        Wat.guest()
            .imports("(import \"env\" \"ftok\" (func $ftok (param i32) (result i32)))")
            .imports("(import \"teavm\" \"logInt\" (func $logInt (param i32)))")
            .imports("(import \"env\" \"proxy_done\" (func $done (param i32) (result i32)))")
            .wasm();

    assertThatThrownBy(() -> GuestHarness.load(wasm))
        .isInstanceOf(ModuleRefusedException.class)
        .hasMessage(
            "module 'test' imports what this host does not offer: env.ftok (i32) -> i32 is unknown;"
                + " teavm.logInt (i32) -> () is unknown; env.proxy_done has type (i32) -> i32,"
                + " offered is () -> i32");
  }

  /// What Envoy has beside the ABI is as unknown as anything else.
  @Test
  void refusesAGuestThatResolvesNamesByEnvoysOwnFunction() {
    var wasm =
        Wat.guest()
            .imports(
                "(import \"env\" \"envoy_resolve_dns\""
                    + " (func $dns (param i32 i32 i32) (result i32)))")
            .wasm();

    assertThatThrownBy(() -> GuestHarness.load(wasm))
        .isInstanceOf(ModuleRefusedException.class)
        .hasMessageContaining("env.envoy_resolve_dns (i32, i32, i32) -> i32 is unknown");
  }

  @Test
  void loadsAModuleWithUnknownImportsOnRequestAndTrapsAtTheirCall() {
    var wasm =
        Wat.guest()
            .imports("(import \"env\" \"ftok\" (func $ftok (param i32) (result i32)))")
            .onRequestHeaders("(drop (call $ftok (i32.const 1)))")
            .wasm();

    var module = FilterModule.load("lenient", wasm, LENIENT);

    try (var guest = GuestHarness.start(module, "", new TestServices())) {
      var _ = guest.request("GET", "/");
      assertThat(guest.vm().failure())
          .isEqualTo(
              new GuestFailure.Trap(
                  "proxy_on_request_headers",
                  "call of env.ftok, which this host does not offer (in ftok < func 6)"));
    }
  }

  @Test
  void refusesACallbackOfAnotherType() {
    var wasm = Wat.guest().on("proxy_on_request_headers", "i:i", "(i32.const 0)").wasm();

    assertThatThrownBy(() -> GuestHarness.load(wasm))
        .isInstanceOf(ModuleRefusedException.class)
        .hasMessage(
            "module 'test': export proxy_on_request_headers has type (i32) -> i32, expected (i32,"
                + " i32, i32) -> i32 or (i32, i32) -> i32");
  }

  @Test
  void allocatesWithMallocUnlessGoSaysOtherwise() {
    var own = "(func (export \"proxy_on_memory_allocate\") (param i32) (result i32) (unreachable))";
    var wasm =
        Wat.guest()
            .with(own)
            .data(1000, ":path")
            .onRequestHeaders(
                Wat.report("proxy_get_header_map_value", 0, 1000, 5, 100, 104) + Wat.show(100, 104))
            .wasm();

    try (var guest = GuestHarness.start(wasm, "");
        var go = GuestHarness.start(withProducer(wasm, "Go"), "")) {
      var _ = guest.request("GET", "/p");
      var exchange = go.request("GET", "/p");

      assertThat(guest.log().texts()).containsExactly("0", "/p");
      assertThat(exchange.effects()).as("its own allocator traps").containsExactly("failed");
    }
  }

  /// A `producers` section with one language.
  private static byte[] withProducer(byte[] wasm, String language) {
    var content = "\11producers\1\10language\1" + (char) language.length() + language + "\0";
    var bytes = content.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    var out = new java.io.ByteArrayOutputStream();
    out.writeBytes(wasm);
    out.write(0);
    out.write(bytes.length);
    out.writeBytes(bytes);
    return out.toByteArray();
  }
}
