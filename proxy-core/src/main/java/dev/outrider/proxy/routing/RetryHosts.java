package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.Metadata;
import java.util.List;

/// Which endpoints a retry should not go to (Envoy `RetryPolicy.retry_host_predicate` and
/// `retry_priority`). If the picker finds no other, it goes there all the same.
///
/// @param notPrevious where an earlier attempt has been
/// @param notCanaries marked `canary` in their metadata `envoy.lb`
/// @param omitted those that have all of one of these in their metadata `envoy.lb`
/// @param maxPicks how often the picker is asked before the last answer is taken; at least 1
/// @param previousPriorities after so many attempts their priorities are left out; 0 = never
public record RetryHosts(
    boolean notPrevious,
    boolean notCanaries,
    List<Metadata> omitted,
    int maxPicks,
    int previousPriorities) {
  public static final RetryHosts ANY = new RetryHosts(false, false, List.of(), 1, 0);

  public RetryHosts {
    omitted = List.copyOf(omitted);
  }
}
