package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.FilterSwitches;
import dev.outrider.proxy.routing.HeaderMutations;
import dev.outrider.proxy.routing.MirrorPolicy;
import java.util.List;

/// What a level of a route configuration hands down to the levels in it.
///
/// @param specificLast whether what a route does to heads comes after what its virtual host does,
///   and so has the last word (`most_specific_header_mutations_wins`)
/// @param attempts of a route that says nothing itself
/// @param mirrors the same
/// @param mostBodyBytes of a direct response
record RouteDefaults(
    FilterSwitches filters,
    HeaderMutations headers,
    boolean specificLast,
    AttemptRules attempts,
    List<MirrorPolicy> mirrors,
    long mostBodyBytes) {

  RouteDefaults with(AttemptRules ownAttempts, List<MirrorPolicy> ownMirrors) {
    return new RouteDefaults(
        filters, headers, specificLast, ownAttempts, ownMirrors, mostBodyBytes);
  }

  /// What a level in this one has, which says something itself.
  RouteDefaults under(FilterSwitches ownFilters, HeaderMutations ownHeaders) {
    return new RouteDefaults(
        ownFilters.over(filters),
        specificLast ? headers.then(ownHeaders) : ownHeaders.then(headers),
        specificLast,
        attempts,
        mirrors,
        mostBodyBytes);
  }
}
