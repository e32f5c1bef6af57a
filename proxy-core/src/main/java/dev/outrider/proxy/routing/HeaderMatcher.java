package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;

/// A condition on one header, which holds if it does for any of its lines (Envoy
/// route.v3.HeaderMatcher, with `match_headers_individually` as it is since 1.39).
///
/// @param invert the condition must not hold for any line; of an absent header none but
///   [ValueMatcher.Presence] is true, inverted or not
/// @param treatMissingAsEmpty an absent header counts as an empty value
public record HeaderMatcher(
    HeaderName name, ValueMatcher value, boolean invert, boolean treatMissingAsEmpty) {

  public HeaderMatcher(HeaderName name, ValueMatcher value) {
    this(name, value, false, false);
  }
}
