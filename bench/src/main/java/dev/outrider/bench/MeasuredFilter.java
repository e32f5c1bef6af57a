package dev.outrider.bench;

import com.google.protobuf.Any;
import com.google.protobuf.StringValue;
import io.envoyproxy.envoy.config.core.v3.AsyncDataSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import io.envoyproxy.envoy.extensions.wasm.v3.VmConfig;

/// A Wasm filter that streams are measured through, and the request header that suits it.
interface MeasuredFilter {
  /// As a control plane would send it.
  Any asFilterConfig();

  String header();

  String value();

  /// A plugin with its code; an empty configuration is none.
  static Any config(String name, DataSource code, String configuration) {
    var plugin =
        PluginConfig.newBuilder()
            .setName(name)
            .setVmConfig(
                VmConfig.newBuilder()
                    .setVmId("bench")
                    .setCode(AsyncDataSource.newBuilder().setLocal(code)));
    if (!configuration.isEmpty()) {
      plugin.setConfiguration(Any.pack(StringValue.of(configuration)));
    }
    return Any.pack(Wasm.newBuilder().setConfig(plugin).build());
  }
}
