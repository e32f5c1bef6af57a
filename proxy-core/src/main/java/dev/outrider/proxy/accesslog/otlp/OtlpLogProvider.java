package dev.outrider.proxy.accesslog.otlp;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.accesslog.grpc.BufferConfig;
import dev.outrider.proxy.accesslog.grpc.LogLanes;
import dev.outrider.proxy.accesslog.grpc.LogLoops;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ExtensionProvider;
import dev.outrider.proxy.extension.FormatReader;
import dev.outrider.proxy.extension.GrpcTargetReader;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Makes access loggers of `envoy.access_loggers.open_telemetry` (Envoy
/// `extensions.access_loggers.open_telemetry.v3`).
public final class OtlpLogProvider implements ExtensionProvider<AccessLogger> {
  private static final String CONFIG =
      "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig";
  private static final String STATS = "access_logs.open_telemetry_access_log";

  private final LogLoops loops;
  private final FormatReader formats;
  private final byte[] node;
  // Made for the first log: a proxy without one need not know what lanes are made of.
  private @Nullable LogLanes<OtlpLogConfig, OtlpLane> lanes;

  /// @param node the serialised `core.v3.Node` of this process
  public OtlpLogProvider(LogLoops loops, FormatReader formats, byte[] node) {
    this.loops = loops;
    this.formats = formats;
    this.node = node;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(CONFIG);
  }

  @Override
  public CompletionStage<Parsed<AccessLogger>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        context
            .unpack(config, OpenTelemetryAccessLogConfig.parser())
            .then(message -> logger(message, context)));
  }

  private Parsed<AccessLogger> logger(OpenTelemetryAccessLogConfig message, ParseContext context) {
    var problems = new ArrayList<ConfigProblem>();
    var common = message.getCommonConfig();
    unsupported(common)
        .forEach(
            field -> problems.add(context.problem("common_config." + field, "is not supported")));
    var target =
        GrpcTargetReader.read(
            common.getGrpcService(),
            "common_config.grpc_service",
            (field, text) -> problems.add(context.problem(field, text)));
    var known = formats.read(message.getFormattersList(), context, problems);
    var body =
        message.getBody().getValueCase() == AnyValue.ValueCase.VALUE_NOT_SET
            ? null
            : OtlpFormat.parse(
                message.getBody(), known, text -> problems.add(context.problem("body", text)));
    var attributes =
        OtlpFormat.parse(
            message.getAttributes(),
            known,
            text -> problems.add(context.problem("attributes", text)));
    var config =
        new OtlpLogConfig(
            target,
            BufferConfig.of(common),
            resource(message),
            message.getStatPrefix().isEmpty() ? STATS : STATS + "." + message.getStatPrefix(),
            message);
    return Parsed.of(new OtlpAccessLogger(config, body, attributes, lanes()), problems);
  }

  private LogLanes<OtlpLogConfig, OtlpLane> lanes() {
    var made = lanes;
    if (made == null) {
      made =
          new LogLanes<>(
              loops,
              (config, worker) ->
                  new OtlpLane(config, worker, loops.cells(config.statPrefix(), worker.loop())));
      lanes = made;
    }
    return made;
  }

  private static List<String> unsupported(CommonGrpcAccessLogConfig message) {
    var set = new ArrayList<String>();
    if (message.getFilterStateObjectsToLogCount() > 0) {
      set.add("filter_state_objects_to_log");
    }
    if (message.hasGrpcStreamRetryPolicy()) {
      set.add("grpc_stream_retry_policy");
    }
    if (message.getCustomTagsCount() > 0) {
      set.add("custom_tags");
    }
    return set;
  }

  private Resource resource(OpenTelemetryAccessLogConfig message) {
    var resource = Resource.newBuilder();
    if (!message.getDisableBuiltinLabels()) {
      var self = self();
      resource
          .addAttributes(text("log_name", message.getCommonConfig().getLogName()))
          .addAttributes(text("zone_name", self.getLocality().getZone()))
          .addAttributes(text("cluster_name", self.getCluster()))
          .addAttributes(text("node_name", self.getId()));
    }
    return resource.addAllAttributes(message.getResourceAttributes().getValuesList()).build();
  }

  private Node self() {
    try {
      return Node.parseFrom(node);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the node is what the proxy wrote itself", e);
    }
  }

  private static KeyValue text(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }
}
