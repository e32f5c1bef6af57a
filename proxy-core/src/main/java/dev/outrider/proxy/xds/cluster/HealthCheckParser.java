package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.extension.MatcherReader;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.health.CheckIntervals;
import dev.outrider.proxy.health.CheckLogSpec;
import dev.outrider.proxy.health.HealthCheckSpec;
import dev.outrider.proxy.health.PayloadPattern;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.health.ProbeSpec.StatusRange;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import io.envoyproxy.envoy.config.core.v3.HealthCheck.GrpcHealthCheck;
import io.envoyproxy.envoy.config.core.v3.HealthCheck.HttpHealthCheck;
import io.envoyproxy.envoy.config.core.v3.HealthCheck.Payload;
import io.envoyproxy.envoy.config.core.v3.HealthCheck.TcpHealthCheck;
import io.envoyproxy.envoy.config.core.v3.ProxyProtocolConfig;
import io.envoyproxy.envoy.config.core.v3.RequestMethod;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink;
import io.envoyproxy.envoy.type.v3.Int64Range;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.HealthCheck`: HTTP, TCP and gRPC.
final class HealthCheckParser {
  private static final String FILE_SINK =
      "envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink";
  private static final long NO_TRAFFIC_MILLIS = 60_000;
  private static final int BUFFER_BYTES = 1024;
  private static final int LOWEST_STATUS = 100;
  private static final int ABOVE_HIGHEST_STATUS = 600;
  private static final List<StatusRange> OK = List.of(new StatusRange(200, 201));
  private static final HeaderName CHECKED_CLUSTER =
      HeaderName.of("x-envoy-upstream-healthchecked-cluster");
  private static final Set<RequestMethod> BODYLESS =
      Set.of(RequestMethod.GET, RequestMethod.HEAD, RequestMethod.DELETE, RequestMethod.TRACE);

  private final HealthCheck message;
  private final String cluster;
  private final UpstreamHttpOptions http;
  private final Scope scope;

  private HealthCheckParser(
      HealthCheck message, String cluster, UpstreamHttpOptions http, Scope scope) {
    this.message = message;
    this.cluster = cluster;
    this.http = http;
    this.scope = scope;
  }

  /// The only one; null if there is none, or if it cannot be used.
  ///
  /// @param http how the cluster is spoken to
  /// @param scope that of the cluster
  static @Nullable HealthCheckSpec parse(
      List<HealthCheck> messages, String cluster, UpstreamHttpOptions http, Scope scope) {
    if (messages.size() > 1) { // the schema of this version has no names for them
      scope.problem(
          "health_checks",
          "health check at index 0 is missing a name; all health checks must have a name when"
              + " multiple health checks are configured");
    }
    return messages.isEmpty()
        ? null
        : new HealthCheckParser(messages.getFirst(), cluster, http, scope.item("health_checks", 0))
            .parse();
  }

  private @Nullable HealthCheckSpec parse() {
    refuseWhatIsMissing();
    var probe =
        switch (message.getHealthCheckerCase()) {
          case HTTP_HEALTH_CHECK ->
              http(message.getHttpHealthCheck(), scope.field("http_health_check"));
          case TCP_HEALTH_CHECK ->
              tcp(message.getTcpHealthCheck(), scope.field("tcp_health_check"));
          case GRPC_HEALTH_CHECK ->
              grpc(message.getGrpcHealthCheck(), scope.field("grpc_health_check"));
          case CUSTOM_HEALTH_CHECK -> custom();
          case HEALTHCHECKER_NOT_SET -> null; // the schema has said so
        };
    return probe == null
        ? null
        : new HealthCheckSpec(
            Math.max(1, scope.millis("timeout", message.getTimeout())),
            intervals(),
            Scope.clamp(message.getUnhealthyThreshold().getValue()),
            Scope.clamp(message.getHealthyThreshold().getValue()),
            !message.hasReuseConnection() || message.getReuseConnection().getValue(),
            probe,
            log());
  }

  @SuppressWarnings("deprecation") // event_log_path is what many still say
  private CheckLogSpec log() {
    var paths = new ArrayList<String>();
    if (!message.getEventLogPath().isEmpty()) {
      paths.add(message.getEventLogPath());
    }
    for (var i = 0; i < message.getEventLoggerCount(); i++) {
      var path = logFile(message.getEventLogger(i), scope.item("event_logger", i));
      if (path != null) {
        paths.add(path);
      }
    }
    return new CheckLogSpec(
        paths, message.getAlwaysLogHealthCheckFailures(), message.getAlwaysLogHealthCheckSuccess());
  }

  /// Null if it is refused.
  private static @Nullable String logFile(TypedExtensionConfig logger, Scope place) {
    var typed = logger.getTypedConfig();
    var type = ProviderRegistry.typeName(typed.getTypeUrl());
    if (!type.equals(FILE_SINK)) {
      place.problem(
          "Didn't find a registered implementation for '%s' with type URL: '%s'"
              .formatted(logger.getName(), type));
      return null;
    }
    try {
      return HealthCheckEventFileSink.parseFrom(typed.getValue()).getEventLogPath();
    } catch (InvalidProtocolBufferException malformed) {
      place.problem("typed_config", "is not a " + type + ": " + malformed.getMessage());
      return null;
    }
  }

  private void refuseWhatIsMissing() {
    scope.refuse(message.hasEventService(), "event_service");
    scope.refuse(message.hasTlsOptions(), "tls_options");
    scope.refuse(message.hasTransportSocketMatchCriteria(), "transport_socket_match_criteria");
  }

  private @Nullable ProbeSpec custom() {
    scope.problem(
        "custom_health_check",
        "Didn't find a registered implementation for '%s' with type URL: '%s'"
            .formatted(
                message.getCustomHealthCheck().getName(),
                message.getCustomHealthCheck().getTypedConfig().getTypeUrl()));
    return null;
  }

  private CheckIntervals intervals() {
    var interval = millis("interval", true, message.getInterval(), 0);
    var unhealthy =
        millis(
            "unhealthy_interval",
            message.hasUnhealthyInterval(),
            message.getUnhealthyInterval(),
            interval);
    var noTraffic =
        millis(
            "no_traffic_interval",
            message.hasNoTrafficInterval(),
            message.getNoTrafficInterval(),
            NO_TRAFFIC_MILLIS);
    return new CheckIntervals(
        interval,
        millis(
            "healthy_edge_interval",
            message.hasHealthyEdgeInterval(),
            message.getHealthyEdgeInterval(),
            interval),
        unhealthy,
        millis(
            "unhealthy_edge_interval",
            message.hasUnhealthyEdgeInterval(),
            message.getUnhealthyEdgeInterval(),
            unhealthy),
        noTraffic,
        millis(
            "no_traffic_healthy_interval",
            message.hasNoTrafficHealthyInterval(),
            message.getNoTrafficHealthyInterval(),
            noTraffic),
        scope.millis("initial_jitter", message.getInitialJitter()),
        scope.millis("interval_jitter", message.getIntervalJitter()),
        Scope.clamp(message.getIntervalJitterPercent()));
  }

  private long millis(String field, boolean given, Duration duration, long usual) {
    return given ? scope.millis(field, duration) : usual;
  }

  // ---- HTTP

  private ProbeSpec http(HttpHealthCheck check, Scope place) {
    var method =
        check.getMethod() == RequestMethod.METHOD_UNSPECIFIED
            ? RequestMethod.GET
            : check.getMethod();
    var body = check.hasSend() ? payload(check.getSend(), place.field("send")) : new byte[0];
    if (check.hasSend() && BODYLESS.contains(method)) {
      place.problem(
          "send",
          ("HTTP health check cannot specify a request payload with method '%s'. Only methods that"
                  + " support a request body (POST, PUT, PATCH, OPTIONS) can be used with payload.")
              .formatted(method));
    }
    var expects = pattern(check.getReceiveList(), place);
    var buffer =
        check.hasResponseBufferSize()
            ? (int) Math.min(Integer.MAX_VALUE, check.getResponseBufferSize().getValue())
            : BUFFER_BYTES;
    if (buffer != 0 && expects.length() > buffer) {
      place.problem(
          "receive",
          "The expected response length '%d' is over than http health response buffer size '%d'"
              .formatted(expects.length(), buffer));
    }
    var expected = ranges(check.getExpectedStatusesList(), "expected", place);
    return new ProbeSpec.Http(
        version(check, place),
        method.name(),
        check.getHost(),
        check.getPath(),
        edits(check, place),
        body,
        expects,
        buffer,
        expected.isEmpty() ? OK : expected,
        ranges(check.getRetriableStatusesList(), "retriable", place),
        serviceName(check, place));
  }

  private static HttpVersion version(HttpHealthCheck check, Scope place) {
    return switch (check.getCodecClientType()) {
      case HTTP1 -> HttpVersion.HTTP1;
      case HTTP2 -> HttpVersion.HTTP2;
      case HTTP3, UNRECOGNIZED -> {
        place.problem("codec_client_type", "only HTTP1 and HTTP2 are supported");
        yield HttpVersion.HTTP1;
      }
    };
  }

  private static List<HeaderEdit> edits(HttpHealthCheck check, Scope place) {
    var edits =
        new ArrayList<>(
            HeaderEditParser.parse(
                check.getRequestHeadersToAddList(), place, "request_headers_to_add"));
    for (var i = 0; i < check.getRequestHeadersToRemoveCount(); i++) {
      var name =
          HeaderEditParser.name(
              check.getRequestHeadersToRemove(i), place, "request_headers_to_remove[" + i + "]");
      if (name != null) {
        edits.add(new HeaderEdit.Remove(name));
      }
    }
    return edits;
  }

  private static List<StatusRange> ranges(List<Int64Range> messages, String kind, Scope place) {
    var ranges = new ArrayList<StatusRange>();
    for (var range : messages) {
      var wrong = wrong(range);
      if (wrong != null) {
        place.problem(
            kind + "_statuses",
            "Invalid http %s status range: expecting %s".formatted(kind, wrong));
      }
      ranges.add(new StatusRange(range.getStart(), range.getEnd()));
    }
    return ranges;
  }

  private static @Nullable String wrong(Int64Range range) {
    if (range.getStart() >= range.getEnd()) {
      return "start < end, but found start=%d and end=%d"
          .formatted(range.getStart(), range.getEnd());
    }
    if (range.getStart() < LOWEST_STATUS) {
      return "start >= 100, but found start=" + range.getStart();
    }
    return range.getEnd() > ABOVE_HIGHEST_STATUS
        ? "end <= 600, but found end=" + range.getEnd()
        : null;
  }

  /// A header that is missing counts as an empty name.
  private static @Nullable HeaderTest serviceName(HttpHealthCheck check, Scope place) {
    if (!check.hasServiceNameMatcher()) {
      return null;
    }
    var matcher =
        MatcherReader.text(
            check.getServiceNameMatcher(),
            (field, problem) ->
                place.problem(
                    field.isEmpty() ? "service_name_matcher" : "service_name_matcher." + field,
                    problem));
    return new HeaderTest(new HeaderMatcher(CHECKED_CLUSTER, matcher, false, true));
  }

  // ---- TCP and gRPC

  private static ProbeSpec tcp(TcpHealthCheck check, Scope place) {
    return new ProbeSpec.Tcp(
        check.hasSend() ? payload(check.getSend(), place.field("send")) : new byte[0],
        pattern(check.getReceiveList(), place),
        preface(check));
  }

  private static ProbeSpec.Preface preface(TcpHealthCheck check) {
    if (!check.hasProxyProtocolConfig()) {
      return ProbeSpec.Preface.NONE;
    }
    return check.getProxyProtocolConfig().getVersion() == ProxyProtocolConfig.Version.V2
        ? ProbeSpec.Preface.BINARY
        : ProbeSpec.Preface.TEXT;
  }

  private ProbeSpec grpc(GrpcHealthCheck check, Scope place) {
    if (http.version() != HttpVersion.HTTP2) {
      place.problem(cluster + " cluster must support HTTP/2 for gRPC healthchecking");
    }
    return new ProbeSpec.Grpc(
        check.getServiceName(),
        check.getAuthority(),
        HeaderEditParser.parse(check.getInitialMetadataList(), place, "initial_metadata"));
  }

  // ---- payloads

  private static PayloadPattern pattern(List<Payload> messages, Scope place) {
    var pieces = new ArrayList<byte[]>();
    for (var i = 0; i < messages.size(); i++) {
      pieces.add(payload(messages.get(i), place.item("receive", i)));
    }
    return new PayloadPattern(pieces);
  }

  private static byte[] payload(Payload message, Scope place) {
    return switch (message.getPayloadCase()) {
      case TEXT -> hex(message.getText(), place);
      case BINARY -> message.getBinary().toByteArray();
      case PAYLOAD_NOT_SET -> new byte[0]; // the schema has said so
    };
  }

  private static byte[] hex(String text, Scope place) {
    try {
      return HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException _) {
      place.problem("text", "invalid hex string '" + text + "'");
      return new byte[0];
    }
  }
}
