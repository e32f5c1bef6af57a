package dev.outrider.proxy.xds;

/// Carries the messages of aggregated discovery streams (Envoy `AggregatedDiscoveryService`) as
/// bytes. Used and called back on the main loop only.
public interface AdsTransport {

  /// Opens a stream. What goes wrong, a refused connection included, comes to `receiver` as its
  /// end, as a later task.
  Call open(Receiver receiver);

  /// Our side of one stream.
  interface Call {

    /// Sends one `DiscoveryRequest`; takes the bytes. Dropped if the stream has ended.
    void send(byte[] request);

    /// Ends the stream; the receiver hears nothing more.
    void cancel();
  }

  /// Their side of one stream.
  interface Receiver {

    /// The control plane is connected. May come more than once.
    void onReady();

    /// One `DiscoveryResponse`. The receiver takes the bytes.
    void onMessage(byte[] response);

    /// The stream is over; comes once, and nothing after it.
    void onEnd(End end);
  }

  /// Why a stream ended.
  ///
  /// @param code gRPC status code; 14 = unavailable
  record End(int code, String message) {}
}
