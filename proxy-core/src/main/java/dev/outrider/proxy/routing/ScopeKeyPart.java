package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import org.jspecify.annotations.Nullable;

/// One part of the key by which a request finds the scope of its routes: a piece of the first line
/// of a header (Envoy `ScopedRoutes.ScopeKeyBuilder.FragmentBuilder`).
///
/// @param separator between the elements of the value; empty = it is one element
public record ScopeKeyPart(HeaderName header, String separator, Pick pick) {

  /// Which element counts.
  public sealed interface Pick {}

  /// The one at that place, from 0.
  public record Place(int index) implements Pick {}

  /// The first of that name, and of it what stands behind the separator.
  public record Named(String separator, String name) implements Pick {}

  /// Null if the request has no such piece. Allocates: a key is made of texts.
  @Nullable String of(HeaderMap head) {
    var value = head.get(header);
    if (value == null) {
      return null;
    }
    return switch (pick) {
      case Place(var index) -> element(value, index);
      case Named(var between, var name) -> named(value, between, name);
    };
  }

  private @Nullable String element(String value, int index) {
    var from = 0;
    for (var left = index; left > 0; left--) {
      var end = end(value, from);
      if (end == value.length()) {
        return null;
      }
      from = end + separator.length();
    }
    return value.substring(from, end(value, from));
  }

  private @Nullable String named(String value, String between, String name) {
    for (var from = 0; from <= value.length(); ) {
      var end = end(value, from);
      var element = value.substring(from, end);
      var split = element.indexOf(between);
      if ((split < 0 ? element : element.substring(0, split)).equals(name)) {
        return split < 0 ? "" : element.substring(split + between.length());
      }
      from = end + Math.max(1, separator.length());
    }
    return null;
  }

  private int end(String value, int from) {
    var end = separator.isEmpty() ? -1 : value.indexOf(separator, from);
    return end < 0 ? value.length() : end;
  }
}
