package dev.outrider.proxy.xds.route;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.extension.LbMetadataReader;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.routing.RetryHosts;
import dev.outrider.proxy.routing.RetryOn;
import dev.outrider.proxy.routing.RetryPolicy;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy.RetryBackOff;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads how often a request is tried, and when: `route.v3.RetryPolicy` and what belongs to it. A
/// route's own policy takes the place of its virtual host's.
final class RetryPolicyParser {
  private static final String PACKAGE = "envoy.extensions.retry.";
  private static final String HOST = PACKAGE + "host.";
  private static final String PREVIOUS_HOSTS = HOST + "previous_hosts.v3.PreviousHostsPredicate";
  private static final String OMIT_CANARY_HOSTS =
      HOST + "omit_canary_hosts.v3.OmitCanaryHostsPredicate";
  private static final String OMIT_HOST_METADATA =
      HOST + "omit_host_metadata.v3.OmitHostMetadataConfig";
  private static final String PREVIOUS_PRIORITIES =
      PACKAGE + "priority.previous_priorities.v3.PreviousPrioritiesConfig";
  private static final String NOT_REGISTERED =
      "Didn't find a registered implementation for '%s' with type URL: '%s'";

  private RetryPolicyParser() {}

  /// What holds for the routes of a virtual host that say nothing themselves.
  @SuppressWarnings("deprecation") // the old limit is still sent
  static AttemptRules host(VirtualHost message, Scope scope) {
    scope.refuse(message.hasRetryPolicyTypedConfig(), "retry_policy_typed_config");
    return new AttemptRules(
        message.hasRetryPolicy()
            ? policy(message.getRetryPolicy(), scope.field("retry_policy"))
            : RetryPolicy.NONE,
        message.getHedgePolicy().getHedgeOnPerTryTimeout(),
        message.getIncludeRequestAttemptCount(),
        message.getIncludeAttemptCountInResponse(),
        message.getIncludeIsTimeoutRetryHeader(),
        bodyLimit(
            message.hasRequestBodyBufferLimit(),
            message.getRequestBodyBufferLimit().getValue(),
            message.hasPerRequestBufferLimitBytes(),
            AttemptRules.NONE.bodyLimit(),
            scope),
        listenerLimit(
            message.hasPerRequestBufferLimitBytes(),
            message.getPerRequestBufferLimitBytes().getValue()));
  }

  /// The same for one route.
  @SuppressWarnings("deprecation") // the old limit is still sent
  static AttemptRules route(Route message, AttemptRules ofHost, Scope scope) {
    var action = message.getRoute();
    var place = scope.field("route");
    place.refuse(action.hasRetryPolicyTypedConfig(), "retry_policy_typed_config");
    var ownLimit = message.hasRequestBodyBufferLimit() || message.hasPerRequestBufferLimitBytes();
    return new AttemptRules(
        action.hasRetryPolicy()
            ? policy(action.getRetryPolicy(), place.field("retry_policy"))
            : ofHost.retry(),
        action.hasHedgePolicy()
            ? action.getHedgePolicy().getHedgeOnPerTryTimeout()
            : ofHost.hedges(),
        ofHost.countsInRequest(),
        ofHost.countsInResponse(),
        ofHost.marksTimeoutRetries(),
        bodyLimit(
            message.hasRequestBodyBufferLimit(),
            message.getRequestBodyBufferLimit().getValue(),
            message.hasPerRequestBufferLimitBytes(),
            ofHost.bodyLimit(),
            scope),
        ownLimit
            ? listenerLimit(
                message.hasPerRequestBufferLimitBytes(),
                message.getPerRequestBufferLimitBytes().getValue())
            : ofHost.bodyLimitInListener());
  }

  private static long bodyLimit(
      boolean isSet, long limit, boolean legacyIsSet, long otherwise, Scope scope) {
    if (isSet && legacyIsSet) {
      scope.problem(
          "request_body_buffer_limit",
          "only one of per_request_buffer_limit_bytes and request_body_buffer_limit can be set");
    }
    return isSet ? limit < 0 ? Long.MAX_VALUE : limit : legacyIsSet ? -1 : otherwise;
  }

  private static long listenerLimit(boolean isSet, int limit) {
    return isSet ? Integer.toUnsignedLong(limit) : Long.MAX_VALUE;
  }

  private static RetryPolicy policy(
      io.envoyproxy.envoy.config.route.v3.RetryPolicy message, Scope scope) {
    scope.refuse(message.getRetryOptionsPredicatesCount() > 0, "retry_options_predicates");
    return new RetryPolicy(
        RetryOn.parse(message.getRetryOn()),
        message.hasNumRetries()
            ? Scope.clamp(message.getNumRetries().getValue())
            : RetryPolicy.NONE.retries(),
        Duration.ofMillis(scope.millis("per_try_timeout", message.getPerTryTimeout())),
        Duration.ofMillis(scope.millis("per_try_idle_timeout", message.getPerTryIdleTimeout())),
        message.hasRetryBackOff()
            ? backOff(message.getRetryBackOff(), scope.field("retry_back_off"))
            : RetryPolicy.BackOff.DEFAULT,
        rateLimited(message, scope.field("rate_limited_retry_back_off")),
        hosts(message, scope),
        message.getRetriableStatusCodesList(),
        headers(message.getRetriableHeadersList(), scope, "retriable_headers"),
        headers(message.getRetriableRequestHeadersList(), scope, "retriable_request_headers"));
  }

