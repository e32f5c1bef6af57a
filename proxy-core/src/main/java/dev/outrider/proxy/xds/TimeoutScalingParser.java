package dev.outrider.proxy.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.overload.TimeoutScaling.Least;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.overload.v3.ScaleTimersOverloadActionConfig;
import io.envoyproxy.envoy.config.overload.v3.ScaleTimersOverloadActionConfig.ScaleTimer;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads which timeouts the action `reduce_timeouts` shortens, and to what
/// (`overload.v3.ScaleTimersOverloadActionConfig`).
final class TimeoutScalingParser {
  private static final String TYPE = "envoy.config.overload.v3.ScaleTimersOverloadActionConfig";

  private TimeoutScalingParser() {}

  static Map<ScaledTimeout, Least> parse(Any typed, Scope scope) {
    var leasts = new EnumMap<ScaledTimeout, Least>(ScaledTimeout.class);
    if (!ProviderRegistry.typeName(typed.getTypeUrl()).equals(TYPE)) {
      scope.problem("must be a " + TYPE);
      return leasts;
    }
    try {
      var timers =
          ScaleTimersOverloadActionConfig.parseFrom(typed.getValue()).getTimerScaleFactorsList();
      if (timers.isEmpty()) {
        scope.problem("timer_scale_factors", "value must contain at least 1 item(s)");
      }
      for (var i = 0; i < timers.size(); i++) {
        add(timers.get(i), leasts, scope.item("timer_scale_factors", i));
      }
    } catch (InvalidProtocolBufferException malformed) {
      scope.problem("is not a " + TYPE + ": " + malformed.getMessage());
    }
    return leasts;
  }

  private static void add(ScaleTimer timer, Map<ScaledTimeout, Least> leasts, Scope scope) {
    var timeout = timeout(timer);
    if (timeout == null) {
      scope.problem("timer", "value must be one of those defined");
      return;
    }
    var least =
        switch (timer.getOverloadAdjustCase()) {
          case MIN_TIMEOUT -> new Least.Millis(scope.millis("min_timeout", timer.getMinTimeout()));
          case MIN_SCALE -> new Least.Share(timer.getMinScale().getValue() / 100);
          case OVERLOADADJUST_NOT_SET -> {
            scope.problem("one of min_timeout, min_scale is required");
            yield new Least.Share(1);
          }
        };
    if (leasts.put(timeout, least) != null) {
      scope.problem("Found duplicate entry for timer type " + timeout);
    }
  }

  private static @Nullable ScaledTimeout timeout(ScaleTimer timer) {
    return switch (timer.getTimer()) {
      case HTTP_DOWNSTREAM_CONNECTION_IDLE -> ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_IDLE;
      case HTTP_DOWNSTREAM_STREAM_IDLE -> ScaledTimeout.HTTP_DOWNSTREAM_STREAM_IDLE;
      case TRANSPORT_SOCKET_CONNECT -> ScaledTimeout.TRANSPORT_SOCKET_CONNECT;
      case HTTP_DOWNSTREAM_CONNECTION_MAX -> ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_MAX;
      case HTTP_DOWNSTREAM_STREAM_FLUSH -> ScaledTimeout.HTTP_DOWNSTREAM_STREAM_FLUSH;
      case UNSPECIFIED, UNRECOGNIZED -> null;
    };
  }
}
