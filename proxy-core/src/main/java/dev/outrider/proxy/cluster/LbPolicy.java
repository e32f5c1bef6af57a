package dev.outrider.proxy.cluster;

import dev.outrider.proxy.http.HeaderName;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// How an endpoint of a cluster is chosen (Envoy `cluster.v3.Cluster.LbPolicy` and
/// `load_balancing_policies`).
public sealed interface LbPolicy {
  RoundRobin ROUND_ROBIN = new RoundRobin(LocalityRule.NONE, null);

  /// One after the other, by weight.
  ///
  /// @param slowStart null = new endpoints get their whole share at once
  record RoundRobin(LocalityRule localities, @Nullable SlowStart slowStart) implements LbPolicy {}

  /// The least busy of a few taken at random; where weights differ, by weight and requests.
  ///
  /// @param choices how many are looked at, at least 2
  /// @param scansAll all are looked at instead
  /// @param activeRequestBias how much requests count where weights differ: the exponent of their
  ///   number; 0 = not at all
  /// @param slowStart null = new endpoints get their whole share at once
  record LeastRequest(
      int choices,
      boolean scansAll,
      double activeRequestBias,
      LocalityRule localities,
      @Nullable SlowStart slowStart)
      implements LbPolicy {
    public static final int DEFAULT_CHOICES = 2;
  }

  /// Any; weights do not count.
  record AtRandom(LocalityRule localities) implements LbPolicy {}

  /// By the hash of the request, on a ring of many places for each endpoint (ketama).
  ///
  /// @param minSize places of all endpoints together, at least
  /// @param maxSize places at most, not below `minSize`
  /// @param murmur whether the places are those of MurmurHash2, in place of xxHash
  record RingHash(int minSize, int maxSize, boolean murmur, ConsistentHashing hashing)
      implements LbPolicy {
    public static final int DEFAULT_MIN_SIZE = 1024;
    public static final int DEFAULT_MAX_SIZE = 8 << 20;
  }

  /// By the hash of the request, in a table that the endpoints share by weight.
  ///
  /// @param tableSize a prime
  record Maglev(int tableSize, ConsistentHashing hashing) implements LbPolicy {
    public static final int DEFAULT_TABLE_SIZE = 65_537;
  }

  /// As the kind of cluster has it: it has one endpoint, or finds one by the request itself.
  record ClusterProvided() implements LbPolicy {}

  /// Among the endpoints whose metadata is what the route demands.
  ///
  /// @param each the policy inside a subset
  record Subset(SubsetRules rules, LbPolicy each) implements LbPolicy {}

  /// Whom the request names, if there is such an endpoint, whatever its health.
  ///
  /// @param sources where the request names it, asked in order
  /// @param otherwise chooses where that says nothing
  record OverrideHost(List<Source> sources, LbPolicy otherwise) implements LbPolicy {
    public OverrideHost {
      sources = List.copyOf(sources);
    }

    /// A header with addresses, separated by commas.
    public record Source(HeaderName header) {}
  }

  /// What ring hash and Maglev have in common.
  ///
  /// @param byHostname an endpoint's place follows from its hostname, not from its address
  /// @param balanceFactor percent of the average of active requests at which an endpoint is full,
  ///   at least 100; 0 = never
  /// @param localityWeighted the weights of localities count
  record ConsistentHashing(boolean byHostname, int balanceFactor, boolean localityWeighted) {
    public static final ConsistentHashing DEFAULT = new ConsistentHashing(false, 0, false);
  }

  /// How the share of an endpoint grows that is new or was not healthy.
  ///
  /// @param windowMillis until it has all of it; more than 0
  /// @param aggression 1 = evenly; more than that = faster in the beginning
  /// @param minWeight the least share, 0..1
  record SlowStart(long windowMillis, double aggression, double minWeight) {}

  /// Which subsets there are, and what becomes of a request without one (Envoy `LbSubsetConfig`).
  ///
  /// @param fallback for requests that demand what no selector names, or no endpoint has
  /// @param defaultSubset of [Fallback#DEFAULT_SUBSET]
  /// @param localityWeightAware weights of localities count inside a subset
  /// @param scaleLocalityWeight these weights shrink with the endpoints that are left
  /// @param panicModeAny any endpoint if the default subset has none
  /// @param listAsAny a list in an endpoint's metadata means each of its values
  /// @param fallbackList `fallback_list` of the route's metadata is tried in order
  /// @param redundantKeys a route may demand more than a selector names
  record SubsetRules(
      List<Selector> selectors,
      Fallback fallback,
      LbMetadata defaultSubset,
      boolean localityWeightAware,
      boolean scaleLocalityWeight,
      boolean panicModeAny,
      boolean listAsAny,
      boolean fallbackList,
      boolean redundantKeys) {
    public SubsetRules {
      selectors = List.copyOf(selectors);
    }
  }

  /// One subset for each combination of values of some keys.
  ///
  /// @param singleHost an endpoint is alone in its subset
  /// @param fallback null = that of all
  /// @param fallbackKeys of [Fallback#KEYS_SUBSET]
  record Selector(
      SortedSet<String> keys,
      boolean singleHost,
      @Nullable Fallback fallback,
      SortedSet<String> fallbackKeys) {}

  /// What a request without a subset gets.
  enum Fallback {
    /// No endpoint.
    NO_FALLBACK,
    ANY_ENDPOINT,
    DEFAULT_SUBSET,
    /// The subset of fewer keys.
    KEYS_SUBSET
  }
}
