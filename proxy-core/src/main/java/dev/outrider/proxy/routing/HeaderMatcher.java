package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;

/// A condition on one header, whose lines count as one value joined with commas (Envoy
/// route.v3.HeaderMatcher).
///
/// @param invert the condition must not hold; an absent header then matches
/// @param treatMissingAsEmpty an absent header counts as an empty value
public record HeaderMatcher(
    HeaderName name, ValueMatcher value, boolean invert, boolean treatMissingAsEmpty) {

  public HeaderMatcher(HeaderName name, ValueMatcher value) {
    this(name, value, false, false);
  }
}
