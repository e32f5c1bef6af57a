package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.routing.InternalRedirectPolicy;
import dev.outrider.proxy.routing.RouteAction;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns a request into the one that a redirect asks for (Envoy
/// `Filter::convertRequestHeadersForInternalRedirect`), and remembers how often that was done, from
/// the client's request to its answer. Belongs to a [Router].
final class InternalRedirects {
  private static final String HTTP = "http";
  private static final String HTTPS = "https";
  private static final int SEE_OTHER = 303;

  // In place of a statistic.
  private static final int ACCEPTED = -1;
  private static final int NOT_FIT = -2;

  private final RouterHost host;
  private final Set<String> taken = new HashSet<>();
  private int followed;

  InternalRedirects(RouterHost host) {
    this.host = host;
  }

  /// A new request of a client.
  void clear() {
    taken.clear();
    followed = 0;
  }

  /// Whether the request that follows has the body of the one before.
  static boolean keepsBody(HeaderMap request, HeaderMap response) {
    return response.status() != SEE_OTHER || isGetOrHead(request);
  }

  /// The request is, or is not, what `response` asks for; then it is as it was. Borrows both.
  ///
  /// @param cells of [RouterStats]
  boolean follow(
      InternalRedirectPolicy policy, RoutedRequest routed, HeaderMap response, StatCells cells) {
    var request = routed.head();
    var location = response.get(HeaderNames.LOCATION);
    if (location == null || !request.contains(HeaderNames.PATH)) {
      return false;
    }
    var target = Target.of(location);
    if (target == null) {
      cells.inc(RouterStats.PASSTHROUGH_INTERNAL_REDIRECT_BAD_LOCATION);
      return false;
    }
    var plain = isPlain(request);
    if (!policy.crossScheme() && plain != target.scheme.equals(HTTP)) {
      cells.inc(RouterStats.PASSTHROUGH_INTERNAL_REDIRECT_UNSAFE_SCHEME);
      return false;
    }
    if (followed >= policy.maxRedirects()) {
      cells.inc(RouterStats.PASSTHROUGH_INTERNAL_REDIRECT_TOO_MANY_REDIRECTS);
      return false;
    }
    var refused = convert(policy, routed, response, target, plain);
    if (refused >= 0) {
      cells.inc(refused);
    }
    return refused == ACCEPTED;
  }

  /// The statistic that a refusal counts in.
  private int convert(
      InternalRedirectPolicy policy,
      RoutedRequest routed,
      HeaderMap response,
      Target target,
      boolean plain) {
    var request = routed.head();
    var before = request.copy();
    var original =
        (plain ? HTTP : HTTPS) + "://" + text(request.authority()) + text(request.path());
    copy(policy, response, request);
    var fits =
        request.set(HeaderNames.SCHEME, target.scheme)
            && request.set(HeaderNames.AUTHORITY, target.authority)
            && request.set(HeaderNames.PATH, target.path);
    host.clearRoute();
    var refused = fits ? refusal(policy, routed.match().route().name(), plain, target) : NOT_FIT;
    if (refused != ACCEPTED) {
      request.copyOf(before);
      host.clearRoute();
    } else {
      followed++;
      if (!keepsBody(request, response)) {
        request.set(HeaderNames.METHOD, "GET");
        request.remove(HeaderNames.CONTENT_LENGTH);
      }
      request.set(HeaderNames.X_ENVOY_ORIGINAL_URL, original);
      if (rewritesPath() && request.contains(HeaderNames.X_ENVOY_ORIGINAL_PATH)) {
        request.set(HeaderNames.X_ENVOY_ORIGINAL_PATH, target.path); // the new request's own
      }
    }
    before.release();
    return refused;
  }

  /// The statistic that it counts in.
  private int refusal(InternalRedirectPolicy policy, String from, boolean plain, Target target) {
    var match = host.route();
    if (match == null) {
      return RouterStats.PASSTHROUGH_INTERNAL_REDIRECT_NO_ROUTE;
    }
    var to = match.route().name();
    var accepted =
        (!policy.notTwice() || taken.add(from + '\n' + to))
            && (!policy.safeCrossScheme() || !plain || target.scheme.equals(HTTP))
            && policy.allows(to);
    return accepted ? ACCEPTED : RouterStats.PASSTHROUGH_INTERNAL_REDIRECT_PREDICATE;
  }

  private boolean rewritesPath() {
    var match = host.route();
    return match != null
        && match.route().action() instanceof RouteAction.Forward forward
        && forward.rewrite().path() != null;
  }

  private static void copy(InternalRedirectPolicy policy, HeaderMap response, HeaderMap request) {
    for (HeaderName name : policy.headersToCopy()) {
      request.remove(name);
      for (var value : response.getAll(name)) {
        request.add(name, value);
      }
    }
  }

  private boolean isPlain(HeaderMap request) {
    return HTTP.equals(request.scheme()) || host.info().connection().tls() == null;
  }

  private static boolean isGetOrHead(HeaderMap request) {
    var method = request.method();
    return "GET".equals(method) || "HEAD".equals(method);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  /// An absolute address of HTTP, without its fragment.
  private record Target(String scheme, String authority, String path) {
    static @Nullable Target of(String location) {
      var colon = location.indexOf("://");
      var scheme = colon < 0 ? "" : location.substring(0, colon).toLowerCase(Locale.ROOT);
      if (!scheme.equals(HTTP) && !scheme.equals(HTTPS)) {
        return null;
      }
      var from = colon + 3;
      var end = from;
      while (end < location.length() && "/?#".indexOf(location.charAt(end)) < 0) {
        end++;
      }
      var authority = location.substring(from, end);
      if (authority.isEmpty() || authority.indexOf('@') >= 0) {
        return null;
      }
      var fragment = location.indexOf('#', end);
      var path = location.substring(end, fragment < 0 ? location.length() : fragment);
      return new Target(scheme, authority, path.startsWith("/") ? path : "/" + path);
    }
  }
}
