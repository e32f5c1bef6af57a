package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.LocalPlace;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.downstream.ConnectionBudget;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// What every worker gets.
///
/// @param random makes the source of randomness of one loop; never shared between loops
/// @param drain how connections of a retired chain end
/// @param connections how many clients may be connected
/// @param place where the process runs
/// @param guestStackBytes stack of a worker's thread, since guests run on it; 0 = the VM's default
/// @param sharesPorts whether another process may listen on the same ports: the one that this takes
///   over from
public record WorkerSpec(
    Transport transport,
    SharedClusters clusters,
    MetricRegistry registry,
    Supplier<RandomGenerator> random,
    DrainOptions drain,
    ConnectionBudget connections,
    LocalPlace place,
    long guestStackBytes,
    boolean sharesPorts) {

  /// Of a process that takes over from nobody.
  public WorkerSpec(
      Transport transport,
      SharedClusters clusters,
      MetricRegistry registry,
      Supplier<RandomGenerator> random,
      DrainOptions drain,
      ConnectionBudget connections,
      LocalPlace place,
      long guestStackBytes) {
    this(transport, clusters, registry, random, drain, connections, place, guestStackBytes, false);
  }
}
