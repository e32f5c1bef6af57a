package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loadbalancing.PriorityLoads;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.routing.RetryOn;
import dev.outrider.proxy.routing.RetryPolicy;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.upstream.UpstreamCluster;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Decides whether a request is sent once more, and waits before it is (Envoy `RetryStateImpl`).
/// Made for the first request of a [Router] that may be retried, reused for the next; on its loop.
final class RetryState {
  /// What becomes of a request whose attempt has failed, or has not.
  enum Verdict {
    NO(null),
    /// The wait has begun.
    YES(null),
    /// The circuit breaker or the budget allows no more.
    OVERFLOW(ResponseFlag.UPSTREAM_OVERFLOW),
    /// It has been retried as often as it may be.
    LIMIT_EXCEEDED(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);

    private final @Nullable ResponseFlag flag;

    Verdict(@Nullable ResponseFlag flag) {
      this.flag = flag;
    }

    /// What the log is told of it; null = nothing.
    @Nullable ResponseFlag flag() {
      return flag;
    }
  }

  private static final HeaderName X_ENVOY_RATELIMITED = HeaderName.of("x-envoy-ratelimited");
  private static final long MICROS = 1_000_000;

  private final Loop loop;
  private final Timer backOff;

  /// Held from the decision to retry to the outcome of the retry.
  private final Permit permit = new Permit();

  private final List<HostShared> attempted = new ArrayList<>();
  private final List<Endpoint> counted = new ArrayList<>(); // for the priorities
  private final BitSet excluded = new BitSet();
  private @Nullable PriorityLoads loads;
  private RetryPolicy policy = RetryPolicy.NONE;
  private @Nullable ControlHeaders asked;
  private Priority priority = Priority.DEFAULT;
  private int on;
  private long remaining;
  private long bound;
  private boolean enabled;

  /// The service may have seen something of an attempt.
  private boolean begun;

  private boolean afterTimeout;

  RetryState(Loop loop, Runnable onRetry) {
    this.loop = loop;
    this.backOff = loop.timers().newTimer(onRetry);
  }

  /// For the next request.
  ///
  /// @param newAsked what it wants itself; null = nothing
  void start(
      RetryPolicy newPolicy,
      @Nullable ControlHeaders newAsked,
      HeaderMap request,
      Priority newPriority) {
    policy = newPolicy;
    asked = newAsked;
    priority = newPriority;
    enabled = true;
    begun = false;
    on = policy.on();
    remaining = policy.retries();
    bound = Math.max(1, policy.backOff().base().toMillis());
    if (newAsked != null) {
      on |= newAsked.retryOn;
      remaining = newAsked.maxRetries >= 0 ? newAsked.maxRetries : remaining;
    }
    if (!policy.requestHeaders().isEmpty() && !anyMatches(policy, request)) {
      on = 0;
    }
  }

  private static boolean anyMatches(RetryPolicy policy, HeaderMap request) {
    for (var i = 0; i < policy.requestHeaders().size(); i++) {
      if (policy.requestHeaders().get(i).matches(request)) {
        return true;
      }
    }
    return false;
  }

  /// Whether there may be another attempt still.
  boolean enabled() {
    return enabled;
  }

  /// There is none any more: the request has its answer, or nobody waits for one.
  void end() {
    enabled = false;
    backOff.cancel();
    permit.release();
    attempted.clear();
    counted.clear();
    excluded.clear();
    loads = null;
    asked = null;
  }

  /// A random time is waited for at the moment.
  boolean waiting() {
    return backOff.armed();
  }

  /// The next attempt follows one that was too slow.
  boolean afterTimeout() {
    return afterTimeout;
  }

  void onAttempt(Endpoint endpoint) {
    if (policy.hosts().notPrevious()) {
      attempted.add(endpoint.shared());
    }
    if (policy.hosts().previousPriorities() > 0) {
      counted.add(endpoint);
    }
  }

  /// Whether another endpoint would be preferred for a retry.
  boolean rejects(Endpoint endpoint) {
    return (policy.hosts().notPrevious() && attempted.contains(endpoint.shared()))
        || policy.hosts().omits(endpoint);
  }

  int maxPicks() {
    return policy.hosts().maxPicks();
  }

  /// Leaves out the priorities where attempts have been, every so many of them; all count again
  /// when none is left (Envoy `PreviousPrioritiesRetryPriority`).
  PriorityLoads priorityLoads(PriorityLoads usual) {
    var frequency = policy.hosts().previousPriorities();
    if (frequency == 0 || counted.size() < frequency) {
      return usual;
    }
    if (counted.size() % frequency == 0) {
      counted.forEach(endpoint -> excluded.set(endpoint.priority()));
      loads = usual.without(excluded);
      if (loads == null) {
        excluded.clear();
        counted.clear();
        loads = usual.without(excluded);
      }
    }
    return loads == null ? usual : loads;
  }

  // ---- the decision

  Verdict onResponse(HeaderMap response, UpstreamCluster cluster, RandomGenerator random) {
    if (!wouldRetry(response)) {
      return decide(false, cluster);
    }
    var asksToWait = askedToWait(response);
    var verdict = decide(true, cluster);
    if (verdict == Verdict.YES) {
      afterTimeout = false;
      wait(asksToWait, cluster, random);
    }
    return verdict;
  }

