package dev.outrider.bench;

import com.google.protobuf.Any;
import com.google.protobuf.StringValue;
import dev.outrider.bench.wire.RequestHeader;
import io.envoyproxy.envoy.config.core.v3.AsyncDataSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import io.envoyproxy.envoy.extensions.wasm.v3.VmConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An example filter with the configuration it is measured with, and the request that suits it.
enum Example {
  /// C: two headers read and one added, each way.
  HEADERS("headers", "", "x-plain", "1"),
  /// Rust, an API key looked up.
  AUTH_KEY(
      "auth",
      """
      {"api_keys": {"header": "x-api-key", "keys": [{"subject": "shop", "key": "shop-key"}]}}
      """,
      "x-api-key",
      "shop-key"),
  /// Rust, a token that was verified before.
  AUTH_TOKEN(
      "auth",
      """
      {"jwt": {"require_expiry": false, "keys":
        [{"algorithm": "HS256", "secret": "first-light-demo-secret-0123456789"}]}}
      """,
      "authorization",
      "Bearer "
          + Tokens.signed(
              "{\"sub\":\"ada\",\"iss\":\"https://issuer.example\"}",
              "first-light-demo-secret-0123456789"));

  private final String folder;
  private final String configuration;
  private final String header;
  private final String value;

  Example(String folder, String configuration, String header, String value) {
    this.folder = folder;
    this.configuration = configuration;
    this.header = header;
    this.value = value;
  }

  Path module() {
    var home = Path.of(System.getProperty("outrider.home", "."));
    return home.resolve("filters-examples").resolve(folder).resolve(folder + ".wasm");
  }

  String configuration() {
    return configuration;
  }

  String header() {
    return header;
  }

  String value() {
    return value;
  }

  /// What a request is sent with when there is no filter, or the header that the filter looks for.
  static RequestHeader headerFor(@Nullable Example example) {
    return example == null
        ? new RequestHeader("x-plain", "1")
        : new RequestHeader(example.header, example.value);
  }

  /// As a control plane would send it.
  Any asFilterConfig() {
    var code =
        AsyncDataSource.newBuilder()
            .setLocal(DataSource.newBuilder().setFilename(module().toString()));
    var plugin =
        PluginConfig.newBuilder()
            .setName(folder)
            .setVmConfig(VmConfig.newBuilder().setVmId("bench").setCode(code));
    if (!configuration.isEmpty()) {
      plugin.setConfiguration(Any.pack(StringValue.of(configuration)));
    }
    return Any.pack(Wasm.newBuilder().setConfig(plugin).build());
  }
}
