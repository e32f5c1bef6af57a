package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.FilterChains;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.xds.accesslog.AccessLogParser;
import dev.outrider.proxy.xds.accesslog.AccessLogParser.Loggers;
import dev.outrider.proxy.xds.core.MetadataParser;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.Resource.ChainResource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads `listener.v3.Listener`: addresses with the filter chains that are served there.
public final class ListenerParser {
  private final FilterChainParser chains;
  private final AccessLogParser accessLogs;

  public ListenerParser(FilterChainParser chains, AccessLogParser accessLogs) {
    this.chains = chains;
    this.accessLogs = accessLogs;
  }

  /// Reads a listener; what its filters need is compiled in the background.
  ///
  /// @param previous the same listener one version earlier
  public CompletionStage<Parsed<ListenerResource>> parse(
      Listener message, ConfigOrigin origin, Scope scope, @Nullable ListenerResource previous) {
    refuseWhatIsMissing(message, scope);
    var sockets = ListenerSocketParser.sockets(message, scope);
    var address = sockets.getFirst().address();
    if (message.getFilterChainsCount() == 0 && !message.hasDefaultFilterChain()) {
      scope.problem(
          "error adding listener '%s': no filter chains specified".formatted(address.text()));
      return CompletableFuture.completedFuture(new Parsed.Invalid<>(scope.problems()));
    }
    refuseEqualMatches(message, address, scope);
    var loggers = accessLogs.parse(message.getAccessLogList(), scope);
    return chains(message, address, scope, previous == null ? List.of() : previous.chains())
        .thenCombine(
            loggers,
            (complete, logs) -> {
              scope.problems().addAll(logs.problems());
              return complete.isEmpty()
                  ? new Parsed.Invalid<>(scope.problems())
                  : result(new Place(message, origin, sockets, scope), complete, logs);
            });
  }

  /// In configured order, the default chain last; empty if one of them cannot be had.
  private CompletionStage<List<ChainResource>> chains(
      Listener message, HostPort address, Scope scope, List<ChainResource> previous) {
    var prefix = statPrefix(message, address);
    CompletionStage<List<@Nullable ChainResource>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (var i = 0; i < message.getFilterChainsCount(); i++) {
      var next =
          chains.parse(
              message.getFilterChains(i), i, prefix, scope.item("filter_chains", i), previous);
      all = all.thenCombine(next, ListenerParser::append);
    }
    if (message.hasDefaultFilterChain()) {
      var next =
          chains.parse(
              message.getDefaultFilterChain(),
              -1,
              prefix,
              scope.field("default_filter_chain"),
              previous);
      all = all.thenCombine(next, ListenerParser::append);
    }
    return all.thenApply(complete -> complete.contains(null) ? List.of() : List.copyOf(complete));
  }

  private static String statPrefix(Listener message, HostPort address) {
    return message.getStatPrefix().isEmpty() ? address.statName() : message.getStatPrefix();
  }

  private static <T> List<T> append(List<T> all, T next) {
    all.add(next);
    return all;
  }

  private static Parsed<ListenerResource> result(
      Place place, List<ChainResource> complete, Loggers loggers) {
    var configs = complete.stream().map(ChainResource::chain).toList();
    var count = place.message.getFilterChainsCount();
    var chains =
        FilterChains.of(
            configs.subList(0, count),
            configs.size() > count ? configs.getLast() : null,
            (one, other) -> overlap(place, one, other));
    var resource =
        new ListenerResource(
            listener(place, chains, loggers),
            complete,
            ListenerFilterParser.needs(place.message, place.scope));
    return place.scope.result(resource);
  }

  private static void overlap(Place place, FilterChain one, FilterChain other) {
    var twice = one.equals(other); // one chain that names a value twice
    if (twice || !one.match().equals(other.match())) { // equal ones were named before
      place.scope.problem(
          "error adding listener '%s': multiple filter chains with overlapping matching rules are defined: '%s' and '%s'"
              .formatted(place.address().text(), one.name(), other.name()));
    }
  }

  private static void refuseEqualMatches(Listener message, HostPort address, Scope scope) {
    var names = new HashMap<FilterChainMatch, String>();
    for (var chain : message.getFilterChainsList()) {
      var before = names.putIfAbsent(chain.getFilterChainMatch(), chain.getName());
      if (before != null) {
        scope.problem(
            "error adding listener '%s': filter chain '%s' has the same matching rules defined as '%s'"
                .formatted(address.text(), chain.getName(), before));
      }
    }
  }

  private static ListenerConfig listener(Place place, FilterChains chains, Loggers loggers) {
    var message = place.message;
    return new ListenerConfig(
        message.getName(),
        place.sockets,
        statPrefix(message, place.address()),
        chains,
        ListenerFilterParser.parse(message, place.scope),
        ListenerSocketParser.binding(message),
        message.getIgnoreGlobalConnLimit(),
        message.hasPerConnectionBufferLimitBytes()
            ? Scope.clamp(message.getPerConnectionBufferLimitBytes().getValue())
            : ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES,
        message.getDrainType() == Listener.DrainType.MODIFY_ONLY
            ? DrainType.MODIFY_ONLY
            : DrainType.DEFAULT,
        loggers.good(),
        place.origin,
        new ListenerInfo(
            message.getTrafficDirectionValue(), MetadataParser.parse(message.getMetadata())));
  }

  private static void refuseWhatIsMissing(Listener message, Scope scope) {
    if (message.getName().isEmpty()) {
      scope.problem("name", "is required");
    }
    scope.refuse(message.hasFilterChainMatcher(), "filter_chain_matcher");
    scope.refuse(message.hasUdpListenerConfig(), "udp_listener_config");
    scope.refuse(message.hasApiListener(), "api_listener");
    scope.refuse(message.hasInternalListener(), "internal_listener");
  }

  /// A listener while it is read.
  private record Place(
      Listener message, ConfigOrigin origin, List<ListenerSocket> sockets, Scope scope) {
    HostPort address() {
      return sockets.getFirst().address();
    }
  }
}
