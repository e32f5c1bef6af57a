package dev.outrider.proxy.routing;

import dev.outrider.proxy.runtime.KeyedShare;
import org.jspecify.annotations.Nullable;

/// What a route may ask for besides path and headers.
public sealed interface RouteCondition {

  /// Of the first parameter of that name in the query, as it is written: nothing is unescaped
  /// (Envoy `route.v3.QueryParameterMatcher`). One without a value has an empty one.
  record Query(String name, ValueMatcher value) implements RouteCondition {}

  /// The content is gRPC: `application/grpc`, or that with a suffix behind a plus.
  record Grpc() implements RouteCondition {}

  /// The client's certificate (Envoy `RouteMatch.TlsContextMatchOptions`).
  ///
  /// @param presented whether it has shown one; null = does not matter
  /// @param validated whether that was found good; null = does not matter
  record ClientCertificate(@Nullable Boolean presented, @Nullable Boolean validated)
      implements RouteCondition {}

  /// A part of the requests, by the stream's random number.
  record Fraction(KeyedShare share) implements RouteCondition {

    /// Which no key changes.
    public Fraction(long numerator, int denominator) {
      this(KeyedShare.of(numerator, denominator));
    }
  }

  /// What a filter left under that name, for the request or its connection; nothing does not match
  /// (Envoy `type.matcher.v3.FilterStateMatcher`).
  record Kept(String key, ValueMatcher value) implements RouteCondition {}
}
