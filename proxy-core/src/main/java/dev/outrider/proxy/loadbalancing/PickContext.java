package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.http.HeaderName;
import org.jspecify.annotations.Nullable;

/// What a picker may want to know about the request it picks for. Implemented by whoever holds the
/// request, so that asking costs nothing; asked only during [HostPicker#pick], on the loop of both.
/// Each question has the answer of a request that does not care.
public interface PickContext {
  /// For callouts, and policies that look at nothing.
  PickContext NONE = new PickContext() {};

  /// Whether the hash policies of the route found something to hash. If not, ring hash and Maglev
  /// take a random number in place of [#hash].
  default boolean hashed() {
    return false;
  }

  /// The hash of the request, all 64 bits; asked only if it is [#hashed].
  default long hash() {
    return 0;
  }

  /// What the route demands of the endpoint's metadata (`metadata_match`, the part `envoy.lb`).
  default LbMetadata metadataMatch() {
    return LbMetadata.NONE;
  }

  /// Whether the endpoint is better not used by this attempt (`retry_host_predicate`). The last of
  /// [#maxPicks] choices is taken even so.
  default boolean rejects(Endpoint chosen) {
    return false;
  }

  /// How often may be chosen for one attempt; 1 + `host_selection_retry_max_attempts` if there are
  /// predicates.
  default int maxPicks() {
    return 1;
  }

  /// Where the client wanted to go before its connection was redirected here; null if it was not.
  default @Nullable HostPort originalDestination() {
    return null;
  }

  /// Attempts before this one.
  default int retries() {
    return 0;
  }

  /// The loads by which a priority is chosen (`retry_priority`); `usual` itself, or what
  /// [PriorityLoads#without] makes of it. Ring hash and Maglev do not ask, as in Envoy.
  default PriorityLoads priorityLoads(PriorityLoads usual) {
    return usual;
  }

  /// The address, as [dev.outrider.proxy.cluster.HostPort#text] writes it, of the endpoint that a
  /// session sticks to; null = none. The first attempt takes it before the policy is asked, if it
  /// is in a state that the cluster allows (`override_host_status`).
  default @Nullable String overrideHost() {
    return null;
  }

  /// Whether nobody else may be chosen if [#overrideHost] cannot be.
  default boolean overrideHostStrict() {
    return false;
  }

  /// The first value of a header of the request; null if it has none.
  default @Nullable String requestHeader(HeaderName name) {
    return null;
  }

  /// The host that the service will be asked for, behind all that the route changes of it; null if
  /// it is asked for none.
  default @Nullable String host() {
    return null;
  }
}
