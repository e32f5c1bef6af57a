package dev.outrider.proxy.cluster;

/// Where this proxy runs.
///
/// @param locality [Locality#NONE] if that is not known
/// @param cluster the name of the cluster that this proxy is an endpoint of (`local_cluster_name`);
///   empty if there is none
public record LocalPlace(Locality locality, String cluster) {
  public static final LocalPlace UNKNOWN = new LocalPlace(Locality.NONE, "");
}
