package dev.outrider.proxywasm;

import dev.outrider.proxywasm.host.CalloutResponse;
import dev.outrider.proxywasm.host.HttpStreamHost;

/// One plugin in a VM: its root context. On the VM's thread.
///
/// Callbacks of a plugin that has ended, or whose VM has failed, do nothing.
public final class PluginContext {
  private PluginContext() {}

  /// Makes the context of one exchange. The guest hears of it right before its first callback.
  public HttpStreamContext newHttpStream(HttpStreamHost host) {
    throw new UnsupportedOperationException("follows");
  }

  /// The timer armed by `TickTimers.arm` has fired. Arms it again.
  public void onTick() {
    throw new UnsupportedOperationException("follows");
  }

  /// A callout was answered. Borrows the response. An unknown token (cancelled, twice) is ignored.
  public void onHttpCallResponse(int token, CalloutResponse response) {
    throw new UnsupportedOperationException("follows");
  }

  /// A callout ended without a usable answer; the guest is called with no headers and reads code
  /// and message by `proxy_get_status`. Envoy: 11 and "reset".
  public void onHttpCallFailure(int token, int statusCode, String message) {
    throw new UnsupportedOperationException("follows");
  }

  /// A queue this plugin registered got an item.
  public void onQueueReady(int token) {
    throw new UnsupportedOperationException("follows");
  }

  /// Takes no new streams and, once the last one has closed, asks the guest to finish
  /// (`proxy_on_done`); a guest that answers false is waited for until it calls `proxy_done`.
  /// `PluginHost.ended()` tells when it is over.
  public void shutdown() {
    throw new UnsupportedOperationException("follows");
  }

  /// Ends a plugin that [#shutdown] waits for, at once: `proxy_on_delete`, then
  /// `PluginHost.ended()`.
  public void endNow() {
    throw new UnsupportedOperationException("follows");
  }

  /// Whether the root context is gone.
  public boolean ended() {
    throw new UnsupportedOperationException("follows");
  }
}
