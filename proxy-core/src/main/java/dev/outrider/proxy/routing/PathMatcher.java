package dev.outrider.proxy.routing;

/// A condition on the path, which is taken without its query and fragment.
public sealed interface PathMatcher {

  /// Any path that begins so.
  record Prefix(String prefix, boolean caseSensitive) implements PathMatcher {}

  /// This path.
  record Exact(String path, boolean caseSensitive) implements PathMatcher {}

  /// This path, and those that continue it with a slash: `/api` takes `/api` and `/api/x`, not
  /// `/apix`.
  ///
  /// @param prefix without a slash at the end
  record SeparatedPrefix(String prefix, boolean caseSensitive) implements PathMatcher {}

  /// Any CONNECT, which has no path and is taken by no other matcher.
  record Connect() implements PathMatcher {}

  /// The whole path matches (RE2 syntax; checked by whoever parsed the configuration).
  record Regex(String pattern) implements PathMatcher {}

  /// The whole path is of that kind.
  record Template(UriTemplate template) implements PathMatcher {}
}
