package dev.outrider.proxy.differential;

import com.dylibso.chicory.wabt.Wat2Wasm;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Wasm filter in front of a lane's other filters.
final class Guest {
  private final byte[] module;
  private final String configuration;

  /// @param configuration of the plugin, as text
  private Guest(byte[] module, String configuration) {
    this.module = module;
    this.configuration = configuration;
  }

  /// A whole module in text format, or a mapping of the parts that [Wat] makes one of.
  static @Nullable Guest read(@Nullable Object node, String place) {
    if (node == null) {
      return null;
    }
    if (node instanceof String text) {
      return new Guest(Wat2Wasm.parse(text), "");
    }
    var fields = Fields.of(node, place + " guest");
    var guest = Wat.guest();
    if (fields.has("abi")) {
      var _ = guest.abi(fields.text("abi"));
    }
    fields.map("data").forEach((at, text) -> guest.data(Integer.decode(at), text.toString()));
    fields.list("with").forEach(field -> guest.with(field.toString()));
    fields
        .map("on")
        .forEach(
            (export, body) -> {
              var words = export.split(" ", 2);
              var _ = guest.on(words[0], words[1], body.toString());
            });
    var read = new Guest(guest.wasm(), fields.text("configuration", ""));
    fields.done();
    return read;
  }

  void write(Path file) throws IOException {
    Files.write(file, module);
  }

  /// The filter's configuration.
  ///
  /// @param kind `http` or `network`
  Map<String, Object> filter(String kind, String lane, String file) {
    var plugin =
        Map.of(
            "name",
            "guest",
            "configuration",
            Map.of(
                "@type", "type.googleapis.com/google.protobuf.StringValue", "value", configuration),
            "vm_config",
            Map.of(
                "vm_id",
                lane,
                "runtime",
                "envoy.wasm.runtime.v8",
                "code",
                Map.of("local", Map.of("filename", file))));
    return Map.of(
        "name",
        "envoy.filters." + kind + ".wasm",
        "typed_config",
        Map.of(
            "@type",
            "type.googleapis.com/envoy.extensions.filters." + kind + ".wasm.v3.Wasm",
            "config",
            plugin));
  }
}
