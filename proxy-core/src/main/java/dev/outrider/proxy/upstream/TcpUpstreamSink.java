package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.ResetReason;
import io.netty.buffer.ByteBuf;

/// Takes what becomes of a [TcpUpstream]. Called on its loop, never from inside a call of it.
public interface TcpUpstreamSink {
  void onConnected();

  /// There will be no connection; nothing else comes.
  ///
  /// @param detail the transport's failure in Envoy's words; empty if that was not the reason
  void onConnectFailed(ResetReason why, String detail);

  /// *Takes* the chunk, which may be empty if it is the end.
  void onBytes(ByteBuf chunk, boolean end);

  /// The service takes no more for now, or takes more again.
  void onUpstreamWritable(boolean writable);

  /// The connection is over, not by a call of [TcpUpstream#close]; nothing else comes.
  ///
  /// @param reset by a reset of the service
  void onClosed(boolean reset);
}
