package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// One HTTP exchange as a guest sees it. The library enforces *when* a map or body may be touched;
/// this is only *what*.
///
/// Reads and edits are called from inside a guest call. Effects (`resume`, `reply`, `close`,
/// `failed`) are called when no guest is on the stack, in the order they were asked for; of one
/// guest call at most one reaches the host: failed before reply before close before resume. They
/// run before the callback returns to the embedder, so they should only take note and act once it
/// has; they may reach a stream other than the one whose callback runs.
public interface HttpStreamHost {
  /// Read: the map, or null if the exchange has none. Asked only for the four maps of the exchange
  /// itself.
  @Nullable HeaderAccess headers(HeaderMapKind kind);

  /// Edit: makes the missing trailers of a message whose last body bytes are being shown, or null
  /// if they cannot be made.
  @Nullable HeaderAccess createTrailers(HeaderMapKind kind);

  /// Read: what the running body callback shows, or null. Asked only for the two bodies of the
  /// exchange.
  @Nullable BodyAccess body(BufferKind kind);

  /// Read: hands the serialised property (ABI reference, property encoding) to `value` and answers
  /// OK, or answers NOT_FOUND or SERIALIZATION_FAILURE. Path segments are separated by a NUL; there
  /// is no trailing one.
  WasmResult property(byte[] path, int offset, int length, ByteSink value);

  /// Edit: sets a property that other plugins of this exchange can read; borrows both ranges.
  WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength);

  /// Edit: the request headers changed (or the guest asked): the route must be chosen anew.
  void clearRouteCache();

  /// Effect: go on in that direction; nothing if it is not paused.
  void resume(StreamKind direction);

  /// Effect: answer with this instead of what is under way.
  void reply(GuestReply reply);

  /// Effect: end the exchange (REQUEST, RESPONSE: reset, details `wasm_close_stream`; DOWNSTREAM,
  /// UPSTREAM: ignored for HTTP).
  void close(StreamKind direction);

  /// Effect, at most once: the VM under this stream has failed; the stream's `failure()` says how.
  /// No guest code runs for this stream any more and every later callback stops.
  void failed();
}
