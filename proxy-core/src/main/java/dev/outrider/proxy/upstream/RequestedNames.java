package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.AutoSni;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import org.jspecify.annotations.Nullable;

/// Reads from requests which name their service is asked for. Remembers the last, since most
/// requests to a cluster are for one host: these make no object. Owned by the loop of its cluster.
final class RequestedNames {
  private static final int MAX_PORT = 65_535;

  private AutoSni rule = AutoSni.NONE;
  private byte[] lastValue = {};
  private String lastHost = "";
  private TransportSocketOptions last = TransportSocketOptions.NONE;

  /// What a request with this head wants.
  ///
  /// @param newHost what its host is to become; null or empty = it stays
  /// @param wanted with [AutoSni#asks]
  @SuppressWarnings("ReferenceEquality") // another object is another version of the cluster
  TransportSocketOptions of(HeaderMap head, @Nullable String newHost, AutoSni wanted) {
    if (rule != wanted) {
      rule = wanted;
      forget();
    }
    var header = wanted.header();
    var line = header == null ? -1 : head.find(header);
    if (line >= 0 && head.valueLength(line) > 0) {
      return of(head, line);
    }
    if (newHost != null && !newHost.isEmpty()) {
      return of(newHost);
    }
    line = head.find(HeaderNames.AUTHORITY);
    return line < 0 || head.valueLength(line) == 0 ? TransportSocketOptions.NONE : of(head, line);
  }

  private void forget() {
    lastValue = new byte[0];
    lastHost = "";
  }

  private TransportSocketOptions of(HeaderMap head, int line) {
    if (!head.valueEquals(line, lastValue)) {
      forget();
      lastValue = new byte[head.valueLength(line)];
      head.copyValue(line, lastValue, 0);
      last = options(head.value(line));
    }
    return last;
  }

  private TransportSocketOptions of(String host) {
    if (!host.equals(lastHost)) {
      forget();
      lastHost = host;
      last = options(host);
    }
    return last;
  }

  /// An address is no name to ask for, though a certificate may have it.
  private TransportSocketOptions options(String authority) {
    var host = host(authority);
    var bare = host.startsWith("[") && host.endsWith("]") ? inner(host) : host;
    var isAddress = IpAddress.parse(bare) != null;
    var name = isAddress ? bare : host;
    return new TransportSocketOptions(
        rule.sni() && !isAddress ? name : "", rule.sanValidation() ? name : "");
  }

  private static String inner(String host) {
    return host.substring(1, host.length() - 1);
  }

  /// Without its port, if that is one.
  private static String host(String authority) {
    var colon = authority.lastIndexOf(':');
    if (colon < 0 || authority.endsWith("]") || colon == authority.length() - 1) {
      return authority;
    }
    var port = 0;
    for (var i = colon + 1; i < authority.length(); i++) {
      var digit = authority.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return authority;
      }
      port = port * 10 + digit;
      if (port > MAX_PORT) {
        return authority;
      }
    }
    return authority.substring(0, colon);
  }
}
