package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.MessageSink;

/// One attempt at one endpoint: takes the request, is held back as the source of the response, and
/// gives the response to an [UpstreamSink]. On the loop of its cluster.
///
/// It belongs to the caller until it has delivered the end of the response or a reset, or until
/// [#cancel]; the caller forgets it then.
public sealed interface Attempt extends MessageSink, FlowControl
    permits UpstreamStream, ConnectTunnel {
  /// Gives the attempt up; the sink is told nothing any more.
  void cancel();

  /// Why the transport could not be used, in Envoy's words; empty if that was not the reason. Valid
  /// inside `onReset`.
  String failureDetail();
}
