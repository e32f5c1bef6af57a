package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.accesslog.grpc.GrpcLogConfig.LoggedHeaders;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ExtensionProvider;
import dev.outrider.proxy.extension.GrpcTargetReader;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Makes access loggers of `envoy.access_loggers.http_grpc` and `envoy.access_loggers.tcp_grpc`
/// (Envoy `extensions.access_loggers.grpc.v3`).
public final class GrpcLogProvider implements ExtensionProvider<AccessLogger> {
  private static final String PACKAGE = "envoy.extensions.access_loggers.grpc.v3.";
  private static final String HTTP = PACKAGE + "HttpGrpcAccessLogConfig";
  private static final String TCP = PACKAGE + "TcpGrpcAccessLogConfig";

  private final LogLoops loops;
  private final ByteString node;
  // Made for the first log: a proxy without one need not know what streams are made of.
  private @Nullable LogLanes<GrpcLogConfig, LogStream> streams;

  /// @param node the serialised `core.v3.Node` of this process
  public GrpcLogProvider(LogLoops loops, byte[] node) {
    this.loops = loops;
    this.node = ByteString.copyFrom(node);
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(HTTP, TCP);
  }

  @Override
  public CompletionStage<Parsed<AccessLogger>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        ProviderRegistry.typeName(config.getTypeUrl()).equals(HTTP)
            ? context
                .unpack(config, HttpGrpcAccessLogConfig.parser())
                .then(message -> http(message, context))
            : context
                .unpack(config, TcpGrpcAccessLogConfig.parser())
                .then(
                    message ->
                        logger(
                            message.getCommonConfig(),
                            false,
                            LoggedHeaders.NONE,
                            new Problems(context, new ArrayList<>()))));
  }

  private Parsed<AccessLogger> http(HttpGrpcAccessLogConfig message, ParseContext context) {
    var problems = new Problems(context, new ArrayList<>());
    var headers =
        new LoggedHeaders(
            names(
                message.getAdditionalRequestHeadersToLogList(),
                "additional_request_headers_to_log",
                problems),
            names(
                message.getAdditionalResponseHeadersToLogList(),
                "additional_response_headers_to_log",
                problems),
            names(
                message.getAdditionalResponseTrailersToLogList(),
                "additional_response_trailers_to_log",
                problems));
    return logger(message.getCommonConfig(), true, headers, problems);
  }

  private Parsed<AccessLogger> logger(
      CommonGrpcAccessLogConfig message, boolean http, LoggedHeaders headers, Problems problems) {
    problems.refuse(
        message.getFilterStateObjectsToLogCount() > 0, "common_config.filter_state_objects_to_log");
    problems.refuse(message.hasGrpcStreamRetryPolicy(), "common_config.grpc_stream_retry_policy");
    problems.refuse(message.getCustomTagsCount() > 0, "common_config.custom_tags");
    var config =
        new GrpcLogConfig(
            GrpcTargetReader.read(
                message.getGrpcService(), "common_config.grpc_service", problems::add),
            message.getLogName(),
            BufferConfig.of(message),
            http,
            headers,
            node);
    return Parsed.of(new GrpcAccessLogger(config, streams()), problems.found());
  }

  private LogLanes<GrpcLogConfig, LogStream> streams() {
    var made = streams;
    if (made == null) {
      made =
          new LogLanes<>(
              loops,
              (config, worker) ->
                  new LogStream(config, worker, loops.cells(GrpcLogStats.PREFIX, worker.loop())));
      streams = made;
    }
    return made;
  }

  private static List<HeaderName> names(List<String> texts, String field, Problems problems) {
    var names = new ArrayList<HeaderName>();
    for (var text : texts) {
      try {
        names.add(HeaderName.of(text));
      } catch (IllegalArgumentException e) {
        problems.add(field, String.valueOf(e.getMessage()));
      }
    }
    return names;
  }

  /// What was found wrong so far.
  private record Problems(ParseContext context, List<ConfigProblem> found) {
    void add(String field, String message) {
      found.add(context.problem(field, message));
    }

    void refuse(boolean isSet, String field) {
      if (isSet) {
        add(field, "is not supported");
      }
    }
  }
}
