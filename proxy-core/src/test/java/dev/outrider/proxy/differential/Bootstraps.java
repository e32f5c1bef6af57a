package dev.outrider.proxy.differential;

import com.google.gson.Gson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Builds one bootstrap out of the lanes of many scenarios.
///
/// In the texts of a scenario's parts `{lane}` is the lane's name, `{service}` the port of its
/// service, `{closed}` a port that refuses connections, `{dns}` that of a name server which knows
/// the scenario's `dns`, and what [Certificates] fill in.
final class Bootstraps {
  /// Path of the harness's own requests: kept out of the logs that are compared.
  static final String PROBE = "/outrider-probe";

  static final String PROBE_HOST = "probe.outrider";

  /// Between the name of something and its lane.
  static final String AT = "_at_";

  private static final String TYPE = "type.googleapis.com/envoy.extensions.";

  private Bootstraps() {}

  /// What one lane adds.
  ///
  /// @param number of the lane in its scenario
  record LaneSpec(
      Scenario scenario,
      int number,
      int servicePort,
      int closedPort,
      int dnsPort,
      Path folder,
      Certificates certificates) {
    String name() {
      return scenario.laneName(number);
    }

    Path log() {
      return folder.resolve(name() + ".log");
    }

    @Nullable Guest guest() {
      return scenario.guest(number);
    }

    Path module() {
      return folder.resolve(name() + ".wasm");
    }
  }

  /// The admin interface says by `--admin-address-path` where it is.
  static String json(List<LaneSpec> lanes) {
    var listeners = new ArrayList<Object>();
    var clusters = new ArrayList<Object>();
    for (var lane : lanes) {
      var parts = filled(lane);
      listeners.add(listener(lane, parts));
      clusters.add(Trees.merged(cluster(lane, parts), parts.getOrDefault("cluster", Map.of())));
      clusters.addAll((List<?>) parts.getOrDefault("clusters", List.of()));
    }
    var bootstrap =
        Map.of(
            "admin",
            Map.of("address", address(0)),
            "static_resources",
            Map.of("listeners", listeners, "clusters", clusters));
    var own = filled(lanes.getFirst()).getOrDefault("bootstrap", Map.of());
    return new Gson().toJson(Trees.merged(bootstrap, own));
  }

  private static Map<String, Object> filled(LaneSpec lane) {
    return Trees.mapping(
        Trees.texts(
            lane.scenario.parts(),
            text ->
                lane.certificates
                    .filled(text)
                    .replace("{lane}", lane.name())
                    .replace("{service}", Integer.toString(lane.servicePort))
                    .replace("{closed}", Integer.toString(lane.closedPort))
                    .replace("{dns}", Integer.toString(lane.dnsPort))));
  }

  private static Object cluster(LaneSpec lane, Map<String, Object> parts) {
    var name = "up" + AT + lane.name();
    var endpoint = Map.of("endpoint", Map.of("address", address(lane.servicePort)));
    var cluster = new LinkedHashMap<String, Object>();
    cluster.put("name", name);
    cluster.put("type", "STATIC");
    cluster.put("connect_timeout", "5s");
    cluster.put(
        "load_assignment",
        Map.of(
            "cluster_name", name, "endpoints", List.of(Map.of("lb_endpoints", List.of(endpoint)))));
    if (parts.containsKey("upstream_tls")) {
      cluster.put("transport_socket", tls("UpstreamTlsContext", parts.get("upstream_tls")));
    }
    return cluster;
  }

  private static Object tls(String context, @Nullable Object settings) {
    var typed = Trees.mapping(settings);
    typed.put("@type", TYPE + "transport_sockets.tls.v3." + context);
    return Map.of("name", "envoy.transport_sockets.tls", "typed_config", typed);
  }

  private static Object listener(LaneSpec lane, Map<String, Object> parts) {
    var listener = new LinkedHashMap<String, Object>();
    listener.put("name", lane.name());
    listener.put("address", address(0));
    if (parts.get("chains") instanceof Map<?, ?> chains) {
      var all = new ArrayList<Object>();
      chains.forEach((name, match) -> all.add(chain(lane, parts, name, match)));
      listener.put("filter_chains", all);
      listener.put("access_log", List.of(accessLog(lane)));
    } else {
      var filters = lane.scenario.tcp() ? tcpFilters(lane, parts, true) : httpFilters(lane, parts);
      var chain = new LinkedHashMap<String, Object>();
      chain.put("filters", filters);
      secure(chain, parts.get("downstream_tls"));
      listener.put("filter_chains", List.of(chain));
    }
    return Trees.merged(listener, parts.getOrDefault("listener", Map.of()));
  }

