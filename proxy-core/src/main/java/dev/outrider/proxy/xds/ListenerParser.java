package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.Resource.ListenerResource;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads `listener.v3.Listener`: a TCP address with one filter chain that speaks HTTP in plain
/// text.
final class ListenerParser {
  private static final String HCM =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

  private final HcmParser hcm;

  ListenerParser(HcmParser hcm) {
    this.hcm = hcm;
  }

  /// @param previous the same listener one version earlier
  CompletionStage<Parsed<ListenerResource>> parse(
      Listener message, ConfigOrigin origin, Scope scope, @Nullable ListenerResource previous) {
    refuseWhatIsMissing(message, scope);
    var address = Addresses.parse(message.getAddress(), scope.field("address"));
    var chain = onlyChain(message, scope);
    if (chain == null) {
      return refused(scope);
    }
    var connectionManager = connectionManager(chain.message, chain.scope);
    if (connectionManager == null) {
      return refused(scope);
    }
    var before = previous == null ? null : previous.listener().chain().http();
    return http(connectionManager, chain, before)
        .thenApply(result -> scope.result(resource(message, origin, address, chain, result)));
  }

  private CompletionStage<HcmParser.Result> http(
      HttpConnectionManager message, Chain chain, @Nullable HttpConnectionManagerConfig before) {
    return hcm.parse(message, chain.scope.item("filters", 0).field("typed_config"), before);
  }

  private static CompletionStage<Parsed<ListenerResource>> refused(Scope scope) {
    return CompletableFuture.completedFuture(new Parsed.Invalid<>(scope.problems()));
  }

  private static ListenerResource resource(
      Listener message,
      ConfigOrigin origin,
      HostPort address,
      Chain chain,
      HcmParser.Result result) {
    var listener =
        new ListenerConfig(
            message.getName(),
            address,
            message.getStatPrefix().isEmpty() ? address.statName() : message.getStatPrefix(),
            new FilterChain(chain.message.getName(), result.config()),
            message.hasPerConnectionBufferLimitBytes()
                ? Scope.clamp(message.getPerConnectionBufferLimitBytes().getValue())
                : ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES,
            Scope.clamp(message.getTcpBacklogSize().getValue()),
            origin);
    return new ListenerResource(listener, result.rdsTimeoutMillis(), result.mustExist());
  }

  @SuppressWarnings("deprecation") // use_original_dst is what redirected listeners set
  private static void refuseWhatIsMissing(Listener message, Scope scope) {
    if (message.getName().isEmpty()) {
      scope.problem("name", "is required");
    }
    for (var i = 0; i < message.getListenerFiltersCount(); i++) {
      scope
          .item("listener_filters", i)
          .problem(
              "Didn't find a registered implementation for '%s' with type URL: '%s'"
                  .formatted(
                      message.getListenerFilters(i).getName(),
                      ProviderRegistry.typeName(
                          message.getListenerFilters(i).getTypedConfig().getTypeUrl())));
    }
    scope.refuse(message.getAdditionalAddressesCount() > 0, "additional_addresses");
    scope.refuse(message.hasFilterChainMatcher(), "filter_chain_matcher");
    scope.refuse(message.getUseOriginalDst().getValue(), "use_original_dst");
    scope.refuse(message.hasBindToPort() && !message.getBindToPort().getValue(), "bind_to_port");
    scope.refuse(message.hasUdpListenerConfig(), "udp_listener_config");
    scope.refuse(message.hasApiListener(), "api_listener");
    scope.refuse(message.hasInternalListener(), "internal_listener");
    scope.refuse(message.getTransparent().getValue(), "transparent");
    scope.refuse(message.getFreebind().getValue(), "freebind");
  }

  /// A chain and its place.
  private record Chain(io.envoyproxy.envoy.config.listener.v3.FilterChain message, Scope scope) {}

  private static @Nullable Chain onlyChain(Listener message, Scope scope) {
    var count = message.getFilterChainsCount() + (message.hasDefaultFilterChain() ? 1 : 0);
    if (count == 0) {
      scope.problem(
          "error adding listener '%s': no filter chains specified".formatted(message.getName()));
      return null;
    }
    if (count > 1) {
      scope.problem("filter_chains", "only one filter chain is supported");
    }
    var chain =
        message.getFilterChainsCount() > 0
            ? new Chain(message.getFilterChains(0), scope.item("filter_chains", 0))
            : new Chain(message.getDefaultFilterChain(), scope.field("default_filter_chain"));
    var match = chain.message.getFilterChainMatch();
    chain.scope.refuse(!match.equals(FilterChainMatch.getDefaultInstance()), "filter_chain_match");
    if (chain.message.hasTransportSocket()) {
      TransportSockets.check(
          chain.message.getTransportSocket(), chain.scope.field("transport_socket"));
    }
    return chain;
  }

  private static @Nullable HttpConnectionManager connectionManager(
      io.envoyproxy.envoy.config.listener.v3.FilterChain chain, Scope scope) {
    if (chain.getFiltersCount() == 0) {
      scope.problem("filters", "an HTTP connection manager is required");
      return null;
    }
    HttpConnectionManager found = null;
    for (var i = 0; i < chain.getFiltersCount(); i++) {
      var message = connectionManager(chain.getFilters(i), scope.item("filters", i));
      if (i == 0) {
        found = message;
      } else if (message != null) {
        scope.item("filters", i).problem("there is an HTTP connection manager already");
      }
    }
    return found;
  }

  private static @Nullable HttpConnectionManager connectionManager(Filter filter, Scope scope) {
    var type = ProviderRegistry.typeName(filter.getTypedConfig().getTypeUrl());
    if (!type.equals(HCM)) {
      scope.problem(
          "Didn't find a registered implementation for '%s' with type URL: '%s'"
              .formatted(filter.getName(), type));
      return null;
    }
    try {
      return HttpConnectionManager.parseFrom(filter.getTypedConfig().getValue());
    } catch (InvalidProtocolBufferException e) {
      scope.field("typed_config").problem(String.valueOf(e.getMessage()));
      return null;
    }
  }
}
