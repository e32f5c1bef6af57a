package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What of a request or a connection a hash is made of (Envoy `RouteAction.HashPolicy`,
/// `type.v3.HashPolicy`).
public sealed interface HashSource {

  /// All values of a header together, in whatever order they came.
  ///
  /// @param rewrite of each value before; null = none
  record Header(HeaderName name, @Nullable RegexSubstitution rewrite) implements HashSource {}

  /// A cookie; one that is missing is made up and set in the response.
  ///
  /// @param lifetime of a cookie that is made up, in whole seconds; zero = as long as the client
  ///   runs, null = none is made up
  /// @param path empty = none
  record Cookie(
      String name, @Nullable Duration lifetime, String path, List<CookieAttribute> attributes)
      implements HashSource {
    public Cookie {
      attributes = List.copyOf(attributes);
    }

    /// What `set-cookie` says, in Envoy's order.
    public String setting(String value) {
      var text = new StringBuilder(name).append("=\"").append(value).append('"');
      if (lifetime != null && lifetime.toSeconds() != 0) {
        text.append("; Max-Age=").append(lifetime.toSeconds());
      }
      if (!path.isEmpty()) {
        text.append("; Path=").append(path);
      }
      for (var attribute : attributes) {
        text.append("; ").append(attribute.name());
        if (!attribute.value().isEmpty()) {
          text.append('=').append(attribute.value());
        }
      }
      return text.append("; HttpOnly").toString();
    }
  }

  /// The client's IP address, as far as it is believed. Nothing if it comes through a pipe.
  record SourceIp() implements HashSource {}

  /// The first value of a parameter, as it is written in the path.
  record QueryParameter(String name) implements HashSource {}

  /// What a filter left under that name, if it is of a kind that can be hashed.
  record FilterStateObject(String key) implements HashSource {}

  /// What a cookie that is made up says besides.
  ///
  /// @param value empty = the attribute is its name alone
  record CookieAttribute(String name, String value) {}
}
