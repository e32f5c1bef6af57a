package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.HeaderMap;

/// Takes what comes back from a gRPC call: metadata, messages, trailing metadata, and the status as
/// the last, exactly once. Heads are *lent* for the call. Nothing is told from inside a method that
/// starts or continues the call.
public interface GrpcCalloutSink {
  /// Not called if the answer consists of a status only.
  void onInitialMetadata(HeaderMap metadata);

  /// One whole message, without its prefix; the array is the caller's to keep.
  void onMessage(byte[] message);

  /// Not called if the call did not come to its regular end.
  void onTrailingMetadata(HeaderMap metadata);

  /// Bytes of messages that wait for the connection have come or gone (negative); zero in sum at
  /// the end of the call. Also told from inside a method of the call.
  default void onQueued(int bytes) {}

  /// How the call ended.
  ///
  /// @param code of gRPC; what goes wrong on the way is told with the code that a client of the
  ///   proxy would get
  /// @param message as it stands on the wire: percent-encoded
  /// @param details how it came to that end, in the words of Envoy's response code details
  void onStatus(int code, String message, String details);
}