  /// Less than a millisecond counts as one, as in Envoy.
  private static RetryPolicy.BackOff backOff(RetryBackOff message, Scope scope) {
    var base =
        Duration.ofMillis(Math.max(1, scope.millis("base_interval", message.getBaseInterval())));
    if (!message.hasMaxInterval()) {
      return RetryPolicy.BackOff.ofBase(base);
    }
    var max =
        Duration.ofMillis(Math.max(1, scope.millis("max_interval", message.getMaxInterval())));
    if (max.compareTo(base) < 0) {
      scope.problem(
          "max_interval",
          "retry_policy.max_interval must greater than or equal to the base_interval");
    }
    return new RetryPolicy.BackOff(base, max);
  }

  private static RetryPolicy.@Nullable RateLimitedBackOff rateLimited(
      io.envoyproxy.envoy.config.route.v3.RetryPolicy policy, Scope scope) {
    if (!policy.hasRateLimitedRetryBackOff()) {
      return null;
    }
    var message = policy.getRateLimitedRetryBackOff();
    var headers = new ArrayList<RetryPolicy.ResetHeader>();
    for (var i = 0; i < message.getResetHeadersCount(); i++) {
      var header = message.getResetHeaders(i);
      var place = scope.item("reset_headers", i);
      try {
        headers.add(
            new RetryPolicy.ResetHeader(
                HeaderName.of(header.getName()),
                switch (header.getFormat()) {
                  case SECONDS -> false;
                  case UNIX_TIMESTAMP -> true;
                  case UNRECOGNIZED -> {
                    place.problem("format", "value must be one of the defined enum values");
                    yield false;
                  }
                }));
      } catch (IllegalArgumentException e) {
        place.problem("name", String.valueOf(e.getMessage()));
      }
    }
    return new RetryPolicy.RateLimitedBackOff(
        headers,
        message.hasMaxInterval()
            ? Duration.ofMillis(Math.max(1, scope.millis("max_interval", message.getMaxInterval())))
            : RetryPolicy.RateLimitedBackOff.DEFAULT_MAX);
  }

  private static List<HeaderTest> headers(List<HeaderMatcher> messages, Scope scope, String field) {
    var tests = new ArrayList<HeaderTest>();
    for (var i = 0; i < messages.size(); i++) {
      tests.add(new HeaderTest(RouteMatchParser.header(messages.get(i), scope.item(field, i))));
    }
    return tests;
  }

  // ---- where to

  private static RetryHosts hosts(
      io.envoyproxy.envoy.config.route.v3.RetryPolicy message, Scope scope) {
    var notPrevious = false;
    var notCanaries = false;
    var omitted = new ArrayList<LbMetadata>();
    for (var i = 0; i < message.getRetryHostPredicateCount(); i++) {
      var predicate = message.getRetryHostPredicate(i);
      var place = scope.item("retry_host_predicate", i);
      var config = predicate.getTypedConfig();
      switch (ProviderRegistry.typeName(config.getTypeUrl())) {
        case PREVIOUS_HOSTS -> notPrevious = true;
        case OMIT_CANARY_HOSTS -> notCanaries = true;
        case OMIT_HOST_METADATA -> omitted.add(omitted(config, place.field("typed_config")));
        default ->
            place.problem(NOT_REGISTERED.formatted(predicate.getName(), config.getTypeUrl()));
      }
    }
    omitted.removeIf(LbMetadata::isEmpty);
    var maxAttempts = message.getHostSelectionRetryMaxAttempts();
    return new RetryHosts(
        notPrevious,
        notCanaries,
        omitted,
        Math.clamp(maxAttempts == 0 ? 2 : maxAttempts + 1, 1, 1_000),
        previousPriorities(message, scope.field("retry_priority")));
  }

  private static LbMetadata omitted(Any config, Scope scope) {
    try {
      return LbMetadataReader.read(
          OmitHostMetadataConfig.parseFrom(config.getValue()).getMetadataMatch());
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return LbMetadata.NONE;
    }
  }

  /// 0 = it is not asked for.
  private static int previousPriorities(
      io.envoyproxy.envoy.config.route.v3.RetryPolicy message, Scope scope) {
    if (!message.hasRetryPriority()) {
      return 0;
    }
    var config = message.getRetryPriority().getTypedConfig();
    if (!ProviderRegistry.typeName(config.getTypeUrl()).equals(PREVIOUS_PRIORITIES)) {
      scope.problem(
          NOT_REGISTERED.formatted(message.getRetryPriority().getName(), config.getTypeUrl()));
      return 0;
    }
    try {
      var frequency = PreviousPrioritiesConfig.parseFrom(config.getValue()).getUpdateFrequency();
      if (frequency <= 0) {
        scope.problem("typed_config.update_frequency", "value must be greater than 0");
      }
      return Math.max(0, frequency);
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return 0;
    }
  }
}
