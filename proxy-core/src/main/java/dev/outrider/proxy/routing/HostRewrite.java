package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;

/// What becomes of a request's host.
public sealed interface HostRewrite {

  /// It is this.
  record Literal(String host) implements HostRewrite {}

  /// The name of the endpoint that was picked, if it has one.
  record OfEndpoint() implements HostRewrite {}

  /// What a header of the request says, if it is there.
  record OfHeader(HeaderName header) implements HostRewrite {}

  /// The path without its query, after a substitution.
  record OfPath(RegexSubstitution substitution) implements HostRewrite {}
}
