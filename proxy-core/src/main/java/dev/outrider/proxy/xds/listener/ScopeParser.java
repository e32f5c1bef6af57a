package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.Resource.ScopeResource;
import dev.outrider.proxy.xds.route.RouteParser;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// Reads `route.v3.ScopedRouteConfiguration`, a scope that a control plane keeps. Of a table in it
/// and the name of one, the table counts, as in Envoy.
public final class ScopeParser {

  private ScopeParser() {}

  /// One scope, with what is wrong with it.
  ///
  /// @param background for files that routes answer with
  public static CompletionStage<Parsed<ScopeResource>> parse(
      ScopedRouteConfiguration message, Scope scope, Executor background) {
    var key = key(message);
    if (message.hasRouteConfiguration()) {
      var own = message.getRouteConfiguration();
      return RouteParser.parse(own, scope.field("route_configuration"), background)
          .thenApply(
              read -> {
                scope.problems().addAll(read.problems());
                var clusters = RouteParser.mustExist(own, read.table(), true);
                return scope.result(
                    new ScopeResource(
                        message.getName(), key, read.table(), "", message.getOnDemand(), clusters));
              });
    }
    var name = message.getRouteConfigurationName();
    if (name.isEmpty()) {
      scope.problem("route_configuration_name is empty.");
    }
    return CompletableFuture.completedFuture(
        scope.result(
            new ScopeResource(
                message.getName(), key, null, name, message.getOnDemand(), Set.of())));
  }

  static ScopeKey key(ScopedRouteConfiguration message) {
    return new ScopeKey(
        message.getKey().getFragmentsList().stream()
            .map(ScopedRouteConfiguration.Key.Fragment::getStringKey)
            .toList());
  }
}
