package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.config.DownstreamTls;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ExtensionNeed;
import dev.outrider.proxy.xds.resource.Resource.ChainResource;
import dev.outrider.proxy.xds.secret.TransportSockets;
import dev.outrider.proxy.xds.secret.TransportSockets.Found;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads `listener.v3.FilterChain`: network filters that end in an HTTP connection manager or in a
/// terminal filter. A chain that did not change is taken over from the version before, as it is.
public final class FilterChainParser {
  static final String HCM =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

  private final HcmParser hcm;
  private final NetworkFilterParser filters;
  private final TransportSockets sockets;

  public FilterChainParser(HcmParser hcm, NetworkFilterParser filters, TransportSockets sockets) {
    this.hcm = hcm;
    this.filters = filters;
    this.sockets = sockets;
  }

  /// Problems are in `scope` when the stage completes; its result is null if there were too many to
  /// make a chain.
  ///
  /// @param index the chain's place in its listener; -1 for the default chain
  /// @param statPrefix of the listener
  CompletionStage<@Nullable ChainResource> parse(
      FilterChain message,
      int index,
      String statPrefix,
      Scope scope,
      List<ChainResource> previous) {
    var bytes = EncodedMessage.take(message.toByteArray());
    for (var before : previous) {
      if (before.message().equals(bytes)) {
        return CompletableFuture.completedFuture(before);
      }
    }
    return parse(
        new Chain(message, bytes, statPrefix, scope, before(message.getName(), index, previous)));
  }

  private CompletionStage<@Nullable ChainResource> parse(Chain chain) {
    if (chain.message.getFiltersCount() == 0) {
      chain.scope.problem("filters", "a terminal filter is required, such as tcp_proxy");
      return CompletableFuture.completedFuture(null);
    }
    var last = chain.message.getFiltersCount() - 1;
    var http = chain.message.getFilters(last);
    if (!isHttp(http)) {
      return networkFilters(chain, last + 1)
          .thenCombine(
              sockets.server(chain.message, chain.statPrefix, chain.scope),
              (entries, tls) -> chain.complete(entries, null, tls));
    }
    var manager = HcmParser.message(http, chain.scope.item("filters", last));
    if (manager == null) {
      return CompletableFuture.completedFuture(null);
    }
    var tls = sockets.server(chain.message, chain.statPrefix, chain.scope);
    return networkFilters(chain, last)
        .thenCombine(
            http(manager, chain, last).thenCombine(tls, Ends::new),
            (entries, ends) -> chain.complete(entries, ends.http, ends.tls));
  }

  private CompletionStage<List<NetworkFilterEntry>> networkFilters(Chain chain, int count) {
    var messages = chain.message.getFiltersList().subList(0, count);
    for (var i = 0; i < count; i++) {
      if (isHttp(messages.get(i))) {
        NetworkFilterParser.checkPlace(
            messages.get(i), true, false, chain.scope.item("filters", i));
      }
    }
    return filters.parse(
        messages, count < chain.message.getFiltersCount(), chain.scope, chain.before);
  }

  private CompletionStage<HcmParser.Result> http(
      HttpConnectionManager message, Chain chain, int place) {
    return hcm.parse(
        message,
        chain.scope.item("filters", place).field("typed_config"),
        chain.before == null ? null : chain.before.http());
  }

  private static boolean isHttp(Filter filter) {
    return NetworkFilterParser.typeName(filter).equals(HCM);
  }

  /// The chain whose filters this one may keep: of the same name, or of the same place if it has
  /// none.
  private static dev.outrider.proxy.config.@Nullable FilterChain before(
      String name, int index, List<ChainResource> previous) {
    if (name.isEmpty()) {
      var place = index < 0 ? previous.size() - 1 : index;
      return place < 0 || place >= previous.size() ? null : previous.get(place).chain();
    }
    for (var before : previous) {
      if (before.chain().name().equals(name)) {
        return before.chain();
      }
    }
    return null;
  }

  /// What stands at the two ends of a chain.
  private record Ends(HcmParser.Result http, Found<DownstreamTls> tls) {}

  /// A chain, its place, and the version before.
  private record Chain(
      FilterChain message,
      EncodedMessage bytes,
      String statPrefix,
      Scope scope,
      dev.outrider.proxy.config.@Nullable FilterChain before) {

    /// Of network filters and of the connection manager.
    private List<ExtensionNeed> extensions(HcmParser.@Nullable Result http) {
      var count = message.getFiltersCount();
      var own = message.getFiltersList().subList(0, http == null ? count : count - 1);
      var all = NetworkFilterParser.needs(own, http != null, scope);
      if (http != null) {
        all.addAll(http.extensions());
      }
      return all;
    }

    ChainResource complete(
        List<NetworkFilterEntry> entries,
        HcmParser.@Nullable Result http,
        Found<DownstreamTls> tls) {
      var match =
          ChainMatchParser.parse(message.getFilterChainMatch(), scope.field("filter_chain_match"));
      return new ChainResource(
          bytes,
          new dev.outrider.proxy.config.FilterChain(
              message.getName(),
              match,
              entries,
              http == null ? null : http.config(),
              tls.reportTo(scope)),
          http == null ? List.of() : http.rds(),
          http == null ? Set.of() : http.mustExist(),
          extensions(http),
          http == null ? null : http.scopes(),
          tls.assembly());
    }
  }
}
