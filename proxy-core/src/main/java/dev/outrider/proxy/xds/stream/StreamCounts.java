package dev.outrider.proxy.xds.stream;

/// What one stream to a control plane adds to statistics. Main loop only.
interface StreamCounts {

  /// An attempt begins.
  void begun();

  /// There is a connection for it; may come again.
  void ready();

  /// We do not want it any more.
  void cancelled();

  /// The other side has ended it, or cannot be reached.
  ///
  /// @param code gRPC's
  void ended(int code);
}
