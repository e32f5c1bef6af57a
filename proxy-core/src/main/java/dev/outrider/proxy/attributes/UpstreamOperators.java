package dev.outrider.proxy.attributes;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.UpstreamInfo;
import org.jspecify.annotations.Nullable;

/// The operators that show where an exchange went, and where else it was tried.
final class UpstreamOperators {
  private UpstreamOperators() {}

  /// Null if no such operator has that name.
  static @Nullable FormatOperator find(String name) {
    return switch (name) {
      case "UPSTREAM_PROTOCOL" -> UpstreamOperators::protocol;
      case "UPSTREAM_HOST_NAME" -> (info, out) -> last(info, true, out);
      case "UPSTREAM_HOST_NAME_WITHOUT_PORT" -> (info, out) -> last(info, false, out);
      case "UPSTREAM_HOSTS_ATTEMPTED" ->
          attempted((attempts, i, out) -> out.put(attempts.triedHost(i).textBytes()));
      case "UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT" ->
          attempted((attempts, i, out) -> out.put(attempts.triedHost(i).host()));
      case "UPSTREAM_HOST_NAMES_ATTEMPTED" ->
          attempted(
              (attempts, i, out) ->
                  out.put(named(attempts.triedName(i), attempts.triedHost(i), true)));
      case "UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT" ->
          attempted(
              (attempts, i, out) ->
                  out.put(named(attempts.triedName(i), attempts.triedHost(i), false)));
      case "UPSTREAM_CONNECTION_IDS_ATTEMPTED" -> UpstreamOperators::connections;
      default -> null;
    };
  }

  private static boolean protocol(StreamInfo info, ValueBuffer out) {
    var protocol = info.upstream().protocol();
    if (protocol != null) {
      out.put(protocol.text());
    }
    return protocol != null;
  }

  private static boolean last(StreamInfo info, boolean port, ValueBuffer out) {
    var host = info.upstream().host();
    if (host != null) {
      out.put(named(info.upstream().hostname(), host, port));
    }
    return host != null;
  }

  /// The address if there is no name.
  private static String named(String name, HostPort host, boolean port) {
    if (name.isEmpty()) {
      return port ? host.text() : host.host();
    }
    var colon = port ? -1 : name.lastIndexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  private static FormatOperator attempted(Writer writer) {
    return (info, out) -> {
      var attempts = info.upstream();
      for (var i = 0; i < attempts.triedHosts(); i++) {
        if (i > 0) {
          out.put(',');
        }
        writer.write(attempts, i, out);
      }
      return attempts.triedHosts() > 0;
    };
  }

  private static boolean connections(StreamInfo info, ValueBuffer out) {
    var attempts = info.upstream();
    for (var i = 0; i < attempts.triedConnections(); i++) {
      if (i > 0) {
        out.put(',');
      }
      out.putDecimal(attempts.triedConnection(i));
    }
    return attempts.triedConnections() > 0;
  }

  /// Writes one of the attempts.
  private interface Writer {
    void write(UpstreamInfo attempts, int index, ValueBuffer out);
  }
}
