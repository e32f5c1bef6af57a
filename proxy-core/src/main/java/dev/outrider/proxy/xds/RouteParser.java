package dev.outrider.proxy.xds;

import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.routing.VirtualHost.TlsRequirement;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Reads `route.v3.RouteConfiguration` down to its routes.
final class RouteParser {

  private RouteParser() {}

  static RouteTable parse(RouteConfiguration message, Scope scope) {
    scope.refuse(message.hasVhds(), "vhds");
    scope.refuse(message.getInternalOnlyHeadersCount() > 0, "internal_only_headers");
    var general =
        new RouteDefaults(
            FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope),
            HeaderMutationsParser.parse(message, scope),
            message.getMostSpecificHeaderMutationsWins(),
            AttemptRules.NONE);
    var hosts = new ArrayList<VirtualHost>();
    for (var i = 0; i < message.getVirtualHostsCount(); i++) {
      hosts.add(host(message.getVirtualHosts(i), scope.item("virtual_hosts", i), general));
    }
    var unfit = RouteTable.problems(message.getName(), hosts);
    unfit.forEach(scope::problem);
    return unfit.isEmpty()
        ? new RouteTable(message.getName(), hosts, message.getIgnorePortInHostMatching())
        : new RouteTable(message.getName(), List.of());
  }

  private static VirtualHost host(
      io.envoyproxy.envoy.config.route.v3.VirtualHost message, Scope scope, RouteDefaults general) {
    scope.refuse(message.hasMatcher(), "matcher");
    scope.refuse(message.getRateLimitsCount() > 0, "rate_limits");
    var own =
        general
            .under(
                FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope),
                HeaderMutationsParser.parse(message, scope))
            .with(RetryPolicyParser.host(message, scope));
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
        requiredTls(message, scope));
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
    return new Route(
        message.getName(),
        RouteMatchParser.parse(message.getMatch(), scope.field("match")),
        RouteActionParser.parse(message, own, scope),
        MetadataParser.parse(message.getMetadata()),
        own.filters(),
        own.headers());
  }
}
