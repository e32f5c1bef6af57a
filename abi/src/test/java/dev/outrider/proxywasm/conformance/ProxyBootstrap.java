package dev.outrider.proxywasm.conformance;

import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// An Envoy bootstrap that serves many scripts: a listener each, with the guest inline as plugin
/// `sN` of VM `vN`, all before the same service.
final class ProxyBootstrap {
  private static final String CONNECTION_MANAGER =
      """
      {"name": "%1$s", "address": %2$s, "filter_chains": [{"filters": [{"name": "hcm", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "%1$s",
        "http_protocol_options": {"enable_trailers": true},
        "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"],
          "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "svc"}}]}]},
        "http_filters": [
          {"name": "wasm", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": %3$s}},
          {"name": "router", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}
      """;

  private static final String PLUGIN =
      """
      {"name": "%1$s", "root_id": "r", "configuration": %3$s, "vm_config": {
        "vm_id": "v%1$s", "runtime": "envoy.wasm.runtime.v8", "configuration": %4$s,
        "environment_variables": {"key_values": {"KEY": "value"}},
        "code": {"local": {"inline_bytes": "%2$s"}}}}
      """;

  private static final String CLUSTER =
      """
      {"name": "svc", "type": "STATIC", "connect_timeout": "5s",
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
          "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
          "explicit_http_config": {"http_protocol_options": {"enable_trailers": true}}}},
        "load_assignment": {"cluster_name": "svc", "endpoints": [{"lb_endpoints": [
          {"endpoint": {"address": %s}}]}]}}
      """;

  private ProxyBootstrap() {}

  static String json(List<Script> scripts, int servicePort, int adminPort) {
    var listeners =
        IntStream.range(0, scripts.size())
            .mapToObj(
                i ->
                    CONNECTION_MANAGER.formatted(
                        "s" + i, address(0), plugin("s" + i, scripts.get(i))))
            .collect(Collectors.joining(","));
    return """
    {"admin": {"address": %s}, "static_resources": {"listeners": [%s], "clusters": [%s]}}
    """
        .formatted(address(adminPort), listeners, CLUSTER.formatted(address(servicePort)));
  }

  private static String plugin(String name, Script script) {
    return PLUGIN.formatted(
        name,
        Base64.getEncoder().encodeToString(script.guest().wasm()),
        text(Script.CONFIGURATION),
        text(Script.VM_CONFIGURATION));
  }

  private static String text(String value) {
    return "{\"@type\": \"type.googleapis.com/google.protobuf.StringValue\", \"value\": \"%s\"}"
        .formatted(value);
  }

  private static String address(int port) {
    return "{\"socket_address\": {\"address\": \"127.0.0.1\", \"port_value\": %d}}".formatted(port);
  }
}
