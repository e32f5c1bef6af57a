package dev.outrider.proxy.xds.route;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.InternalRedirectPolicy;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.InternalRedirectAction;
import io.envoyproxy.envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads `route.v3.InternalRedirectPolicy`, and the two fields that were there before it.
final class InternalRedirectParser {
  private static final String PACKAGE = "envoy.extensions.internal_redirect.";
  private static final String PREVIOUS_ROUTES = PACKAGE + "previous_routes.v3.PreviousRoutesConfig";
  private static final String SAFE_CROSS_SCHEME =
      PACKAGE + "safe_cross_scheme.v3.SafeCrossSchemeConfig";
  private static final String ALLOW_LISTED_ROUTES =
      PACKAGE + "allow_listed_routes.v3.AllowListedRoutesConfig";
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> USUAL = Set.of(302);

  private InternalRedirectParser() {}

  /// Null if redirects are the client's.
  @SuppressWarnings("deprecation") // the old spelling is still sent
  static @Nullable InternalRedirectPolicy parse(RouteAction message, Scope scope) {
    if (message.hasInternalRedirectPolicy()) {
      return policy(message.getInternalRedirectPolicy(), scope.field("internal_redirect_policy"));
    }
    return message.getInternalRedirectAction() == InternalRedirectAction.HANDLE_INTERNAL_REDIRECT
        ? InternalRedirectPolicy.upTo(
            message.hasMaxInternalRedirects()
                ? Scope.clamp(message.getMaxInternalRedirects().getValue())
                : 1)
        : null;
  }

  private static InternalRedirectPolicy policy(
      io.envoyproxy.envoy.config.route.v3.InternalRedirectPolicy message, Scope scope) {
    var statuses = new HashSet<>(message.getRedirectResponseCodesList());
    statuses.retainAll(REDIRECTS); // as Envoy, which knows no others
    var notTwice = false;
    var safeCrossScheme = false;
    var allowed = new ArrayList<Set<String>>();
    for (var i = 0; i < message.getPredicatesCount(); i++) {
      var predicate = message.getPredicates(i);
      var place = scope.item("predicates", i);
      switch (ProviderRegistry.typeName(predicate.getTypedConfig().getTypeUrl())) {
        case PREVIOUS_ROUTES -> notTwice = true;
        case SAFE_CROSS_SCHEME -> safeCrossScheme = true;
        case ALLOW_LISTED_ROUTES -> allowed.add(allowed(predicate, place));
        default ->
            place.problem(
                "Didn't find a registered implementation for '%s' with type URL: '%s'"
                    .formatted(predicate.getName(), predicate.getTypedConfig().getTypeUrl()));
      }
    }
    return new InternalRedirectPolicy(
        message.hasMaxInternalRedirects()
            ? Scope.clamp(message.getMaxInternalRedirects().getValue())
            : 1,
        message.getRedirectResponseCodesCount() == 0 ? USUAL : statuses,
        notTwice,
        safeCrossScheme,
        allowed,
        message.getAllowCrossSchemeRedirect(),
        headers(message.getResponseHeadersToCopyList(), scope));
  }

  private static Set<String> allowed(TypedExtensionConfig predicate, Scope scope) {
    try {
      return Set.copyOf(
          AllowListedRoutesConfig.parseFrom(predicate.getTypedConfig().getValue())
              .getAllowedRouteNamesList());
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return Set.of();
    }
  }

  private static List<HeaderName> headers(List<String> texts, Scope scope) {
    var names = new ArrayList<HeaderName>();
    for (var i = 0; i < texts.size(); i++) {
      var place = scope.item("response_headers_to_copy", i);
      try {
        var name = HeaderName.of(texts.get(i));
        if (texts.get(i).startsWith(":") || name.equals(HeaderNames.HOST)) {
          place.problem("':'-prefixed headers or Hosts may not be specified here.");
        }
        names.add(name);
      } catch (IllegalArgumentException e) {
        place.problem(String.valueOf(e.getMessage()));
      }
    }
    return names;
  }
}
