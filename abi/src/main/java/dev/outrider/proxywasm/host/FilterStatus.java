package dev.outrider.proxywasm.host;

/// What a guest wants after a callback of a connection; any number but 0 is a stop.
public enum FilterStatus {
  CONTINUE,
  STOP_ITERATION;

  /// Maps the guest's number as Envoy does.
  ///
  /// @param code what the guest returned
  public static FilterStatus of(int code) {
    return code == 0 ? CONTINUE : STOP_ITERATION;
  }
}
