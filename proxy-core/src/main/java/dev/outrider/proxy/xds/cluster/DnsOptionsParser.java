package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsOptions;
import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.DnsResolverOptions;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.clusters.dns.v3.DnsCluster;
import io.envoyproxy.envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig;
import java.util.ArrayList;
import java.util.List;

/// Reads how names are resolved: from [DnsCluster], or from the fields of the cluster that came
/// before it.
final class DnsOptionsParser {
  private static final String CARES =
      "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig";
  private static final String GETADDRINFO =
      "envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig";
  private static final int DNS_PORT = 53;

  private DnsOptionsParser() {}

  static DnsOptions parse(DnsCluster message, Scope scope) {
    var refresh = refresh(message.hasDnsRefreshRate(), message.getDnsRefreshRate(), scope);
    var failure = message.getDnsFailureRefreshRate();
    return new DnsOptions(
        refresh,
        message.hasDnsFailureRefreshRate()
            ? failure(
                failure.getBaseInterval(),
                failure.hasMaxInterval(),
                failure.getMaxInterval(),
                scope)
            : new FailureRefresh(refresh, 0),
        message.getRespectDnsTtl(),
        scope.millis("dns_jitter", message.getDnsJitter()),
        switch (message.getDnsLookupFamily()) {
          case UNSPECIFIED, AUTO, UNRECOGNIZED -> DnsFamily.AUTO;
          case V4_ONLY -> DnsFamily.V4_ONLY;
          case V6_ONLY -> DnsFamily.V6_ONLY;
          case V4_PREFERRED -> DnsFamily.V4_PREFERRED;
          case ALL -> DnsFamily.ALL;
        },
        message.getAllAddressesInSingleEndpoint(),
        message.hasTypedDnsResolverConfig()
            ? typed(message.getTypedDnsResolverConfig(), scope.field("typed_dns_resolver_config"))
            : DnsResolverSpec.DEFAULT);
  }

  /// @param singleEndpoint LOGICAL_DNS rather than STRICT_DNS
  @SuppressWarnings("deprecation") // the fields that came before the extension
  static DnsOptions parse(Cluster message, boolean singleEndpoint, Scope scope) {
    var refresh = refresh(message.hasDnsRefreshRate(), message.getDnsRefreshRate(), scope);
    var failure = message.getDnsFailureRefreshRate();
    return new DnsOptions(
        refresh,
        message.hasDnsFailureRefreshRate()
            ? failure(
                failure.getBaseInterval(),
                failure.hasMaxInterval(),
                failure.getMaxInterval(),
                scope)
            : new FailureRefresh(refresh, 0),
        message.getRespectDnsTtl(),
        scope.millis("dns_jitter", message.getDnsJitter()),
        switch (message.getDnsLookupFamily()) {
          case AUTO, UNRECOGNIZED -> DnsFamily.AUTO;
          case V4_ONLY -> DnsFamily.V4_ONLY;
          case V6_ONLY -> DnsFamily.V6_ONLY;
          case V4_PREFERRED -> DnsFamily.V4_PREFERRED;
          case ALL -> DnsFamily.ALL;
        },
        singleEndpoint,
        resolver(message, scope));
  }

  private static long refresh(boolean isSet, Duration rate, Scope scope) {
    return isSet ? scope.millis("dns_refresh_rate", rate) : DnsOptions.DEFAULT_REFRESH_MILLIS;
  }

  static FailureRefresh failure(Duration base, boolean hasMax, Duration max, Scope scope) {
    var place = scope.field("dns_failure_refresh_rate");
    var baseMillis = place.millis("base_interval", base);
    var maxMillis = hasMax ? place.millis("max_interval", max) : baseMillis * 10;
    if (maxMillis < baseMillis) {
      scope.problem(
          "dns_failure_refresh_rate must have max_interval greater than or equal to the"
              + " base_interval");
    }
    return new FailureRefresh(baseMillis, maxMillis);
  }

  @SuppressWarnings("deprecation") // still sent by control planes
  private static DnsResolverSpec resolver(Cluster message, Scope scope) {
    if (message.hasTypedDnsResolverConfig()) {
      return typed(message.getTypedDnsResolverConfig(), scope.field("typed_dns_resolver_config"));
    }
    if (message.hasDnsResolutionConfig()) {
      var place = scope.field("dns_resolution_config");
      var config = message.getDnsResolutionConfig();
      return servers(
          config.getResolversList(),
          config.getDnsResolverOptions(),
          CaresDnsResolverConfig.getDefaultInstance(),
          place);
    }
    if (message.getDnsResolversCount() > 0 || message.getUseTcpForDnsLookups()) {
      var options =
          DnsResolverOptions.newBuilder()
              .setUseTcpForDnsLookups(message.getUseTcpForDnsLookups())
              .build();
      return servers(
          message.getDnsResolversList(),
          options,
          CaresDnsResolverConfig.getDefaultInstance(),
          scope);
    }
    return DnsResolverSpec.DEFAULT;
  }

  static DnsResolverSpec typed(TypedExtensionConfig extension, Scope scope) {
    var type = ProviderRegistry.typeName(extension.getTypedConfig().getTypeUrl());
    try {
      switch (type) {
        case CARES -> {
          var config = CaresDnsResolverConfig.parseFrom(extension.getTypedConfig().getValue());
          return servers(
              config.getResolversList(),
              config.getDnsResolverOptions(),
              config,
              scope.field("typed_config"));
        }
        case GETADDRINFO -> {
          return new DnsResolverSpec.OfSystem();
        }
        default ->
            scope.problem(
                "Didn't find a registered implementation for '%s' with type URL: '%s'"
                    .formatted(extension.getName(), type));
      }
    } catch (InvalidProtocolBufferException e) {
      scope.problem("typed_config", String.valueOf(e.getMessage()));
    }
    return DnsResolverSpec.DEFAULT;
  }

  static DnsResolverSpec servers(
      List<Address> addresses,
      DnsResolverOptions options,
      CaresDnsResolverConfig more,
      Scope scope) {
    scope.refuse(more.getUseResolversAsFallback(), "use_resolvers_as_fallback");
    scope.refuse(more.getFilterUnroutableFamilies(), "filter_unroutable_families");
    scope.refuse(options.getUseTcpForDnsLookups(), "dns_resolver_options.use_tcp_for_dns_lookups");
    var servers = new ArrayList<HostPort>();
    for (var i = 0; i < addresses.size(); i++) {
      var server = Addresses.ip(addresses.get(i), scope.item("resolvers", i));
      servers.add(server.isFixed() ? server : new HostPort(server.host(), DNS_PORT));
    }
    var usual = (DnsResolverSpec.Servers) DnsResolverSpec.DEFAULT;
    return new DnsResolverSpec.Servers(
        servers,
        !options.getNoDefaultSearchDomain(),
        more.getRotateNameservers(),
        more.hasQueryTimeoutSeconds()
            ? more.getQueryTimeoutSeconds().getValue() * 1_000
            : usual.timeoutMillis(),
        more.hasQueryTries() ? Scope.clamp(more.getQueryTries().getValue()) : usual.tries(),
        more.hasEdns0MaxPayloadSize() ? more.getEdns0MaxPayloadSize().getValue() : 0);
  }
}
