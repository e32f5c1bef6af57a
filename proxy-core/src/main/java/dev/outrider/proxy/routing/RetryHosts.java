package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbValue;
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
    List<LbMetadata> omitted,
    int maxPicks,
    int previousPriorities) {
  public static final RetryHosts ANY = new RetryHosts(false, false, List.of(), 1, 0);

  private static final LbValue MARKED = new LbValue.Bool(true);

  public RetryHosts {
    omitted = List.copyOf(omitted);
  }

  /// Whether it is better not used, wherever the earlier attempts went.
  public boolean omits(Endpoint endpoint) {
    var said = endpoint.metadata().lb();
    if (notCanaries && MARKED.equals(said.get("canary"))) {
      return true;
    }
    for (var all : omitted) {
      if (said.values().entrySet().containsAll(all.values().entrySet())) {
        return true;
      }
    }
    return false;
  }
}
