package dev.outrider.proxy.routing;

import dev.outrider.proxy.attributes.ByteRangeMap;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Finds the virtual host of a host name: exact, longest suffix, longest prefix, everything.
final class DomainIndex {
  private final ByteRangeMap<RouteIndex> exact;
  private final ByteRangeMap<RouteIndex> suffixes;
  private final ByteRangeMap<RouteIndex> prefixes;
  private final int[] suffixLengths;
  private final int[] prefixLengths;
  private final @Nullable RouteIndex everything;
  private final int exactCount;

  DomainIndex(List<VirtualHost> hosts, boolean ignoresParameters) {
    var byExact = new HashMap<String, RouteIndex>();
    var bySuffix = new HashMap<String, RouteIndex>();
    var byPrefix = new HashMap<String, RouteIndex>();
    RouteIndex rest = null;
    for (var host : hosts) {
      var routes = new RouteIndex(host, ignoresParameters);
      for (var domain : host.domains()) {
        if (domain.equals("*")) {
          rest = rest == null ? routes : rest;
        } else if (domain.startsWith("*")) {
          bySuffix.putIfAbsent(domain.substring(1), routes);
        } else if (domain.endsWith("*")) {
          byPrefix.putIfAbsent(domain.substring(0, domain.length() - 1), routes);
        } else {
          byExact.putIfAbsent(domain, routes);
        }
      }
    }
    exact = new ByteRangeMap<>(byExact);
    exactCount = byExact.size();
    suffixes = new ByteRangeMap<>(bySuffix);
    prefixes = new ByteRangeMap<>(byPrefix);
    suffixLengths = lengths(bySuffix);
    prefixLengths = lengths(byPrefix);
    everything = rest;
  }

  /// Of a request without a host: Envoy looks no further if there is more than a host for
  /// everything.
  @Nullable RouteIndex ofNoName() {
    return exactCount + suffixLengths.length + prefixLengths.length == 0 ? everything : null;
  }

  /// Null if no virtual host takes that name.
  @Nullable RouteIndex find(byte[] bytes, int from, int to) {
    for (var i = from; i < to; i++) {
      if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
        var folded = fold(bytes, from, to);
        return findFolded(folded, 0, folded.length);
      }
    }
    return findFolded(bytes, from, to);
  }

  private @Nullable RouteIndex findFolded(byte[] bytes, int from, int to) {
    var found = exact.get(bytes, from, to);
    for (var i = 0; found == null && i < suffixLengths.length; i++) {
      // A wildcard stands for one byte at least.
      if (suffixLengths[i] < to - from) {
        found = suffixes.get(bytes, to - suffixLengths[i], to);
      }
    }
    for (var i = 0; found == null && i < prefixLengths.length; i++) {
      if (prefixLengths[i] < to - from) {
        found = prefixes.get(bytes, from, from + prefixLengths[i]);
      }
    }
    return found != null ? found : everything;
  }

  private static byte[] fold(byte[] bytes, int from, int to) {
    var folded = new byte[to - from];
    for (var i = 0; i < folded.length; i++) {
      var b = bytes[from + i];
      folded[i] = b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }
    return folded;
  }

  /// Longest first.
  private static int[] lengths(Map<String, RouteIndex> keys) {
    var lengths = new TreeSet<Integer>(Comparator.reverseOrder());
    keys.keySet().forEach(key -> lengths.add(key.length()));
    return lengths.stream().mapToInt(Integer::intValue).toArray();
  }
}
