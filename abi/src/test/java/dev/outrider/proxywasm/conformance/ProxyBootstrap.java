package dev.outrider.proxywasm.conformance;

import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// An Envoy bootstrap that serves many scripts: a listener each, with the guest inline as plugin
/// `sN` of VM `vsN`, all before the same services.
final class ProxyBootstrap {
  private static final String TYPE = "type.googleapis.com/envoy.extensions.";

  private ProxyBootstrap() {}

  static String json(List<Script> scripts, int http, int grpc, int connections) {
    var listeners =
        IntStream.range(0, scripts.size())
            .mapToObj(i -> listener("s" + i, scripts.get(i)))
            .collect(Collectors.joining(","));
    var clusters =
        String.join(
            ",",
            cluster("svc", http, options("\"http_protocol_options\": {\"enable_trailers\": true}")),
            cluster("grpc", grpc, options("\"http2_protocol_options\": {}")),
            cluster("tcp", connections, ""));
    return """
    {"admin": {"address": %s}, "static_resources": {"listeners": [%s], "clusters": [%s]}}
    """
        .formatted(address(0), listeners, clusters);
  }

  private static String listener(String name, Script script) {
    return """
    {"name": "%s", "address": %s, "filter_chains": [{"filters": [%s]}]}
    """
        .formatted(
            name,
            address(0),
            script.drive() == Drive.CONNECTION ? network(name, script) : http(name, script));
  }

  private static String http(String name, Script script) {
    return """
    {"name": "hcm", "typed_config": {
      "@type": "%2$sfilters.network.http_connection_manager.v3.HttpConnectionManager",
      "stat_prefix": "%1$s",
      "http_protocol_options": {"enable_trailers": true},
      "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"],
        "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "svc"}}]}]},
      "http_filters": [
        {"name": "wasm", "typed_config": {
          "@type": "%2$sfilters.http.wasm.v3.Wasm", "config": %3$s}},
        {"name": "router", "typed_config": {
          "@type": "%2$sfilters.http.router.v3.Router"}}]}}
    """
        .formatted(name, TYPE, plugin(name, script));
  }

  private static String network(String name, Script script) {
    return """
    {"name": "wasm", "typed_config": {
      "@type": "%2$sfilters.network.wasm.v3.Wasm", "config": %3$s}},
    {"name": "tcp", "typed_config": {
      "@type": "%2$sfilters.network.tcp_proxy.v3.TcpProxy",
      "stat_prefix": "%1$s", "cluster": "tcp"}}
    """
        .formatted(name, TYPE, plugin(name, script));
  }

  private static String plugin(String name, Script script) {
    return """
    {"name": "%1$s", "root_id": "%2$s", "configuration": %3$s, "vm_config": {
      "vm_id": "v%1$s", "runtime": "envoy.wasm.runtime.v8", "configuration": %4$s,
      "environment_variables": {"key_values": {"KEY": "value"}},
      "code": {"local": {"inline_bytes": "%5$s"}}}}
    """
        .formatted(
            name,
            Script.ROOT_ID,
            text(Script.CONFIGURATION),
            text(Script.VM_CONFIGURATION),
            Base64.getEncoder().encodeToString(script.guest().wasm()));
  }

  private static String cluster(String name, int port, String options) {
    return """
    {"name": "%1$s", "type": "STATIC", "connect_timeout": "5s",%2$s
      "load_assignment": {"cluster_name": "%1$s", "endpoints": [{"lb_endpoints": [
        {"endpoint": {"address": %3$s}}]}]}}
    """
        .formatted(name, options, address(port));
  }

  private static String options(String protocol) {
    return """

      "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "%supstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {%s}}},
    """
        .formatted(TYPE, protocol);
  }

  private static String text(String value) {
    return "{\"@type\": \"type.googleapis.com/google.protobuf.StringValue\", \"value\": \"%s\"}"
        .formatted(value);
  }

  private static String address(int port) {
    return "{\"socket_address\": {\"address\": \"127.0.0.1\", \"port_value\": %d}}".formatted(port);
  }
}
