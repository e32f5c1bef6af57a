package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.MirrorPolicy;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads `route.v3.RouteAction.RequestMirrorPolicy`, of whatever level.
final class MirrorPolicyParser {
  private MirrorPolicyParser() {}

  /// @param otherwise what a level above says
  static List<MirrorPolicy> parse(
      List<RequestMirrorPolicy> messages, List<MirrorPolicy> otherwise, Scope scope) {
    if (messages.isEmpty()) {
      return otherwise;
    }
    var policies = new ArrayList<MirrorPolicy>();
    for (var i = 0; i < messages.size(); i++) {
      policies.add(parse(messages.get(i), scope.item("request_mirror_policies", i)));
    }
    return List.copyOf(policies);
  }

  private static MirrorPolicy parse(RequestMirrorPolicy message, Scope scope) {
    var named = !message.getCluster().isEmpty();
    if (named == !message.getClusterHeader().isEmpty()) {
      scope.problem(
          "Exactly one of cluster or cluster_header in request mirror policy can be specified");
    }
    var limited = message.getRuntimeFraction().hasDefaultValue();
    var fraction = message.getRuntimeFraction().getDefaultValue();
    var all = !message.hasRuntimeFraction();
    return new MirrorPolicy(
        message.getCluster(),
        header(message.getClusterHeader(), scope),
        all ? 100 : limited ? Integer.toUnsignedLong(fraction.getNumerator()) : 0,
        all ? 100 : denominator(fraction, scope),
        !message.getDisableShadowHostSuffixAppend(),
        message.getHostRewriteLiteral(),
        HeaderEditParser.mutations(
            message.getRequestHeadersMutationsList(), scope, "request_headers_mutations"));
  }

  private static @Nullable HeaderName header(String text, Scope scope) {
    try {
      return text.isEmpty() ? null : HeaderName.of(text);
    } catch (IllegalArgumentException e) {
      scope.problem("cluster_header", String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static int denominator(FractionalPercent fraction, Scope scope) {
    return switch (fraction.getDenominator()) {
      case HUNDRED -> 100;
      case TEN_THOUSAND -> 10_000;
      case MILLION -> 1_000_000;
      case UNRECOGNIZED -> {
        scope.problem(
            "runtime_fraction.default_value.denominator",
            "value must be one of the defined enum values");
        yield 100;
      }
    };
  }
}
