package dev.outrider.bench;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.controlplane.AdsServer;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// A proxy in a process of its own that is given a new listener over and over by a control plane,
/// each with another configuration of its plugin, every tenth with another VM; requests go on.
/// Nothing of it may cost a collection of the whole heap.
final class ConfigChanges {
  private static final int CHANGES = 1000;
  private static final int CHANGES_PER_VM = 10;
  private static final int REQUESTS_PER_CHANGE = 5;
  private static final int WARM_UP_CHANGES = 50;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LISTENER = "envoy.config.listener.v3.Listener";

  private final ConfigReader reader = new ConfigReader(Schema.load());
  private final Consumer<GuestRow> rows;
  private int version;

  ConfigChanges(Consumer<GuestRow> rows) {
    this.rows = rows;
  }

  /// @param atLeast how long changes go on, if that is more than the usual number
  void measure(Duration atLeast) throws IOException, InterruptedException {
    try (var controlPlane = new AdsServer(0)) {
      push(controlPlane);
      try (var proxy = new FreshProxy(bootstrap(controlPlane.port()))) {
        change(controlPlane, proxy, WARM_UP_CHANGES, Duration.ZERO);
        var begin = proxy.collections();
        int first = version;
        long started = System.nanoTime();
        change(controlPlane, proxy, CHANGES, atLeast);
        report(begin, proxy.collections(), version - first, System.nanoTime() - started);
      }
    }
  }

  private void change(AdsServer controlPlane, FreshProxy proxy, int changes, Duration atLeast)
      throws InterruptedException {
    long end = System.nanoTime() + atLeast.toNanos();
    for (int i = 0; i < changes || System.nanoTime() < end; i++) {
      push(controlPlane);
      var answer =
          controlPlane
              .awaitAnswer(ResourceKind.LISTENER, Integer.toString(version), PATIENCE)
              .orElseThrow(() -> new IllegalStateException("no answer to a new listener"));
      if (!answer.accepted()) {
        throw new IllegalStateException("refused: " + answer.error());
      }
      requests(proxy);
    }
  }

  /// A connection of the listener before is drained with it: then another one asks.
  private static void requests(FreshProxy proxy) {
    int left = REQUESTS_PER_CHANGE;
    while (left > 0) {
      try (var client = new GuestClient(proxy.port())) {
        for (; left > 0; left--) {
          client.expect("nothing", 200);
        }
      } catch (UncheckedIOException _) {
        // closed between two requests
      }
    }
  }

  private void report(CollectorWork begin, CollectorWork end, int changes, long nanos) {
    rows.accept(
        GuestRow.count(
            "full collections",
            (double) (end.full() - begin.full()),
            "",
            0,
            String.format(
                Locale.ROOT,
                "%d listeners with another plugin configuration, %d of them with another VM, in"
                    + " %.0f s; %d young ones",
                changes,
                changes / CHANGES_PER_VM,
                nanos / 1e9,
                end.young() - begin.young())));
    rows.accept(
        GuestRow.beside(
            "resident memory before", begin.residentKilobytes() / 1024.0, "MB", "of the process"));
    rows.accept(
        GuestRow.beside(
            "resident memory after", end.residentKilobytes() / 1024.0, "MB", "of the process"));
  }

  private void push(AdsServer controlPlane) {
    version++;
    switch (reader.read(ConfigText.yaml("listener", listener()), LISTENER)) {
      case Parsed.Valid<byte[]>(var wire) ->
          controlPlane.pushPacked(
              ResourceKind.LISTENER, Integer.toString(version), Map.of("main", packed(wire)));
      case Parsed.Invalid<byte[]>(var problems) ->
          throw new IllegalStateException(problems.toString());
    }
  }

  private static Any packed(byte[] wire) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + LISTENER)
        .setValue(ByteString.copyFrom(wire))
        .build();
  }

  private String listener() {
    return """
    name: main
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bench
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: "/"}, direct_response: {status: 200}}]
          http_filters:
          - name: wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: auth
                vm_config:
                  vm_id: bench
                  code: {local: {filename: "%s"}}
                  configuration:
                    "@type": type.googleapis.com/google.protobuf.StringValue
                    value: 'vm %d'
                configuration:
                  "@type": type.googleapis.com/google.protobuf.StringValue
                  value: '{"api_keys": {"header": "x-do", "keys": [
                    {"subject": "shop", "key": "nothing"}, {"subject": "old", "key": "key-%d"}]}}'
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(Example.AUTH_KEY.module().toAbsolutePath(), version / CHANGES_PER_VM, version);
  }

  private static String bootstrap(int port) {
    return """
    node: {id: bench, cluster: bench}
    dynamic_resources:
      ads_config:
        api_type: GRPC
        transport_api_version: V3
        grpc_services: [{envoy_grpc: {cluster_name: xds}}]
      lds_config: {resource_api_version: V3, ads: {}}
    static_resources:
      clusters:
      - name: xds
        type: STATIC
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config: {http2_protocol_options: {}}
        load_assignment:
          cluster_name: xds
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
    """
        .formatted(port);
  }
}
