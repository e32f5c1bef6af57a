package dev.outrider.proxy.cluster;

import java.util.Map;

/// What the control plane says of the endpoints of a cluster together (Envoy
/// `ClusterLoadAssignment.Policy`, and the weights of localities).
///
/// @param overprovisioningFactor percent; more than 0
/// @param weightedPriorityHealth a priority's health is the share of weights, not of endpoints
/// @param dropRatio the share of requests that is dropped, 0..1
/// @param localityWeights those that are given
public record SpreadPolicy(
    int overprovisioningFactor,
    boolean weightedPriorityHealth,
    double dropRatio,
    Map<LocalityPlace, Integer> localityWeights) {
  public static final int DEFAULT_OVERPROVISIONING = 140;
  public static final SpreadPolicy DEFAULT =
      new SpreadPolicy(DEFAULT_OVERPROVISIONING, false, 0, Map.of());

  public SpreadPolicy {
    localityWeights = Map.copyOf(localityWeights);
  }

  /// A locality as one priority has it.
  public record LocalityPlace(int priority, Locality locality) {}

  /// 0 = the locality gets nothing where weights count at all.
  public int localityWeight(int priority, Locality locality) {
    return localityWeights.isEmpty()
        ? 0
        : localityWeights.getOrDefault(new LocalityPlace(priority, locality), 0);
  }
}
