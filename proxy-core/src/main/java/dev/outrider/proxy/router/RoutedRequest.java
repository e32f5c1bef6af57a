package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loadbalancing.PriorityLoads;
import dev.outrider.proxy.routing.RequestHash;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A request, the route that it takes and how often that was tried: what pickers ask for. Belongs
/// to a [Router] and is reused with it; the head is borrowed until [#clear].
final class RoutedRequest implements PickContext {
  private final RouterHost host;

  /// Made for the first route that has a hash policy.
  private @Nullable RequestHash hash;

  /// Made for the first request that may be retried.
  private @Nullable RetryState retry;

  private @Nullable RouteMatch match;
  private RouteAction.@Nullable Forward forward;
  private @Nullable HeaderMap head;
  private int attempts;

  RoutedRequest(RouterHost host) {
    this.host = host;
  }

  /// The request has been given its route.
  void take(RouteMatch newMatch, RouteAction.Forward action, HeaderMap request) {
    match = newMatch;
    forward = action;
    head = request;
  }

  void clear() {
    if (hash != null) {
      hash.clear();
    }
    match = null;
    forward = null;
    head = null;
  }

  RouteMatch match() {
    return Objects.requireNonNull(match, "no route");
  }

  RouteAction.Forward forward() {
    return Objects.requireNonNull(forward, "no route");
  }

  HeaderMap head() {
    return Objects.requireNonNull(head, "no request");
  }

  /// Whether a cluster was found for it.
  boolean routed() {
    return match != null;
  }

  /// What is known of its retries; null if none of a [Router] has been retried yet.
  @Nullable RetryState retry() {
    return retry;
  }

  /// From now on this says where retries go.
  void retryBy(RetryState state) {
    retry = state;
  }

  void startAttempts() {
    attempts = 0;
  }

  void countAttempt() {
    attempts++;
  }

  int attempts() {
    return attempts;
  }

  /// Gives the client the cookies that its requests are to be hashed by from now on.
  void addCookies(HeaderMap response) {
    if (hash != null) {
      for (var i = 0; i < hash.newCookies().size(); i++) {
        response.add(HeaderNames.SET_COOKIE, hash.newCookies().get(i));
      }
    }
  }

  // ---- for pickers

  @Override
  public boolean hashed() {
    if (forward == null || forward.hashPolicies().isEmpty()) {
      return false;
    }
    if (hash == null) {
      hash = new RequestHash();
    }
    return hash.isKnown(forward.hashPolicies(), head, host.info());
  }

  @Override
  public long hash() {
    return hash == null ? 0 : hash.value();
  }

  @Override
  public LbMetadata metadataMatch() {
    return match == null ? LbMetadata.NONE : match.metadataMatch();
  }

  @Override
  public @Nullable HostPort originalDestination() {
    var addresses = host.info().connection().addresses();
    return addresses.localRestored() ? addresses.local() : null;
  }

  @Override
  public @Nullable String requestHeader(HeaderName name) {
    return head == null ? null : head.get(name);
  }

  @Override
  public @Nullable String host() {
    if (head == null) {
      return null;
    }
    var changed =
        forward == null || retries() > 0 // the first attempt has changed it
            ? null
            : RequestTarget.hostToAskFor(head, forward.rewrite());
    return changed == null || changed.isEmpty() ? head.get(HeaderNames.AUTHORITY) : changed;
  }

  @Override
  public @Nullable String overrideHost() {
    return host.info().overrideHost();
  }

  @Override
  public boolean overrideHostStrict() {
    return host.info().overrideHostStrict();
  }

  @Override
  public int retries() {
    return Math.max(0, attempts - 1);
  }

  @Override
  public boolean rejects(Endpoint chosen) {
    var state = whileRetrying();
    return state != null && state.rejects(chosen);
  }

  @Override
  public int maxPicks() {
    var state = whileRetrying();
    return state == null ? 1 : state.maxPicks();
  }

  @Override
  public PriorityLoads priorityLoads(PriorityLoads usual) {
    var state = whileRetrying();
    return state == null ? usual : state.priorityLoads(usual);
  }

  private @Nullable RetryState whileRetrying() {
    return retry != null && retries() > 0 && retry.enabled() ? retry : null;
  }
}
