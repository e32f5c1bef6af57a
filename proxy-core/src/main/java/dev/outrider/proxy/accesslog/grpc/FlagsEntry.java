package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.stream.ResponseFlag;
import io.envoyproxy.envoy.data.accesslog.v3.ResponseFlags;

/// Why a response is what it is.
final class FlagsEntry {
  private FlagsEntry() {}

  static ResponseFlags of(dev.outrider.proxy.stream.ResponseFlags raised) {
    var flags = ResponseFlags.newBuilder();
    for (var i = 0; i < raised.count(); i++) {
      add(raised.at(i), flags);
    }
    return flags.build();
  }

  private static void add(ResponseFlag flag, ResponseFlags.Builder flags) {
    switch (flag) {
      case FAILED_LOCAL_HEALTH_CHECK -> flags.setFailedLocalHealthcheck(true);
      case NO_HEALTHY_UPSTREAM -> flags.setNoHealthyUpstream(true);
      case UPSTREAM_REQUEST_TIMEOUT -> flags.setUpstreamRequestTimeout(true);
      case LOCAL_RESET -> flags.setLocalReset(true);
      case UPSTREAM_REMOTE_RESET -> flags.setUpstreamRemoteReset(true);
      case UPSTREAM_CONNECTION_FAILURE -> flags.setUpstreamConnectionFailure(true);
      case UPSTREAM_CONNECTION_TERMINATION -> flags.setUpstreamConnectionTermination(true);
      case UPSTREAM_OVERFLOW -> flags.setUpstreamOverflow(true);
      case NO_ROUTE_FOUND -> flags.setNoRouteFound(true);
      case DELAY_INJECTED -> flags.setDelayInjected(true);
      case FAULT_INJECTED -> flags.setFaultInjected(true);
      case RATE_LIMITED -> flags.setRateLimited(true);
      case UNAUTHORIZED_EXTERNAL_SERVICE ->
          flags.setUnauthorizedDetails(
              ResponseFlags.Unauthorized.newBuilder()
                  .setReason(ResponseFlags.Unauthorized.Reason.EXTERNAL_SERVICE));
      case RATE_LIMIT_SERVICE_ERROR -> flags.setRateLimitServiceError(true);
      case DOWNSTREAM_CONNECTION_TERMINATION -> flags.setDownstreamConnectionTermination(true);
      case UPSTREAM_RETRY_LIMIT_EXCEEDED -> flags.setUpstreamRetryLimitExceeded(true);
      case STREAM_IDLE_TIMEOUT -> flags.setStreamIdleTimeout(true);
      case INVALID_ENVOY_REQUEST_HEADERS -> flags.setInvalidEnvoyRequestHeaders(true);
      case DOWNSTREAM_PROTOCOL_ERROR -> flags.setDownstreamProtocolError(true);
      case UPSTREAM_MAX_STREAM_DURATION_REACHED -> flags.setUpstreamMaxStreamDurationReached(true);
      case RESPONSE_FROM_CACHE_FILTER -> flags.setResponseFromCacheFilter(true);
      case NO_FILTER_CONFIG_FOUND -> flags.setNoFilterConfigFound(true);
      case DURATION_TIMEOUT -> flags.setDurationTimeout(true);
      case UPSTREAM_PROTOCOL_ERROR -> flags.setUpstreamProtocolError(true);
      case NO_CLUSTER_FOUND -> flags.setNoClusterFound(true);
      case OVERLOAD_MANAGER_TERMINATED -> flags.setOverloadManager(true);
      case DNS_RESOLUTION_FAILED -> flags.setDnsResolutionFailure(true);
      case DOWNSTREAM_REMOTE_RESET -> flags.setDownstreamRemoteReset(true);
      case DROP_OVERLOAD, UNCONDITIONAL_DROP_OVERLOAD -> {} // an entry has no place for them
    }
  }
}
