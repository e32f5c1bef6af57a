package dev.outrider.proxywasm.host;

/// What a guest wants after a header callback, already mapped as Envoy maps it.
///
/// `ContinueAndEndStream` (2) arrives as [#CONTINUE] and every unknown number as
/// [#STOP_ALL_ITERATION_AND_WATERMARK]; a plain 1 arrives as [#STOP_ITERATION] only for a plugin
/// with `allow_on_headers_stop_iteration`.
public enum FilterHeadersStatus {
  /// Go on with the next filter.
  CONTINUE,
  /// Hold the head, keep showing this filter the body.
  STOP_ITERATION,
  /// Hold everything; over the buffer limit answer 413 or 500.
  STOP_ALL_ITERATION_AND_BUFFER,
  /// Hold everything; at the buffer limit push back on the peer.
  STOP_ALL_ITERATION_AND_WATERMARK;

  /// Maps the guest's number as Envoy does.
  ///
  /// @param code what the guest returned
  /// @param allowStopIteration `PluginConfig.allow_on_headers_stop_iteration`
  public static FilterHeadersStatus of(int code, boolean allowStopIteration) {
    return switch (code) {
      case 0, 2 -> CONTINUE;
      case 1 -> allowStopIteration ? STOP_ITERATION : STOP_ALL_ITERATION_AND_WATERMARK;
      case 3 -> STOP_ALL_ITERATION_AND_BUFFER;
      default -> STOP_ALL_ITERATION_AND_WATERMARK;
    };
  }
}
