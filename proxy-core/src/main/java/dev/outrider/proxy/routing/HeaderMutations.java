package dev.outrider.proxy.routing;

import dev.outrider.proxy.attributes.HeaderEdit;
import java.util.ArrayList;
import java.util.List;

/// What is done to the heads of what takes a route (Envoy `request_headers_to_add`,
/// `response_headers_to_remove` and their like).
///
/// @param request levels, applied one after the other: route before virtual host before table, or
///   the other way round
/// @param response the same for what comes back
public record HeaderMutations(List<List<HeaderEdit>> request, List<List<HeaderEdit>> response) {
  /// Nothing.
  public static final HeaderMutations NONE = new HeaderMutations(List.of(), List.of());

  public HeaderMutations {
    request = List.copyOf(request);
    response = List.copyOf(response);
  }

  /// Those of one level.
  public static HeaderMutations of(List<HeaderEdit> request, List<HeaderEdit> response) {
    return request.isEmpty() && response.isEmpty()
        ? NONE
        : new HeaderMutations(level(request), level(response));
  }

  /// These, and then others.
  public HeaderMutations then(HeaderMutations others) {
    if (equals(NONE)) {
      return others;
    }
    return others.equals(NONE)
        ? this
        : new HeaderMutations(joined(request, others.request), joined(response, others.response));
  }

  private static List<List<HeaderEdit>> level(List<HeaderEdit> edits) {
    return edits.isEmpty() ? List.of() : List.of(List.copyOf(edits));
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    var all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
