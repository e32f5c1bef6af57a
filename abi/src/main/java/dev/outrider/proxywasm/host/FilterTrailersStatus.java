package dev.outrider.proxywasm.host;

/// What a guest wants after a trailers callback; any number but 0 is a stop.
public enum FilterTrailersStatus {
  CONTINUE,
  STOP_ITERATION;

  /// Maps the guest's number as Envoy does.
  ///
  /// @param code what the guest returned
  public static FilterTrailersStatus of(int code) {
    return code == 0 ? CONTINUE : STOP_ITERATION;
  }
}
