package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DynamicSources.Protocol;

/// Carries the messages of discovery streams as bytes. Used and called back on the main loop only.
public interface AdsTransport {

  /// Opens a stream of `protocol`. What goes wrong, a refused connection included, comes to
  /// `receiver` as its end, as a later task.
  Call open(Protocol protocol, Receiver receiver);

  /// What is called.
  enum Service {
    /// Envoy `AggregatedDiscoveryService`.
    AGGREGATED,
    /// Envoy `SecretDiscoveryService`.
    SECRETS
  }

  /// Our side of one stream.
  interface Call {

    /// Sends one `DiscoveryRequest` or `DeltaDiscoveryRequest`; takes the bytes. Dropped if the
    /// stream has ended.
    void send(byte[] request);

    /// Ends the stream; the receiver hears nothing more.
    void cancel();
  }

  /// Their side of one stream.
  interface Receiver {

    /// The control plane is connected. May come more than once.
    void onReady();

    /// One `DiscoveryResponse` or `DeltaDiscoveryResponse`. The receiver takes the bytes.
    void onMessage(byte[] response);

    /// The stream is over; comes once, and nothing after it.
    void onEnd(End end);
  }

  /// Why a stream ended.
  ///
  /// @param code gRPC status code; 14 = unavailable
  record End(int code, String message) {}
}
