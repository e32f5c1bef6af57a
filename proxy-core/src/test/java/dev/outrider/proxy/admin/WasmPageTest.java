package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.outrider.proxy.wasm.PluginReport;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WasmPageTest {
  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  @BeforeEach
  void configure() {
    server.plugins = List.of(plugin("b", Double.NaN), plugin("a", 12.5));
  }

  private static PluginReport plugin(String name, double micros) {
    return new PluginReport(
        name,
        "root",
        "vm",
        new PluginReport.Module(name + ".wasm", "0f", "0.2.1", 1),
        4,
        65_536,
        new PluginReport.Calls(100, 300, micros, micros, micros),
        new PluginReport.Failures(5, 2, 1, 3, 0));
  }

  @Test
  void printsALineForEachFactOfEachPluginByName() {
    var text = ask("/wasm").body();

    assertThat(text)
        .startsWith(
            """
            a::root_id::root
            a::vm_id::vm
            a::module::a.wasm
            a::module_sha256::0f
            a::abi_version::0.2.1
            a::interpreted_functions::1
            a::vms::4
            a::memory_bytes::65536
            a::callbacks::100
            a::host_calls::300
            a::callback_us_p50::12.5
            a::callback_us_p99::12.5
            a::callback_us_max::12.5
            a::guest_failures::5
            a::guest_timeouts::2
            a::guest_out_of_memory::1
            a::vm_reloads::3
            a::vm_crash_loops::0
            b::root_id::root
            """)
        .contains("b::callback_us_p50::-\n");
  }

  @Test
  void printsTheSameAsJson() {
    var all =
        JsonParser.parseString(ask("/wasm?format=json").body())
            .getAsJsonObject()
            .getAsJsonArray("plugins");

    assertThat(all).hasSize(2);
    var first = all.get(0).getAsJsonObject();
    assertThat(first.get("name").getAsString()).isEqualTo("a");
    assertThat(first.get("vms").getAsInt()).isEqualTo(4);
    assertThat(first.get("callback_us_p99").getAsDouble()).isEqualTo(12.5);
    assertThat(all.get(1).getAsJsonObject().has("callback_us_p99")).isFalse();
  }

  @Test
  void refusesAFormatThatItDoesNotHave() {
    assertThat(ask("/wasm?format=html"))
        .isEqualTo(AdminResponse.text(400, "usage: /wasm?format=(text|json)\n"));
  }

  private AdminResponse ask(String uri) {
    var parsed = new QueryStringDecoder(uri);
    return pages
        .answer(new AdminRequest("GET", parsed.path(), parsed.parameters()))
        .toCompletableFuture()
        .join();
  }
}
