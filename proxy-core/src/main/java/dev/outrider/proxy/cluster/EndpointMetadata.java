package dev.outrider.proxy.cluster;

/// What the configuration says about an endpoint, and about the locality it is in.
///
/// @param lb what of `own` load balancers read
public record EndpointMetadata(Metadata own, Metadata ofLocality, LbMetadata lb) {
  public static final EndpointMetadata NONE =
      new EndpointMetadata(Metadata.NONE, Metadata.NONE, LbMetadata.NONE);

  /// Most say nothing, and share that.
  public static EndpointMetadata of(Metadata own, Metadata ofLocality, LbMetadata lb) {
    return own.equals(Metadata.NONE) && ofLocality.equals(Metadata.NONE)
        ? NONE
        : new EndpointMetadata(own, ofLocality, lb);
  }
}
