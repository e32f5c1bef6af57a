package dev.outrider.proxy.accesslog.otlp;

import dev.outrider.proxy.accesslog.grpc.LogLanes;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One log. The same if it is configured the same, so that a configuration read anew is no change.
final class OtlpAccessLogger implements AccessLogger {
  private final OtlpLogConfig config;
  private final @Nullable OtlpFormat body;
  private final OtlpFormat.Members attributes;
  private final LogLanes<OtlpLogConfig, OtlpLane> lanes;

  /// @param body null for records without one
  OtlpAccessLogger(
      OtlpLogConfig config,
      @Nullable OtlpFormat body,
      OtlpFormat.Members attributes,
      LogLanes<OtlpLogConfig, OtlpLane> lanes) {
    this.config = config;
    this.body = body;
    this.attributes = attributes;
    this.lanes = lanes;
  }

  @Override
  public void log(StreamInfo info) {
    throw new IllegalStateException("records are sent by a loop: use what onLoop answers");
  }

  @Override
  public AccessLogger onLoop(Loop loop) {
    return new OnLoop(this, loop, lanes.join(config, loop), new ValueBuffer());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OtlpAccessLogger that
        && config.equals(that.config)
        && lanes.equals(that.lanes);
  }

  @Override
  public int hashCode() {
    return config.hashCode();
  }

  private LogRecord recordOf(StreamInfo info, ValueBuffer buffer) {
    var entry =
        LogRecord.newBuilder()
            .setTimeUnixNano(TimeUnit.MICROSECONDS.toNanos(info.times().startEpochMicros()))
            .addAllAttributes(attributes.list(info, buffer).getValuesList());
    if (body != null) {
      entry.setBody(body.of(info, buffer));
    }
    return entry.build();
  }

  /// One user of a lane, which others of the loop may use too.
  private record OnLoop(OtlpAccessLogger logger, Loop loop, OtlpLane lane, ValueBuffer buffer)
      implements AccessLogger {
    @Override
    public void log(StreamInfo info) {
      lane.add(logger.recordOf(info, buffer));
    }

    @Override
    public void leave() {
      logger.lanes.leave(logger.config, loop);
    }
  }
}
