package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loadbalancing.PriorityLoads;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.routing.RequestHash;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.Protocol;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.upstream.TransportSocketOptions;
import dev.outrider.proxy.upstream.UpstreamCluster;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A request, the route that it takes, the cluster that it goes to and how often that was tried:
/// what pickers ask for, and what its outcome counts in. Belongs to a [Router] and is reused with
/// it; the head is borrowed until [#clear].
final class RoutedRequest implements PickContext {
  private final RouterHost host;

  /// Made for the first route that has a hash policy.
  private @Nullable RequestHash hash;

  /// Made for the first request that may be retried.
  private @Nullable RetryState retry;

  private @Nullable RouteMatch match;
  private RouteAction.@Nullable Forward forward;
  private @Nullable HeaderMap head;
  private @Nullable UpstreamCluster cluster;
  private TransportSocketOptions wished = TransportSocketOptions.NONE;
  private int attempts;

  RoutedRequest(RouterHost host) {
    this.host = host;
  }

  /// The request has been given its route, and there is its cluster.
  void take(
      RouteMatch newMatch, RouteAction.Forward action, HeaderMap request, UpstreamCluster to) {
    match = newMatch;
    forward = action;
    head = request;
    cluster = to;
    var known = to.config();
    host.info().cluster(known.name(), known.statName(), known.metadata());
  }

  void clear() {
    if (hash != null) {
      hash.clear();
    }
    match = null;
    forward = null;
    head = null;
    cluster = null;
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

  UpstreamCluster cluster() {
    return Objects.requireNonNull(cluster, "no cluster chosen");
  }

  /// Those of its cluster.
  StatCells cells() {
    return cluster().cells();
  }

  /// What all its attempts want of their connection's TLS.
  TransportSocketOptions transportSocketOptions() {
    return wished;
  }

  /// The endpoint of the next attempt; null if there is none, or no room for its connections.
  @Nullable Endpoint pick() {
    var picked = cluster().pick(this);
    if (picked == null) {
      return null;
    }
    if (attempts == 1) { // before any edit of the head, as in Envoy
      var name = RequestTarget.hostToAskFor(head(), forward().rewrite());
      wished = cluster().wishes().of(head(), name, info().connection());
    }
    return cluster().admits(picked, downstreamVersion(), forward().priority(), wished)
        ? picked
        : null;
  }

  /// What its client speaks.
  HttpVersion downstreamVersion() {
    return info().protocol() == Protocol.HTTP_2 ? HttpVersion.HTTP2 : HttpVersion.HTTP1;
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

  /// Another attempt is due.
  ///
  /// @param to the cluster as it is now; null = it has been removed
  void countAttempt(@Nullable UpstreamCluster to) {
    attempts++;
    info().upstream().countAttempt();
    if (to != null) {
      cluster = to;
      info().upstream().endpointCount(to.endpoints().endpoints().size());
    }
  }

  int attempts() {
    return attempts;
  }

  /// Counts as a response of the cluster, whoever gives it, unless it was a health check.
  void countAnswer(int status) {
    if (cluster != null && !info().healthCheck()) {
      cells().countCode(ClusterStats.UPSTREAM_RQ_CODES, status);
    }
  }

  /// An answer of our own, which says how often it was tried if the route wants that.
  LocalReply counted(LocalReply reply) {
    return forward != null && forward.attempts().countsInResponse()
        ? reply.withHeader(HeaderNames.X_ENVOY_ATTEMPT_COUNT, Integer.toString(attempts))
        : reply;
  }

  private StreamInfo info() {
    return host.info();
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
