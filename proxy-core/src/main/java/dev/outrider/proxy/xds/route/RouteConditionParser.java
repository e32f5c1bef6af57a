package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.extension.MatcherReader;
import dev.outrider.proxy.routing.RouteCondition;
import dev.outrider.proxy.routing.ValueMatcher;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.RouteMatch.TlsContextMatchOptions;
import io.envoyproxy.envoy.type.matcher.v3.FilterStateMatcher;
import java.util.ArrayList;
import java.util.List;

/// Reads what a `route.v3.RouteMatch` asks for besides path and headers, in the order in which
/// Envoy looks at it.
final class RouteConditionParser {
  private RouteConditionParser() {}

  static List<RouteCondition> parse(RouteMatch message, Scope scope) {
    scope.refuse(message.getDynamicMetadataCount() > 0, "dynamic_metadata");
    var conditions = new ArrayList<RouteCondition>();
    if (message.hasRuntimeFraction()) {
      conditions.add(
          new RouteCondition.Fraction(
              SharesParser.parse(message.getRuntimeFraction(), scope.field("runtime_fraction"))));
    }
    if (message.hasGrpc()) {
      conditions.add(new RouteCondition.Grpc());
    }
    for (var i = 0; i < message.getQueryParametersCount(); i++) {
      conditions.add(query(message.getQueryParameters(i), scope.item("query_parameters", i)));
    }
    if (message.hasTlsContext()) {
      conditions.add(certificate(message.getTlsContext()));
    }
    for (var i = 0; i < message.getFilterStateCount(); i++) {
      conditions.add(kept(message.getFilterState(i), scope.item("filter_state", i)));
    }
    return conditions;
  }

  private static RouteCondition query(QueryParameterMatcher message, Scope scope) {
    if (message.getName().isEmpty()) {
      scope.problem("name", "value length must be at least 1 characters");
    }
    return new RouteCondition.Query(
        message.getName(),
        switch (message.getQueryParameterMatchSpecifierCase()) {
          case STRING_MATCH ->
              MatcherReader.text(message.getStringMatch(), scope.field("string_match")::report);
          case PRESENT_MATCH -> new ValueMatcher.Presence(message.getPresentMatch());
          case QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> new ValueMatcher.Presence(true);
        });
  }

  private static RouteCondition certificate(TlsContextMatchOptions message) {
    return new RouteCondition.ClientCertificate(
        message.hasPresented() ? message.getPresented().getValue() : null,
        message.hasValidated() ? message.getValidated().getValue() : null);
  }

  private static RouteCondition kept(FilterStateMatcher message, Scope scope) {
    if (message.getKey().isEmpty()) {
      scope.problem("key", "value length must be at least 1 characters");
    }
    return new RouteCondition.Kept(
        message.getKey(),
        switch (message.getMatcherCase()) {
          case STRING_MATCH ->
              MatcherReader.text(message.getStringMatch(), scope.field("string_match")::report);
          case ADDRESS_MATCH -> { // no filter keeps an address
            scope.refuse(true, "address_match");
            yield new ValueMatcher.Presence(true);
          }
          case MATCHER_NOT_SET -> {
            scope.problem("one of string_match, address_match is required");
            yield new ValueMatcher.Presence(true);
          }
        });
  }
}
