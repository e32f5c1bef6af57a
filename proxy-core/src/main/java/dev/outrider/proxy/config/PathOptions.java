package dev.outrider.proxy.config;

/// How request paths are brought into one form before they are matched (Envoy
/// `HttpConnectionManager.normalize_path`, `merge_slashes`, `path_with_escaped_slashes_action`).
///
/// @param normalize dots, backslashes and needless escapes as in RFC 3986
/// @param mergeSlashes `//` becomes `/`
public record PathOptions(boolean normalize, boolean mergeSlashes, EscapedSlashes escapedSlashes) {

  /// Envoy's defaults: nothing is changed.
  public static final PathOptions DEFAULT = new PathOptions(false, false, EscapedSlashes.KEEP);

  /// What becomes of `%2F` and `%5C` in a path.
  public enum EscapedSlashes {
    KEEP,
    /// 400.
    REJECT,
    /// 307 to the path without them.
    REDIRECT,
    /// The request goes on without them.
    FORWARD
  }
}
