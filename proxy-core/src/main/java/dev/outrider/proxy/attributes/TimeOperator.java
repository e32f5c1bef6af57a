package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.time.ZoneOffset;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// `%START_TIME(format)%` and its like: a moment by a strftime format.
record TimeOperator(TimeFormat format, MomentOf moment) implements FormatOperator {

  /// Null if no time has that name.
  static @Nullable FormatOperator find(
      OperatorSpec spec, FormatEnvironment environment, Consumer<String> problems) {
    MomentOf start = info -> info.times().startEpochMicros();
    MomentOf now = _ -> microsNow(environment);
    return switch (spec.name()) {
      case "START_TIME" -> new TimeOperator(TimeFormat.of(spec, ZoneOffset.UTC, problems), start);
      case "START_TIME_LOCAL" ->
          new TimeOperator(TimeFormat.of(spec, environment.zone(), problems), start);
      case "EMIT_TIME" -> new TimeOperator(TimeFormat.of(spec, ZoneOffset.UTC, problems), now);
      case "EMIT_TIME_LOCAL" ->
          new TimeOperator(TimeFormat.of(spec, environment.zone(), problems), now);
      default -> null;
    };
  }

  private static long microsNow(FormatEnvironment environment) {
    var now = environment.clock().instant();
    return now.getEpochSecond() * Moment.MICROS_PER_SECOND + now.getNano() / 1_000;
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    format.write(moment.of(info), out);
    return true;
  }

  /// Microseconds since 1970.
  interface MomentOf {
    long of(StreamInfo info);
  }
}
