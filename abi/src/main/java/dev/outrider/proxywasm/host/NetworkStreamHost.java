package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// One TCP connection as a guest sees it. The library enforces *when* bytes may be touched; this is
/// only *what*.
///
/// Reads and edits are called from inside a guest call. Effects (`resume`, `close`, `failed`) are
/// called when no guest is on the stack; of one guest call at most one reaches the host: failed
/// before close before resume. They run before the callback returns to the embedder, so they should
/// only take note and act once it has; they may reach a connection other than the one whose
/// callback runs.
public interface NetworkStreamHost {
  /// Read: the bytes that the guest is being shown or has stopped, or null if there are none. Asked
  /// only for DOWNSTREAM_DATA and UPSTREAM_DATA.
  @Nullable BodyAccess data(BufferKind kind);

  /// Read: as [HttpStreamHost#property].
  WasmResult property(byte[] path, int offset, int length, ByteSink value);

  /// Edit: as [HttpStreamHost#setProperty].
  WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength);

  /// Effect: go on with what comes from downstream; nothing if it is not stopped. The other
  /// direction cannot be resumed: it is shown again when more bytes come.
  void resumeDownstream();

  /// Effect: close the connection once what was written has left. Both directions of Envoy's
  /// `close_stream` mean the downstream connection.
  ///
  /// @param direction DOWNSTREAM or UPSTREAM, as asked
  void close(StreamKind direction);

  /// Effect, at most once: the VM under this connection has failed; the context's `failure()` says
  /// how. No guest code runs for this connection any more and every later callback stops.
  void failed();
}
