package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.routing.ScopeKeyPart;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.route.RouteParser;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/// Reads `ScopedRoutes`: with scopes that are part of the listener, or that a control plane keeps.
final class ScopedRoutesParser {
  private final ScopedRoutes message;
  private final Scope scope;
  private final Executor background;
  private final Map<ScopeKey, String> names = new HashMap<>();

  private ScopedRoutesParser(ScopedRoutes message, Scope scope, Executor background) {
    this.message = message;
    this.scope = scope;
    this.background = background;
  }

  /// What was read.
  ///
  /// @param problems of the tables that are part of scopes
  /// @param mustExist clusters that those tables name and that have to be known
  record Result(RouteSource.Scoped source, List<ConfigProblem> problems, Set<String> mustExist) {
    private Result with(ScopeKey key, RouteSource.Sole table, Read read) {
      var scopes = new LinkedHashMap<>(source.scopes());
      scopes.put(key, table);
      var clusters = new LinkedHashSet<>(mustExist);
      clusters.addAll(read.mustExist);
      return new Result(
          new RouteSource.Scoped(source.key(), scopes),
          Stream.concat(problems.stream(), read.problems.stream()).toList(),
          clusters);
    }
  }

  private record Read(RouteSource.Sole table, List<ConfigProblem> problems, Set<String> mustExist) {
    static Read of(RouteSource.Sole table) {
      return new Read(table, List.of(), Set.of());
    }
  }

  /// Problems that no table has are in `scope` at once.
  static CompletionStage<Result> parse(ScopedRoutes message, Scope scope, Executor background) {
    return new ScopedRoutesParser(message, scope, background).parse();
  }

  private CompletionStage<Result> parse() {
    CompletionStage<Result> all =
        CompletableFuture.completedFuture(
            new Result(new RouteSource.Scoped(key(), Map.of()), List.of(), Set.of()));
    var seen = new HashSet<String>();
    var list = message.getScopedRouteConfigurationsList().getScopedRouteConfigurationsList();
    for (var i = 0; i < list.size(); i++) {
      var each = list.get(i);
      var place =
          scope.field("scoped_route_configurations_list").item("scoped_route_configurations", i);
      if (!seen.add(each.getName())) {
        place.problem("duplicate scoped route configuration '" + each.getName() + "' found");
      }
      var key = key(each, place);
      all = all.thenCombine(table(each, place), (sofar, read) -> sofar.with(key, read.table, read));
    }
    return all;
  }

  private ScopeKey key(ScopedRouteConfiguration message, Scope place) {
    var key = ScopeParser.key(message);
    var other = names.putIfAbsent(key, message.getName());
    if (other != null) {
      place.problem(
          "scope key conflict found, first scope is '%s', second scope is '%s'"
              .formatted(other, message.getName()));
    }
    return key;
  }

  private CompletionStage<Read> table(ScopedRouteConfiguration each, Scope place) {
    place.refuse(each.getOnDemand(), "on_demand");
    if (each.hasRouteConfiguration() != each.getRouteConfigurationName().isEmpty()) {
      place.problem("exactly one of route_configuration_name, route_configuration is required");
    }
    if (!each.hasRouteConfiguration()) {
      var name = target(each, place.alone()).key().handle();
      return CompletableFuture.completedFuture(Read.of(new RouteSource.Rds(name)));
    }
    var own = place.field("route_configuration");
    return RouteParser.parse(each.getRouteConfiguration(), own, background)
        .thenApply(
            read ->
                new Read(
                    new RouteSource.Inline(read.table()),
                    read.problems(),
                    RouteParser.mustExist(each.getRouteConfiguration(), read.table(), true)));
  }

  /// Where heads find their table among scopes that a control plane keeps.
  static RouteSource.Discovered discovered(ScopedRoutes message, ScopesUse use, Scope scope) {
    var key = new ScopedRoutesParser(message, scope, Runnable::run).key();
    return new RouteSource.Discovered(key, use.handle());
  }

  /// How scopes are used that a control plane keeps.
  ///
  /// @param message whose scopes come over SRDS
  static ScopesUse use(ScopedRoutes message, String statPrefix, Scope scope) {
    var rds = message.getScopedRds();
    var place = scope.field("scoped_rds");
    place.refuse(!rds.getSrdsResourcesLocator().isEmpty(), "srds_resources_locator");
    var tables =
        ConfigSources.target(
            ResourceKind.ROUTES,
            "",
            false,
            message.getRdsConfigSource(),
            scope.field("rds_config_source"));
    return new ScopesUse(
        ConfigSources.target(
            ResourceKind.SCOPE,
            "",
            false,
            rds.getScopedRdsConfigSource(),
            place.field("scoped_rds_config_source")),
        tables.key().source(),
        tables.timeoutMillis(),
        statPrefix,
        message.getName());
  }

  /// The tables that scopes name, as what they come.
  static List<InitTarget> targets(ScopedRoutes message, Scope scope) {
    var parser = new ScopedRoutesParser(message, scope, Runnable::run);
    return message.getScopedRouteConfigurationsList().getScopedRouteConfigurationsList().stream()
        .filter(each -> !each.hasRouteConfiguration())
        .map(each -> parser.target(each, scope))
        .distinct()
        .toList();
  }

  private InitTarget target(ScopedRouteConfiguration each, Scope place) {
    return ConfigSources.target(
        ResourceKind.ROUTES,
        each.getRouteConfigurationName(),
        false,
        message.getRdsConfigSource(),
        place.field("rds_config_source"));
  }

  private List<ScopeKeyPart> key() {
    var parts = new ArrayList<ScopeKeyPart>();
    for (var i = 0; i < message.getScopeKeyBuilder().getFragmentsCount(); i++) {
      parts.add(
          part(
              message.getScopeKeyBuilder().getFragments(i).getHeaderValueExtractor(),
              scope.field("scope_key_builder").item("fragments", i)));
    }
    return parts;
  }

  private static ScopeKeyPart part(HeaderValueExtractor message, Scope fragment) {
    var place = fragment.field("header_value_extractor");
    var separator = message.getElementSeparator();
    return new ScopeKeyPart(
        name(message.getName(), place),
        separator,
        switch (message.getExtractTypeCase()) {
          case ELEMENT ->
              new ScopeKeyPart.Named(
                  message.getElement().getSeparator(), message.getElement().getKey());
          case INDEX, EXTRACTTYPE_NOT_SET -> {
            if (separator.isEmpty() && message.getIndex() != 0) {
              place.problem("Index > 0 for empty string element separator.");
            }
            yield new ScopeKeyPart.Place(Scope.clamp(message.getIndex()));
          }
        });
  }

  private static HeaderName name(String text, Scope place) {
    try {
      return HeaderName.of(text);
    } catch (IllegalArgumentException e) {
      place.problem("name", String.valueOf(e.getMessage()));
      return HeaderNames.HOST;
    }
  }
}
