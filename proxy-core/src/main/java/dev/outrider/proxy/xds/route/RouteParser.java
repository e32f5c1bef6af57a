package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.routing.VirtualHost.TlsRequirement;
import dev.outrider.proxy.xds.core.MetadataParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// Reads `route.v3.RouteConfiguration` down to its routes.
public final class RouteParser {

  private RouteParser() {}

  /// What became of a message: a placeholder if there were problems.
  public record Read(RouteTable table, List<ConfigProblem> problems) {}

  /// As the other: within this call, or in the background if a file has to be read.
  public static CompletionStage<Read> parse(
      RouteConfiguration message, Scope scope, Executor background) {
    var alone = scope.alone();
    return read(message, () -> new Read(parse(message, alone), alone.problems()), background);
  }

  /// The same of a table that may get virtual hosts that are not in the message yet.
  static CompletionStage<Read> parseGrowing(
      RouteConfiguration message, Scope scope, Executor background) {
    var alone = scope.alone();
    return read(message, () -> new Read(table(message, alone), alone.problems()), background);
  }

  private static CompletionStage<Read> read(
      RouteConfiguration message, Supplier<Read> parsing, Executor background) {
    return DirectResponseParser.readsFile(message)
        ? CompletableFuture.supplyAsync(parsing, background)
        : CompletableFuture.completedFuture(parsing.get());
  }

  public static RouteTable parse(RouteConfiguration message, Scope scope) {
    scope.refuse(message.hasVhds(), "vhds"); // of a table that does not come by itself
    return table(message, scope);
  }

  private static RouteTable table(RouteConfiguration message, Scope scope) {
    scope.refuse(message.getInternalOnlyHeadersCount() > 0, "internal_only_headers");
    var general =
        new RouteDefaults(
            FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope),
            HeaderMutationsParser.parse(message, scope),
            message.getMostSpecificHeaderMutationsWins(),
            AttemptRules.NONE,
            MirrorPolicyParser.parse(message.getRequestMirrorPoliciesList(), List.of(), scope),
            DirectResponseParser.mostBodyBytes(message));
    var hosts = new ArrayList<VirtualHost>();
    for (var i = 0; i < message.getVirtualHostsCount(); i++) {
      hosts.add(host(message.getVirtualHosts(i), scope.item("virtual_hosts", i), general));
    }
    var unfit = RouteTable.problems(message.getName(), hosts);
    unfit.forEach(scope::problem);
    return unfit.isEmpty()
        ? new RouteTable(
            message.getName(),
            hosts,
            message.getIgnorePortInHostMatching(),
            message.getIgnorePathParametersInPathMatching(),
            message.hasVhds())
        : new RouteTable(message.getName(), List.of());
  }

  /// The clusters that routes name, for their requests or for copies of them, and that have to
  /// exist. Routes of a tree are not looked at, as in Envoy.
  ///
  /// @param usually whether they have to, if `validate_clusters` is silent
  public static Set<String> mustExist(
      RouteConfiguration message, RouteTable table, boolean usually) {
    var names = new HashSet<String>();
    if (message.hasValidateClusters() ? message.getValidateClusters().getValue() : usually) {
      for (var host : table.virtualHosts()) {
        for (var route : host.routes()) {
          addClusters(route.action(), names);
        }
      }
    }
    names.remove(""); // the request names it, or there is none
    return names;
  }

  private static void addClusters(RouteAction action, Set<String> names) {
    if (action instanceof RouteAction.Forward forward) {
      switch (forward.cluster()) {
        case ClusterChoice.Single(var name) -> names.add(name);
        case ClusterChoice.Weighted weighted ->
            weighted.clusters().forEach(cluster -> names.add(cluster.name()));
        case ClusterChoice.FromHeader _ -> {}
      }
      forward.mirrors().forEach(mirror -> names.add(mirror.cluster()));
    }
  }

  private static VirtualHost host(
      io.envoyproxy.envoy.config.route.v3.VirtualHost message, Scope scope, RouteDefaults general) {
    if (message.hasMatcher() && message.getRoutesCount() > 0) {
      scope.problem("cannot set both matcher and routes on virtual host");
    }
    scope.refuse(message.getRateLimitsCount() > 0, "rate_limits");
    var own =
        general
            .under(
                FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope),
                HeaderMutationsParser.parse(message, scope))
            .with(
                RetryPolicyParser.host(message, scope),
                MirrorPolicyParser.parse(
                    message.getRequestMirrorPoliciesList(), general.mirrors(), scope));
    var routes = new ArrayList<Route>();
    for (var i = 0; i < message.getRoutesCount(); i++) {
      routes.add(route(message.getRoutes(i), scope.item("routes", i), own));
    }
    var domains = new ArrayList<String>();
    for (var domain : message.getDomainsList()) {
      domains.add(domain.toLowerCase(Locale.ROOT));
    }
    return new VirtualHost(
        message.getName(),
        domains,
        routes,
        MetadataParser.parse(message.getMetadata()),
        requiredTls(message, scope),
        message.hasMatcher()
            ? new RouteTreeParser((route, place) -> route(route, place, own))
                .parse(message.getMatcher(), scope.field("matcher"))
            : null);
  }

  private static TlsRequirement requiredTls(
      io.envoyproxy.envoy.config.route.v3.VirtualHost message, Scope scope) {
    return switch (message.getRequireTls()) {
      case NONE -> TlsRequirement.NONE;
      case EXTERNAL_ONLY -> TlsRequirement.EXTERNAL_ONLY;
      case ALL -> TlsRequirement.ALL;
      case UNRECOGNIZED -> {
        scope.problem("require_tls", "value must be one of the defined enum values");
        yield TlsRequirement.ALL;
      }
    };
  }

  private static Route route(
      io.envoyproxy.envoy.config.route.v3.Route message, Scope scope, RouteDefaults general) {
    var own =
        general.under(
            FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope),
            HeaderMutationsParser.parse(message, scope));
    var matcher = RouteMatchParser.parse(message.getMatch(), scope.field("match"));
    return new Route(
        message.getName(),
        matcher,
        RouteActionParser.parse(message, new RouteActionParser.Setting(matcher.path(), own), scope),
        MetadataParser.parse(message.getMetadata()),
        own.filters(),
        own.headers());
  }
}
