package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// One call of a foreign function: the arguments, and whom it is about. Lent for the call.
///
/// @param array where the arguments stand, the guest's own memory: take what is needed before the
///   result is given, since making room for that may move it
/// @param acting the context that the function acts on: the effective one
///   (`proxy_set_effective_context`), else the running one
/// @param running the context whose callback runs
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ForeignCall(byte[] array, int offset, int length, Context acting, Context running) {
  /// A context as the embedder knows it.
  ///
  /// @param stream the exchange, of a context that has one
  /// @param connection the connection, of a context of a network filter
  public record Context(
      PluginHost plugin, @Nullable HttpStreamHost stream, @Nullable NetworkStreamHost connection) {
    /// Whether it is a root context.
    public boolean root() {
      return stream == null && connection == null;
    }
  }

  /// The arguments as an array of their own.
  public byte[] copyOfArguments() {
    var copy = new byte[length];
    System.arraycopy(array, offset, copy, 0, length);
    return copy;
  }
}
