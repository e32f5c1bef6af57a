package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.outlier.EjectionType;
import dev.outrider.proxy.outlier.OutlierSpec;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import java.util.EnumMap;

/// Reads `cluster.v3.OutlierDetection`; what is not said is as Envoy has it.
final class OutlierParser {
  private static final long INTERVAL_MILLIS = 10_000;
  private static final long BASE_EJECTION_MILLIS = 30_000;
  private static final long MAX_EJECTION_MILLIS = 300_000;

  private final OutlierDetection message;
  private final Scope scope;

  private OutlierParser(OutlierDetection message, Scope scope) {
    this.message = message;
    this.scope = scope;
  }

  static OutlierSpec parse(OutlierDetection message, Scope scope) {
    return new OutlierParser(message, scope).parse();
  }

  private OutlierSpec parse() {
    scope.refuse(message.getMonitorsCount() > 0, "monitors");
    return new OutlierSpec(
        message.hasInterval()
            ? Math.max(1, scope.millis("interval", message.getInterval()))
            : INTERVAL_MILLIS,
        message.getSplitExternalLocalOriginErrors(),
        new OutlierSpec.Consecutive(
            number(message.hasConsecutive5Xx(), message.getConsecutive5Xx(), 5),
            number(
                message.hasConsecutiveGatewayFailure(), message.getConsecutiveGatewayFailure(), 5),
            number(
                message.hasConsecutiveLocalOriginFailure(),
                message.getConsecutiveLocalOriginFailure(),
                5)),
        new OutlierSpec.SuccessRate(
            number(message.hasSuccessRateMinimumHosts(), message.getSuccessRateMinimumHosts(), 5),
            number(
                message.hasSuccessRateRequestVolume(), message.getSuccessRateRequestVolume(), 100),
            number(message.hasSuccessRateStdevFactor(), message.getSuccessRateStdevFactor(), 1900)),
        new OutlierSpec.FailurePercentage(
            number(
                message.hasFailurePercentageThreshold(),
                message.getFailurePercentageThreshold(),
                85),
            number(
                message.hasFailurePercentageMinimumHosts(),
                message.getFailurePercentageMinimumHosts(),
                5),
            number(
                message.hasFailurePercentageRequestVolume(),
                message.getFailurePercentageRequestVolume(),
                50)),
        ejection(),
        enforcing());
  }

  private OutlierSpec.Ejection ejection() {
    var base =
        message.hasBaseEjectionTime()
            ? scope.millis("base_ejection_time", message.getBaseEjectionTime())
            : BASE_EJECTION_MILLIS;
    var max =
        message.hasMaxEjectionTime()
            ? scope.millis("max_ejection_time", message.getMaxEjectionTime())
            : Math.max(MAX_EJECTION_MILLIS, base);
    if (max < base) {
      scope.problem(
          "outlier detector's max_ejection_time cannot be smaller than base_ejection_time");
    }
    return new OutlierSpec.Ejection(
        base,
        max,
        scope.millis("max_ejection_time_jitter", message.getMaxEjectionTimeJitter()),
        number(message.hasMaxEjectionPercent(), message.getMaxEjectionPercent(), 10),
        message.getAlwaysEjectOneHost().getValue(),
        !message.hasSuccessfulActiveHealthCheckUnejectHost()
            || message.getSuccessfulActiveHealthCheckUnejectHost().getValue());
  }

  private EnumMap<EjectionType, Integer> enforcing() {
    var percents = new EnumMap<EjectionType, Integer>(EjectionType.class);
    percents.put(
        EjectionType.CONSECUTIVE_5XX,
        number(message.hasEnforcingConsecutive5Xx(), message.getEnforcingConsecutive5Xx(), 100));
    percents.put(
        EjectionType.CONSECUTIVE_GATEWAY_FAILURE,
        number(
            message.hasEnforcingConsecutiveGatewayFailure(),
            message.getEnforcingConsecutiveGatewayFailure(),
            0));
    percents.put(
        EjectionType.CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
        number(
            message.hasEnforcingConsecutiveLocalOriginFailure(),
            message.getEnforcingConsecutiveLocalOriginFailure(),
            100));
    percents.put(
        EjectionType.SUCCESS_RATE,
        number(message.hasEnforcingSuccessRate(), message.getEnforcingSuccessRate(), 100));
    percents.put(
        EjectionType.SUCCESS_RATE_LOCAL_ORIGIN,
        number(
            message.hasEnforcingLocalOriginSuccessRate(),
            message.getEnforcingLocalOriginSuccessRate(),
            100));
    percents.put(
        EjectionType.FAILURE_PERCENTAGE,
        number(
            message.hasEnforcingFailurePercentage(), message.getEnforcingFailurePercentage(), 0));
    percents.put(
        EjectionType.FAILURE_PERCENTAGE_LOCAL_ORIGIN,
        number(
            message.hasEnforcingFailurePercentageLocalOrigin(),
            message.getEnforcingFailurePercentageLocalOrigin(),
            0));
    return percents;
  }

  private static int number(boolean given, UInt32Value message, int usual) {
    return given ? Scope.clamp(message.getValue()) : usual;
  }
}
