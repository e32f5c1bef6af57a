package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.http.HttpVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The pools of one cluster on one loop: one for each endpoint, version of HTTP, and wish about
/// TLS. Most attempts have no such wish; their pools are found without making a key.
final class EndpointPools {
  // Small at first: most clusters of a big configuration see no traffic.
  private final IdentityHashMap<HostShared, EndpointPool> http1 = new IdentityHashMap<>(1);
  private final IdentityHashMap<HostShared, EndpointPool> http2 = new IdentityHashMap<>(1);
  private final Map<Wish, EndpointPool> wishing = new HashMap<>();

  /// Where a pool with options stands.
  private record Wish(HostShared host, HttpVersion version, TransportSocketOptions options) {}

  @Nullable EndpointPool find(
      HostShared host, HttpVersion version, TransportSocketOptions options) {
    return options.isNone()
        ? plain(version).get(host)
        : wishing.get(new Wish(host, version, options));
  }

  void add(EndpointPool pool) {
    if (pool.options().isNone()) {
      plain(pool.version()).put(pool.host(), pool);
    } else {
      wishing.put(wish(pool), pool);
    }
  }

  void remove(EndpointPool pool) {
    if (pool.options().isNone()) {
      plain(pool.version()).remove(pool.host());
    } else {
      wishing.remove(wish(pool), pool);
    }
  }

  private static Wish wish(EndpointPool pool) {
    return new Wish(pool.host(), pool.version(), pool.options());
  }

  private IdentityHashMap<HostShared, EndpointPool> plain(HttpVersion version) {
    return switch (version) {
      case HTTP1 -> http1;
      case HTTP2 -> http2;
    };
  }

  /// One of that host whose connections carry nothing; null if there is none.
  @Nullable EndpointPool idle(HostShared host) {
    for (var pool : all()) {
      if (pool.host().equals(host) && pool.idle()) {
        return pool;
      }
    }
    return null;
  }

  boolean isEmpty() {
    return http1.isEmpty() && http2.isEmpty() && wishing.isEmpty();
  }

  /// As they are now: they may be removed on the way.
  List<EndpointPool> all() {
    var all = new ArrayList<EndpointPool>(http1.size() + http2.size() + wishing.size());
    all.addAll(http1.values());
    all.addAll(http2.values());
    all.addAll(wishing.values());
    return all;
  }
}
