package dev.outrider.proxy.cluster;

/// What the configuration says about an endpoint, and about the locality it is in.
public record EndpointMetadata(Metadata own, Metadata ofLocality) {
  public static final EndpointMetadata NONE = new EndpointMetadata(Metadata.NONE, Metadata.NONE);

  /// Most say nothing, and share that.
  public static EndpointMetadata of(Metadata own, Metadata ofLocality) {
    return own.equals(Metadata.NONE) && ofLocality.equals(Metadata.NONE)
        ? NONE
        : new EndpointMetadata(own, ofLocality);
  }
}
