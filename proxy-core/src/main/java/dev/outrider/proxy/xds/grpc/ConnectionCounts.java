package dev.outrider.proxy.xds.grpc;

/// What connections to a control plane add to statistics. Main loop only.
public interface ConnectionCounts {

  /// Nobody is told.
  ConnectionCounts NONE =
      new ConnectionCounts() {
        @Override
        public void begun() {}

        @Override
        public void connected() {}

        @Override
        public void failed() {}

        @Override
        public void abandoned() {}

        @Override
        public void gone(boolean byUs) {}
      };

  /// An attempt begins.
  void begun();

  /// It has come to something.
  void connected();

  /// It has not.
  void failed();

  /// Nobody waits for it any more.
  void abandoned();

  /// One that was connected is gone.
  void gone(boolean byUs);
}
