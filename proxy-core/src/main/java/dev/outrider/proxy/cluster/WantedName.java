package dev.outrider.proxy.cluster;

/// Where a request wants to go, as its authority says it (Envoy `Http::Utility::parseAuthority`).
///
/// @param key under which it is known: the authority, with a port
/// @param address a name or an IP address, without brackets, and the port
public record WantedName(String key, HostPort address) {
  private static final int MAX_PORT = 65_535;

  /// What an authority names.
  ///
  /// @param defaultPort where the authority names none; what is no port is part of the name, which
  ///   nobody will find
  public static WantedName of(String authority, int defaultPort) {
    var colon = authority.lastIndexOf(':');
    var port = colon < 0 || authority.endsWith("]") ? -1 : port(authority, colon + 1);
    return port < 0
        ? new WantedName(
            authority + ":" + defaultPort, new HostPort(unbracketed(authority), defaultPort))
        : new WantedName(authority, new HostPort(unbracketed(authority.substring(0, colon)), port));
  }

  /// An address of the configuration.
  public static WantedName of(HostPort address) {
    return new WantedName(address.text(), address);
  }

  /// -1 if it is none.
  private static int port(String authority, int start) {
    var port = start == authority.length() ? -1 : 0;
    for (var i = start; i < authority.length() && port >= 0; i++) {
      var digit = authority.charAt(i) - '0';
      port = digit < 0 || digit > 9 || port * 10 + digit > MAX_PORT ? -1 : port * 10 + digit;
    }
    return port;
  }

  private static String unbracketed(String host) {
    var inside = host.startsWith("[") && host.endsWith("]");
    return inside && IpAddress.parse(host.substring(1, host.length() - 1)) != null
        ? host.substring(1, host.length() - 1)
        : host;
  }
}
