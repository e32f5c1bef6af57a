package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.xds.Resource.ListenerResource;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads `listener.v3.Listener`: a TCP address with one filter chain in plain text, whose network
/// filters end in an HTTP connection manager or in a terminal filter.
final class ListenerParser {
  private static final String HCM =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

  private final HcmParser hcm;
  private final NetworkFilterParser filters;

  ListenerParser(HcmParser hcm, NetworkFilterParser filters) {
    this.hcm = hcm;
    this.filters = filters;
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
    if (chain.message.getFiltersCount() == 0) {
      chain.scope.problem("filters", "a terminal filter is required, such as tcp_proxy");
      return refused(scope);
    }
    var before = previous == null ? null : previous.listener().chain();
    var last = chain.message.getFiltersCount() - 1;
    var http = chain.message.getFilters(last);
    if (!isHttp(http)) {
      return networkFilters(chain, last + 1, before)
          .thenApply(
              entries ->
                  scope.result(
                      new ListenerResource(
                          listener(
                              message,
                              origin,
                              address,
                              new FilterChain(chain.name(), entries, null)),
                          0,
                          Set.of())));
    }
    var manager = HcmParser.message(http, chain.scope.item("filters", last));
    if (manager == null) {
      return refused(scope);
    }
    return networkFilters(chain, last, before)
        .thenCombine(
            http(manager, chain, last, before),
            (entries, result) ->
                scope.result(resource(message, origin, address, chain, entries, result)));
  }

  private CompletionStage<List<NetworkFilterEntry>> networkFilters(
      Chain chain, int count, @Nullable FilterChain before) {
    var messages = chain.message.getFiltersList().subList(0, count);
    for (var i = 0; i < count; i++) {
      if (isHttp(messages.get(i))) {
        NetworkFilterParser.checkPlace(
            messages.get(i), true, false, chain.scope.item("filters", i));
      }
    }
    return filters.parse(messages, count < chain.message.getFiltersCount(), chain.scope, before);
  }

  private CompletionStage<HcmParser.Result> http(
      HttpConnectionManager message, Chain chain, int place, @Nullable FilterChain before) {
    return hcm.parse(
        message,
        chain.scope.item("filters", place).field("typed_config"),
        before == null ? null : before.http());
  }

  private static boolean isHttp(Filter filter) {
    return NetworkFilterParser.typeName(filter).equals(HCM);
  }

  private static CompletionStage<Parsed<ListenerResource>> refused(Scope scope) {
    return CompletableFuture.completedFuture(new Parsed.Invalid<>(scope.problems()));
  }

  private static ListenerResource resource(
      Listener message,
      ConfigOrigin origin,
      HostPort address,
      Chain chain,
      List<NetworkFilterEntry> filters,
      HcmParser.Result http) {
    var complete = new FilterChain(chain.name(), filters, http.config());
    return new ListenerResource(
        listener(message, origin, address, complete), http.rdsTimeoutMillis(), http.mustExist());
  }

  private static ListenerConfig listener(
      Listener message, ConfigOrigin origin, HostPort address, FilterChain chain) {
    return new ListenerConfig(
        message.getName(),
        address,
        message.getStatPrefix().isEmpty() ? address.statName() : message.getStatPrefix(),
        chain,
        message.hasPerConnectionBufferLimitBytes()
            ? Scope.clamp(message.getPerConnectionBufferLimitBytes().getValue())
            : ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES,
        Scope.clamp(message.getTcpBacklogSize().getValue()),
        message.getDrainType() == Listener.DrainType.MODIFY_ONLY
            ? DrainType.MODIFY_ONLY
            : DrainType.DEFAULT,
        origin,
        new ListenerInfo(
            message.getTrafficDirectionValue(), MetadataParser.parse(message.getMetadata())));
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
  private record Chain(io.envoyproxy.envoy.config.listener.v3.FilterChain message, Scope scope) {
    String name() {
      return message.getName();
    }
  }

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
}
