package dev.outrider.proxy.health;

import dev.outrider.proxy.outlier.OutlierSpec;
import org.jspecify.annotations.Nullable;

/// How it is found out which hosts of a cluster are fit.
///
/// @param check null = they are not asked
/// @param outliers null = their results are not watched
/// @param removesFit a host that the configuration does not name any more goes at once, though it
///   passes its checks (`ignore_health_on_host_removal`)
public record FitnessSpec(
    @Nullable HealthCheckSpec check, @Nullable OutlierSpec outliers, boolean removesFit) {
  public static final FitnessSpec NONE = new FitnessSpec(null, null, false);
}
