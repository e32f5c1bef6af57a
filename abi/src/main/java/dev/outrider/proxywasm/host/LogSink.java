package dev.outrider.proxywasm.host;

/// Takes log lines: those of guests, and the library's own remarks about a guest.
public interface LogSink {
  /// The least severe level that is written, as the ABI's number; 6 is "off"
  /// (`proxy_get_log_level`).
  int threshold();

  /// Writes one line; `text` is UTF-8, not checked, without a line end, and lent for the call.
  /// Called only for levels at or above [#threshold()].
  void log(LogLevel level, PluginIdentity who, byte[] text, int offset, int length);
}
