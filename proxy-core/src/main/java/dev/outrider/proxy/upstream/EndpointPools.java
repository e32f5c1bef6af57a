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
  // Made with their first pool: most clusters of a big configuration see no traffic.
  private @Nullable IdentityHashMap<HostShared, EndpointPool> http1;
  private @Nullable IdentityHashMap<HostShared, EndpointPool> http2;
  private @Nullable Map<Wish, EndpointPool> wishing;

  /// Where a pool with options stands.
  private record Wish(HostShared host, HttpVersion version, TransportSocketOptions options) {}

  @Nullable EndpointPool find(
      HostShared host, HttpVersion version, TransportSocketOptions options) {
    if (options.isNone()) {
      var plain = plain(version);
      return plain == null ? null : plain.get(host);
    }
    return wishing == null ? null : wishing.get(new Wish(host, version, options));
  }

  void add(EndpointPool pool) {
    if (!pool.options().isNone()) {
      wishing = wishing == null ? new HashMap<>() : wishing;
      wishing.put(wish(pool), pool);
      return;
    }
    var plain = plain(pool.version());
    if (plain == null) {
      plain = new IdentityHashMap<>(1);
      switch (pool.version()) {
        case HTTP1 -> http1 = plain;
        case HTTP2 -> http2 = plain;
      }
    }
    plain.put(pool.host(), pool);
  }

  void remove(EndpointPool pool) {
    var plain = plain(pool.version());
    if (pool.options().isNone()) {
      if (plain != null) {
        plain.remove(pool.host());
      }
    } else if (wishing != null) {
      wishing.remove(wish(pool), pool);
    }
  }

  private static Wish wish(EndpointPool pool) {
    return new Wish(pool.host(), pool.version(), pool.options());
  }

  private @Nullable IdentityHashMap<HostShared, EndpointPool> plain(HttpVersion version) {
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
    return isEmpty(http1) && isEmpty(http2) && isEmpty(wishing);
  }

  private static boolean isEmpty(@Nullable Map<?, EndpointPool> pools) {
    return pools == null || pools.isEmpty();
  }

  /// As they are now: they may be removed on the way.
  List<EndpointPool> all() {
    if (isEmpty()) {
      return List.of();
    }
    var all = new ArrayList<EndpointPool>();
    addTo(all, http1);
    addTo(all, http2);
    addTo(all, wishing);
    return all;
  }

  private static void addTo(List<EndpointPool> all, @Nullable Map<?, EndpointPool> pools) {
    if (pools != null) {
      all.addAll(pools.values());
    }
  }
}
