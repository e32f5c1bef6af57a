package dev.outrider.proxywasm.host;

/// What a guest wants after a body callback; an unknown number arrives as
/// [#STOP_ITERATION_NO_BUFFER], as in Envoy.
public enum FilterDataStatus {
  /// Go on with the next filter.
  CONTINUE,
  /// Keep the bytes; the next callback sees all of them; over the buffer limit answer 413 or 500.
  STOP_ITERATION_AND_BUFFER,
  /// Keep the bytes and push back at the limit; the next callback sees only what is new.
  STOP_ITERATION_AND_WATERMARK,
  /// Drop the bytes.
  STOP_ITERATION_NO_BUFFER;

  /// Maps the guest's number as Envoy does.
  ///
  /// @param code what the guest returned
  public static FilterDataStatus of(int code) {
    return switch (code) {
      case 0 -> CONTINUE;
      case 1 -> STOP_ITERATION_AND_BUFFER;
      case 2 -> STOP_ITERATION_AND_WATERMARK;
      default -> STOP_ITERATION_NO_BUFFER;
    };
  }
}
