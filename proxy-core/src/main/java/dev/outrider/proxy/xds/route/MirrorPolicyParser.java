package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.MirrorPolicy;
import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
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
    return new MirrorPolicy(
        message.getCluster(),
        header(message.getClusterHeader(), scope),
        message.hasRuntimeFraction()
            ? SharesParser.parse(message.getRuntimeFraction(), scope.field("runtime_fraction"))
            : KeyedShare.ALL,
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
}
