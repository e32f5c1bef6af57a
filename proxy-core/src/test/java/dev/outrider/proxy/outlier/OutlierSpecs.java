package dev.outrider.proxy.outlier;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Envoy's defaults, and what differs from them.
public final class OutlierSpecs {
  public static final OutlierSpec DEFAULT = with(spec -> spec);

  private final EnumMap<EjectionType, Integer> enforcing =
      new EnumMap<>(
          Map.of(
              EjectionType.CONSECUTIVE_5XX,
              100,
              EjectionType.CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
              100,
              EjectionType.SUCCESS_RATE,
              100,
              EjectionType.SUCCESS_RATE_LOCAL_ORIGIN,
              100));
  private int serverErrors = 5;
  private int maxPercent = 10;
  private boolean split;
  private boolean alwaysOne;
  private long baseMillis = 30_000;
  private long maxMillis = 300_000;

  private OutlierSpecs() {}

  public static OutlierSpec with(UnaryOperator<OutlierSpecs> differences) {
    var spec = differences.apply(new OutlierSpecs());
    return new OutlierSpec(
        10_000,
        spec.split,
        new OutlierSpec.Consecutive(spec.serverErrors, 5, 5),
        new OutlierSpec.SuccessRate(5, 100, 1900),
        new OutlierSpec.FailurePercentage(85, 5, 50),
        new OutlierSpec.Ejection(
            spec.baseMillis, spec.maxMillis, 0, spec.maxPercent, spec.alwaysOne, true),
        spec.enforcing);
  }

  public OutlierSpecs serverErrors(int value) {
    serverErrors = value;
    return this;
  }

  public OutlierSpecs maxPercent(int value) {
    maxPercent = value;
    return this;
  }

  public OutlierSpecs split(boolean value) {
    split = value;
    return this;
  }

  public OutlierSpecs alwaysOne(boolean value) {
    alwaysOne = value;
    return this;
  }

  public OutlierSpecs times(long newBaseMillis, long newMaxMillis) {
    baseMillis = newBaseMillis;
    maxMillis = newMaxMillis;
    return this;
  }

  public OutlierSpecs enforcing(EjectionType type, int percent) {
    enforcing.put(type, percent);
    return this;
  }
}
