package dev.outrider.proxy.xds;

import dev.outrider.proxy.routing.FilterSwitches;
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
    scope.refuse(message.getRequestHeadersToAddCount() > 0, "request_headers_to_add");
    scope.refuse(message.getRequestHeadersToRemoveCount() > 0, "request_headers_to_remove");
    scope.refuse(message.getResponseHeadersToAddCount() > 0, "response_headers_to_add");
    scope.refuse(message.getResponseHeadersToRemoveCount() > 0, "response_headers_to_remove");
    var filters = FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope);
    var hosts = new ArrayList<VirtualHost>();
    for (var i = 0; i < message.getVirtualHostsCount(); i++) {
      hosts.add(host(message.getVirtualHosts(i), scope.item("virtual_hosts", i), filters));
    }
    var unfit = RouteTable.problems(message.getName(), hosts);
    unfit.forEach(scope::problem);
    return unfit.isEmpty()
        ? new RouteTable(message.getName(), hosts, message.getIgnorePortInHostMatching())
        : new RouteTable(message.getName(), List.of());
  }

  private static VirtualHost host(
      io.envoyproxy.envoy.config.route.v3.VirtualHost message,
      Scope scope,
      FilterSwitches general) {
    scope.refuse(message.hasMatcher(), "matcher");
    scope.refuse(message.getRateLimitsCount() > 0, "rate_limits");
    scope.refuse(message.getRequestHeadersToAddCount() > 0, "request_headers_to_add");
    scope.refuse(message.getRequestHeadersToRemoveCount() > 0, "request_headers_to_remove");
    scope.refuse(message.getResponseHeadersToAddCount() > 0, "response_headers_to_add");
    scope.refuse(message.getResponseHeadersToRemoveCount() > 0, "response_headers_to_remove");
    var filters =
        FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope).over(general);
    var routes = new ArrayList<Route>();
    for (var i = 0; i < message.getRoutesCount(); i++) {
      routes.add(route(message.getRoutes(i), scope.item("routes", i), filters));
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
      io.envoyproxy.envoy.config.route.v3.Route message, Scope scope, FilterSwitches general) {
    scope.refuse(message.getRequestHeadersToAddCount() > 0, "request_headers_to_add");
    scope.refuse(message.getRequestHeadersToRemoveCount() > 0, "request_headers_to_remove");
    scope.refuse(message.getResponseHeadersToAddCount() > 0, "response_headers_to_add");
    scope.refuse(message.getResponseHeadersToRemoveCount() > 0, "response_headers_to_remove");
    var filters = FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope);
    return new Route(
        message.getName(),
        RouteMatchParser.parse(message.getMatch(), scope.field("match")),
        RouteActionParser.parse(message, scope),
        MetadataParser.parse(message.getMetadata()),
        filters.over(general));
  }
}
