package dev.outrider.proxy.xds.cluster;

import dev.outrider.proxy.cluster.DnsCacheSpec;
import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.WantedName;
import dev.outrider.proxy.dns.DnsCache;
import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.extension.DnsCacheReader;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig;
import io.envoyproxy.envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig;
import java.util.ArrayList;
import java.util.List;

/// Reads `common.dynamic_forward_proxy.v3.DnsCacheConfig`, of clusters and of filters. Main loop
/// only.
public final class DnsCacheParser implements DnsCacheReader {
  private static final long REFRESH_MILLIS = 60_000;
  private static final long MIN_REFRESH_MILLIS = 5_000;
  private static final long HOST_TTL_MILLIS = 300_000;
  private static final long QUERY_TIMEOUT_MILLIS = 5_000;
  private static final int MOST = 1024;

  private final DnsCaches caches;

  public DnsCacheParser(DnsCaches caches) {
    this.caches = caches;
  }

  @Override
  public Parsed<DnsCache> read(DnsCacheConfig message, ParseContext context) {
    var scope = new Scope(context.resource(), context.field(), new ArrayList<>());
    var spec = spec(message, scope);
    if (!scope.problems().isEmpty()) {
      return new Parsed.Invalid<>(scope.problems());
    }
    var cache = caches.of(spec);
    return cache != null
        ? Parsed.valid(cache)
        : Parsed.invalid(
            context.problem(
                "",
                "config specified DNS cache '%s' with different settings"
                    .formatted(message.getName())));
  }

  private static DnsCacheSpec spec(DnsCacheConfig message, Scope scope) {
    scope.refuse(message.hasKeyValueConfig(), "key_value_config");
    var refresh =
        message.hasDnsRefreshRate()
            ? scope.millis("dns_refresh_rate", message.getDnsRefreshRate())
            : REFRESH_MILLIS;
    var maxHosts = message.hasMaxHosts() ? Scope.clamp(message.getMaxHosts().getValue()) : MOST;
    var breaker = message.getDnsCacheCircuitBreaker();
    return new DnsCacheSpec(
        message.getName(),
        family(message),
        resolver(message, scope),
        refresh,
        message.hasDnsMinRefreshRate()
            ? scope.millis("dns_min_refresh_rate", message.getDnsMinRefreshRate())
            : MIN_REFRESH_MILLIS,
        failures(message, refresh, scope),
        !message.getDisableDnsRefreshOnFailure(),
        message.hasHostTtl() ? scope.millis("host_ttl", message.getHostTtl()) : HOST_TTL_MILLIS,
        message.hasDnsQueryTimeout()
            ? scope.millis("dns_query_timeout", message.getDnsQueryTimeout())
            : QUERY_TIMEOUT_MILLIS,
        maxHosts,
        breaker.hasMaxPendingRequests()
            ? Scope.clamp(breaker.getMaxPendingRequests().getValue())
            : MOST,
        preresolved(message, maxHosts, scope));
  }

  private static DnsFamily family(DnsCacheConfig message) {
    return switch (message.getDnsLookupFamily()) {
      case AUTO, UNRECOGNIZED -> DnsFamily.AUTO;
      case V4_ONLY -> DnsFamily.V4_ONLY;
      case V6_ONLY -> DnsFamily.V6_ONLY;
      case V4_PREFERRED -> DnsFamily.V4_PREFERRED;
      case ALL -> DnsFamily.ALL;
    };
  }

  @SuppressWarnings("deprecation") // still sent by control planes
  private static DnsResolverSpec resolver(DnsCacheConfig message, Scope scope) {
    scope.refuse(message.getUseTcpForDnsLookups(), "use_tcp_for_dns_lookups");
    if (message.hasTypedDnsResolverConfig()) {
      return DnsOptionsParser.typed(
          message.getTypedDnsResolverConfig(), scope.field("typed_dns_resolver_config"));
    }
    if (message.hasDnsResolutionConfig()) {
      var config = message.getDnsResolutionConfig();
      return DnsOptionsParser.servers(
          config.getResolversList(),
          config.getDnsResolverOptions(),
          CaresDnsResolverConfig.getDefaultInstance(),
          scope.field("dns_resolution_config"));
    }
    return DnsResolverSpec.DEFAULT;
  }

  private static FailureRefresh failures(DnsCacheConfig message, long refresh, Scope scope) {
    var failure = message.getDnsFailureRefreshRate();
    return message.hasDnsFailureRefreshRate()
        ? DnsOptionsParser.failure(
            failure.getBaseInterval(), failure.hasMaxInterval(), failure.getMaxInterval(), scope)
        : new FailureRefresh(refresh, 0);
  }

  private static List<WantedName> preresolved(DnsCacheConfig message, int maxHosts, Scope scope) {
    var all = message.getPreresolveHostnamesList();
    if (all.size() > maxHosts) {
      scope.problem(
          "DNS Cache [%s] configured with preresolve_hostnames=%d larger than max_hosts=%d"
              .formatted(message.getName(), all.size(), maxHosts));
    }
    var names = new ArrayList<WantedName>();
    for (var i = 0; i < all.size(); i++) {
      names.add(
          WantedName.of(
              Addresses.name(
                  Address.newBuilder().setSocketAddress(all.get(i)).build(),
                  scope.item("preresolve_hostnames", i))));
    }
    return names;
  }
}