  /// A TCP proxy like every other; the listener writes the log. TLS stands beside the match.
  private static Object chain(LaneSpec lane, Map<String, Object> parts, Object name, Object match) {
    var own = Trees.mapping(match);
    var chain = new LinkedHashMap<String, Object>();
    secure(chain, own.containsKey("tls") ? own.remove("tls") : parts.get("downstream_tls"));
    chain.put("name", name);
    chain.put("filter_chain_match", own);
    chain.put("filters", tcpFilters(lane, parts, false));
    return chain;
  }

  private static void secure(Map<String, Object> chain, @Nullable Object settings) {
    if (settings != null) {
      chain.put("transport_socket", tls("DownstreamTlsContext", settings));
    }
  }

  private static List<Object> httpFilters(LaneSpec lane, Map<String, Object> parts) {
    var filters = new ArrayList<Object>(networkFilters(parts));
    filters.add(connectionManager(lane, parts));
    return filters;
  }

  private static List<Object> tcpFilters(LaneSpec lane, Map<String, Object> parts, boolean logs) {
    var filters = new ArrayList<Object>();
    var guest = lane.guest();
    if (guest != null) {
      filters.add(guest.filter("network", lane.name(), lane.module().toString()));
    }
    filters.addAll(networkFilters(parts));
    var proxy =
        Map.of(
            "@type",
            TYPE + "filters.network.tcp_proxy.v3.TcpProxy",
            "stat_prefix",
            "tcp" + AT + lane.name(),
            "access_log",
            logs ? List.of(accessLog(lane)) : List.of());
    filters.add(
        Map.of(
            "name",
            "envoy.filters.network.tcp_proxy",
            "typed_config",
            Trees.merged(proxy, parts.getOrDefault("tcp", Map.of()))));
    return filters;
  }

  /// Those in front of whatever ends the chain.
  private static List<?> networkFilters(Map<String, Object> parts) {
    return parts.get("network_filters") instanceof List<?> list ? list : List.of();
  }

  private static Object connectionManager(LaneSpec lane, Map<String, Object> parts) {
    var manager = new LinkedHashMap<String, Object>();
    manager.put("@type", TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager");
    manager.put("stat_prefix", "hcm" + AT + lane.name());
    manager.put("access_log", List.of(accessLog(lane)));
    var own = parts.getOrDefault("hcm", Map.of());
    if (!(own instanceof Map<?, ?> fields && fields.containsKey("scoped_routes"))) {
      manager.put("route_config", routes(parts));
    }
    var filters = new ArrayList<Object>();
    var guest = lane.guest();
    if (guest != null) {
      filters.add(guest.filter("http", lane.name(), lane.module().toString()));
    }
    filters.addAll((List<?>) parts.getOrDefault("http_filters", List.of()));
    filters.add(
        Map.of(
            "name",
            "envoy.filters.http.router",
            "typed_config",
            Map.of("@type", TYPE + "filters.http.router.v3.Router")));
    manager.put("http_filters", filters);
    var merged = Trees.merged(manager, own);
    return Map.of("name", "envoy.filters.network.http_connection_manager", "typed_config", merged);
  }

  private static Object routes(Map<String, Object> parts) {
    var hosts = new ArrayList<Object>((List<?>) parts.getOrDefault("virtual_hosts", List.of()));
    hosts.add(
        Map.of(
            "name",
            "probe",
            "domains",
            List.of(PROBE_HOST),
            "routes",
            List.of(
                Map.of(
                    "match",
                    Map.of("prefix", "/"),
                    "direct_response",
                    Map.of("status", 200, "body", Map.of("inline_string", "probed"))))));
    hosts.add(
        Map.of(
            "name",
            "all",
            "domains",
            List.of("*"),
            "routes",
            parts.getOrDefault("routes", List.of())));
    return Map.of("name", "local", "validate_clusters", false, "virtual_hosts", hosts);
  }

  private static Object accessLog(LaneSpec lane) {
    return Map.of(
        "name",
        "file",
        "typed_config",
        Map.of(
            "@type",
            TYPE + "access_loggers.file.v3.FileAccessLog",
            "path",
            lane.log().toString(),
            "log_format",
            Map.of(
                "text_format_source",
                Map.of("inline_string", AccessLog.format(AccessLog.fields(lane.scenario))))));
  }

  private static Object address(int port) {
    return Map.of("socket_address", Map.of("address", "127.0.0.1", "port_value", port));
  }
}
