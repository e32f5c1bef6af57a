package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// `%COMMON_DURATION(start:end:unit)%`: the time between two moments of an exchange, in `ms`, `us`
/// or `ns` (`ms` unless it says otherwise). Shows nothing if one of them was not reached or they
/// came the other way round.
///
/// @param from null for the first byte of the request
/// @param unitNanos length of the unit
record CommonDurationOperator(@Nullable TimePoint from, @Nullable TimePoint to, long unitNanos)
    implements FormatOperator {

  static FormatOperator of(OperatorSpec spec, Consumer<String> problems) {
    var parts = spec.argumentOrEmpty().split(":", -1);
    var unit = parts.length < 2 || parts.length > 3 ? 0 : unit(parts.length == 3 ? parts[2] : "ms");
    if (unit == 0 || !known(parts[0]) || !known(parts[1]) || spec.length() != null) {
      problems.accept(
          "operator " + spec + " needs (start:end:unit) with known points and ms, us or ns");
      return (_, _) -> false;
    }
    return new CommonDurationOperator(point(parts[0]), point(parts[1]), unit);
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    if (!reached(info, from) || !reached(info, to)) {
      return false;
    }
    var nanos = at(info, to) - at(info, from);
    if (nanos < 0) {
      return false;
    }
    out.putDecimal(nanos / unitNanos);
    return true;
  }

  @Override
  public boolean numeric() {
    return true;
  }

  private static boolean reached(StreamInfo info, @Nullable TimePoint point) {
    return point == null || info.times().has(point);
  }

  private static long at(StreamInfo info, @Nullable TimePoint point) {
    return point == null ? info.times().startNanos() : info.times().nanos(point);
  }

  private static long unit(String name) {
    return switch (name) {
      case "ms" -> 1_000_000;
      case "us" -> 1_000;
      case "ns" -> 1;
      default -> 0;
    };
  }

  private static boolean known(String name) {
    return name.equals("DS_RX_BEG") || point(name) != null;
  }

  private static @Nullable TimePoint point(String name) {
    return switch (name) {
      case "DS_RX_END" -> TimePoint.DOWNSTREAM_RX_END;
      case "US_CX_BEG" -> TimePoint.UPSTREAM_CONNECT_BEGIN;
      case "US_CX_END" -> TimePoint.UPSTREAM_CONNECT_END;
      case "US_TX_BEG" -> TimePoint.UPSTREAM_TX_BEGIN;
      case "US_TX_END" -> TimePoint.UPSTREAM_TX_END;
      case "US_RX_BEG" -> TimePoint.UPSTREAM_RX_BEGIN;
      case "US_RX_END" -> TimePoint.UPSTREAM_RX_END;
      case "DS_TX_BEG" -> TimePoint.DOWNSTREAM_TX_BEGIN;
      case "DS_TX_END" -> TimePoint.DOWNSTREAM_TX_END;
      default -> null;
    };
  }
}
