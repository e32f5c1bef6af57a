package dev.outrider.proxywasm.conformance;

/// What is sent through the guest.
public enum Drive {
  /// Nothing: the start functions and the start callbacks are all there is.
  START,
  /// A request without a body; the service answers 200 and 5 bytes.
  GET,
  /// A request with 5 bytes of body, the same answer.
  POST,
  /// As [#POST], with trailers on both messages.
  TRAILERS,
  /// A plain connection: the client says 5 bytes, reads 5 bytes, and ends; then the service does.
  CONNECTION
}
