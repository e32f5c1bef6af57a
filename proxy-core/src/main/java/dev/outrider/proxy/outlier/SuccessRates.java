package dev.outrider.proxy.outlier;

import java.util.List;

/// What the success rates of a cluster's hosts, in percent, say together.
///
/// @param average negative if there are not enough hosts
/// @param threshold below which a host is an outlier: so many standard deviations below the average
public record SuccessRates(double average, double threshold) {
  static final SuccessRates NONE = new SuccessRates(-1, -1);

  /// @param percents not empty
  static SuccessRates of(List<Double> percents, double stdevFactor) {
    var sum = 0.0;
    for (var percent : percents) {
      sum += percent;
    }
    var mean = sum / percents.size();
    var variance = 0.0;
    for (var percent : percents) {
      variance += (percent - mean) * (percent - mean);
    }
    variance /= percents.size(); // of the whole population
    return new SuccessRates(mean, mean - stdevFactor * Math.sqrt(variance));
  }
}
