package dev.outrider.proxy.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The Envoy bootstrap that `outrider run` stands for: one listener, a chain of Wasm filters, one
/// upstream.
///
/// @param listen where clients connect
/// @param to the service
/// @param admin where the admin listener binds
/// @param filters in the order a request meets them
record SidecarBootstrap(Address listen, Address to, Address admin, List<Filter> filters) {
  static final String LISTENER = "sidecar";

  private static final int FILTER_INDENT = 18;
  private static final int CONFIGURATION_INDENT = 6;

  SidecarBootstrap {
    filters = List.copyOf(filters);
  }

  /// One filter of the chain.
  ///
  /// @param name what stats and logs call it
  /// @param module path of the `.wasm` file
  /// @param configuration what the guest reads in `on_configure`; null for none
  record Filter(String name, Path module, @Nullable String configuration) {}

  /// A host and a port.
  record Address(String host, int port) {
    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /// Reads `PORT`, `HOST:PORT` or `[V6]:PORT`; a bare port means `fallbackHost`.
    static Address parse(String flag, String text, String fallbackHost) {
      int colon = text.lastIndexOf(':');
      var host = colon < 0 ? fallbackHost : text.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port >= 0 && port <= 65_535 && !host.isEmpty()) {
          return new Address(host, port);
        }
      } catch (NumberFormatException _) {
        // the sentence below says what was expected
      }
      throw new UsageException(
          flag + " " + text + ": expected PORT or HOST:PORT, as in 8080 or 127.0.0.1:9000");
    }
  }

  /// The bootstrap as YAML that Envoy and Outrider both read.
  String yaml() {
    var chain = new StringBuilder();
    filters.forEach(filter -> chain.append(filterYaml(filter)));
    return """
    admin:
      address:
        socket_address: { address: %s, port_value: %d }
    static_resources:
      listeners:
        - name: sidecar
          address:
            socket_address: { address: %s, port_value: %d }
          filter_chains:
            - filters:
                - name: envoy.filters.network.http_connection_manager
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    stat_prefix: sidecar
                    route_config:
                      name: sidecar
                      virtual_hosts:
                        - name: service
                          domains: ["*"]
                          routes:
                            - match: { prefix: "/" }
                              route: { cluster: service }
                    http_filters:
    %s                  - name: envoy.filters.http.router
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
      clusters:
        - name: service
          type: STATIC
          load_assignment:
            cluster_name: service
            endpoints:
              - lb_endpoints:
                  - endpoint:
                      address:
                        socket_address: { address: %s, port_value: %d }
    """
        .formatted(
            quote(admin.host),
            admin.port,
            quote(listen.host),
            listen.port,
            chain.toString().indent(FILTER_INDENT),
            quote(to.host),
            to.port);
  }

  private static String filterYaml(Filter filter) {
    var yaml =
        """
        - name: %s
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
            config:
              name: %s
              vm_config:
                vm_id: %s
                runtime: envoy.wasm.runtime.v8
                code:
                  local: { filename: %s }
        """
            .formatted(
                quote(filter.name),
                quote(filter.name),
                quote(filter.name),
                quote(filter.module.toString()));
    return filter.configuration == null
        ? yaml
        : yaml
            + """
            configuration:
              "@type": type.googleapis.com/google.protobuf.StringValue
              value: %s
            """
                .formatted(quote(filter.configuration))
                .indent(CONFIGURATION_INDENT);
  }

  /// A YAML double-quoted scalar; the escapes are those of JSON.
  static String quote(String text) {
    var quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> {
                  if (c < 0x20 || c == 0x7f) {
                    quoted.append(String.format("\\u%04x", c));
                  } else {
                    quoted.append((char) c);
                  }
                }
              }
            });
    return quoted.append('"').toString();
  }
}