  /// @param connected the service may have seen something of this attempt
  /// @param slow it was given up by ourselves
  Verdict onReset(
      ResetReason why,
      boolean connected,
      boolean slow,
      UpstreamCluster cluster,
      RandomGenerator random) {
    begun |= connected;
    var verdict = decide(wouldRetry(why), cluster);
    if (verdict == Verdict.YES) {
      afterTimeout = slow;
      wait(0, cluster, random);
    }
    return verdict;
  }

  /// The attempt is too slow and goes on: another one is sent beside it, whatever the policy says.
  Verdict onSlow(UpstreamCluster cluster, RandomGenerator random) {
    var verdict = decide(true, cluster);
    if (verdict == Verdict.YES) {
      afterTimeout = true;
      wait(0, cluster, random);
    }
    return verdict;
  }

  private Verdict decide(boolean retries, UpstreamCluster cluster) {
    var cells = cluster.cells();
    if (!retries) {
      if (permit.held()) {
        cells.inc(ClusterStats.UPSTREAM_RQ_RETRY_SUCCESS);
      }
      permit.release();
      return Verdict.NO;
    }
    permit.release();
    if (remaining == 0) {
      cells.inc(ClusterStats.UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED);
      return Verdict.LIMIT_EXCEEDED;
    }
    remaining--;
    if (!cluster.takeRetry(priority, permit)) {
      cells.inc(ClusterStats.UPSTREAM_RQ_RETRY_OVERFLOW);
      return Verdict.OVERFLOW;
    }
    cells.inc(ClusterStats.UPSTREAM_RQ_RETRY);
    return Verdict.YES;
  }

  private void wait(long asksToWait, UpstreamCluster cluster, RandomGenerator random) {
    if (asksToWait > 1) {
      cluster.cells().inc(ClusterStats.UPSTREAM_RQ_RETRY_BACKOFF_RATELIMITED);
      backOff.arm(asksToWait + random.nextLong(Math.max(1, asksToWait / 2)));
      return;
    }
    cluster.cells().inc(ClusterStats.UPSTREAM_RQ_RETRY_BACKOFF_EXPONENTIAL);
    backOff.arm(random.nextLong(bound));
    bound = Math.min(bound * 2, Math.max(1, policy.backOff().max().toMillis()));
  }

  /// What the service wants in milliseconds; 0 if it does not say, or asks for too much.
  private long askedToWait(HeaderMap response) {
    var limited = policy.rateLimited();
    if (limited == null) {
      return 0;
    }
    for (var header : limited.headers()) {
      var line = response.find(header.name());
      var seconds = line < 0 ? -1 : response.valueAsLong(line);
      if (seconds >= 0 && header.timestamp()) {
        seconds -= loop.clock().epochMicros() / MICROS;
      }
      if (seconds >= 0 && seconds <= limited.max().toMillis() / 1_000) {
        return seconds * 1_000;
      }
    }
    return 0;
  }

  // ---- what it depends on

  /// Whether it would be retried if there were no limit.
  boolean wouldRetry(HeaderMap response) {
    if (response.contains(X_ENVOY_RATELIMITED)) {
      return RetryOn.ENVOY_RATE_LIMITED.in(on);
    }
    var status = response.status();
    return (RetryOn.SERVER_ERROR.in(on) && status >= 500 && status < 600)
        || (RetryOn.GATEWAY_ERROR.in(on) && status >= 502 && status <= 504)
        || (RetryOn.RETRIABLE_4XX.in(on) && status == 409)
        || (RetryOn.RETRIABLE_STATUS_CODES.in(on) && isRetriable(status))
        || (RetryOn.RETRIABLE_HEADERS.in(on) && hasRetriableHeader(response))
        || hasRetriableGrpcStatus(response);
  }

  private boolean isRetriable(int status) {
    return contains(policy.statusCodes(), status)
        || (asked != null && contains(asked.statusCodes, status));
  }

  private static boolean contains(List<Integer> codes, int status) {
    for (var i = 0; i < codes.size(); i++) {
      if (codes.get(i) == status) {
        return true;
      }
    }
    return false;
  }

  private boolean hasRetriableHeader(HeaderMap response) {
    for (var i = 0; i < policy.headers().size(); i++) {
      if (policy.headers().get(i).matches(response)) {
        return true;
      }
    }
    return asked != null && asked.headerNames.stream().anyMatch(response::contains);
  }

  /// As in Envoy, in the head only: an answer with trailers has begun when they come.
  private boolean hasRetriableGrpcStatus(HeaderMap response) {
    var line = response.find(HeaderNames.GRPC_STATUS);
    return line >= 0 && RetryOn.grpc(on, response.valueAsLong(line));
  }

  private boolean wouldRetry(ResetReason why) {
    return switch (why) {
      case OVERFLOW -> false; // it would only add to it
      case LOCAL_CONNECTION_FAILURE, REMOTE_CONNECTION_FAILURE, CONNECTION_TIMEOUT ->
          RetryOn.CONNECT_FAILURE.in(on) || anyReset();
      case REMOTE_REFUSED -> RetryOn.REFUSED_STREAM.in(on) || anyReset();
      case LOCAL_RESET,
          LOCAL_REFUSED,
          REMOTE_RESET,
          CONNECTION_TERMINATION,
          CONNECT_ERROR,
          PROTOCOL_ERROR,
          OVERLOAD,
          PREMATURE_HALF_CLOSE ->
          anyReset();
    };
  }

  private boolean anyReset() {
    return RetryOn.RESET.in(on)
        || RetryOn.SERVER_ERROR.in(on)
        || RetryOn.GATEWAY_ERROR.in(on)
        || (RetryOn.RESET_BEFORE_REQUEST.in(on) && !begun);
  }
}
