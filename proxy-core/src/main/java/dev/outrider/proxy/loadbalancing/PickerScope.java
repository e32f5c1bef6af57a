package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.SharedTables;
import dev.outrider.proxy.loadbalancing.hashing.HashTable;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.StatCells;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What the pickers of one cluster on one loop have to work with; they keep it.
///
/// @param random used on the loop only, as are the cells of
///   [dev.outrider.proxy.cluster.ClusterStats]
/// @param tables of the cluster, which all loops share
/// @param active how many requests of the cluster are under way, on all loops
/// @param local where we run
/// @param shown told each hash table that is taken, made here or found; the last one counts
public record PickerScope(
    RandomGenerator random,
    StatCells cells,
    Clock clock,
    SharedTables tables,
    LongSupplier active,
    Local local,
    Consumer<HashTable> shown) {

  /// Of whose tables nothing is shown.
  public PickerScope(
      RandomGenerator random,
      StatCells cells,
      Clock clock,
      SharedTables tables,
      LongSupplier active,
      Local local) {
    this(random, cells, clock, tables, active, local, _ -> {});
  }

  /// Where this proxy runs, and who runs beside it.
  ///
  /// @param locality [Locality#NONE] if that is not known
  /// @param proxies the endpoints of the cluster that this proxy is one of; null if there is none
  public record Local(Locality locality, @Nullable EndpointSet proxies) {
    public static final Local UNKNOWN = new Local(Locality.NONE, null);
  }
}
