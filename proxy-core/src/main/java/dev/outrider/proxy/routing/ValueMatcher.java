package dev.outrider.proxy.routing;

/// A condition on a header's value. `ignoreCase` folds ASCII letters only.
public sealed interface ValueMatcher {

  /// The header is there (or, if not `present`, is absent), whatever its value.
  record Presence(boolean present) implements ValueMatcher {}

  record Exact(String text, boolean ignoreCase) implements ValueMatcher {}

  record Prefix(String text, boolean ignoreCase) implements ValueMatcher {}

  record Suffix(String text, boolean ignoreCase) implements ValueMatcher {}

  record Contains(String text, boolean ignoreCase) implements ValueMatcher {}

  /// The whole value matches (RE2 syntax; checked by whoever parsed the configuration).
  record Regex(String pattern) implements ValueMatcher {}

  /// A decimal integer, from `start` inclusive to `end` exclusive.
  record Range(long start, long end) implements ValueMatcher {}
}
