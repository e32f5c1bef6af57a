package dev.outrider.proxy.health;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.outlier.OutlierDetector;
import dev.outrider.proxy.outlier.OutlierEvents;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Decides which hosts of every cluster are fit. Of a cluster one version may serve while the next
/// has its hosts checked for the first time. Main loop only.
public final class Fitness {

  /// What it works with.
  public record Spec(
      Loop loop,
      RandomGenerator random,
      MetricRegistry metrics,
      SharedClusters clusters,
      Probes probes,
      OutlierEvents outlierEvents,
      CheckEvents.Opener checkEvents) {

    /// Of which nothing is written.
    public Spec(
        Loop loop,
        RandomGenerator random,
        MetricRegistry metrics,
        SharedClusters clusters,
        Probes probes,
        OutlierEvents outlierEvents) {
      this(loop, random, metrics, clusters, probes, outlierEvents, CheckEvents.Opener.NOWHERE);
    }

    boolean hadTraffic(String cluster) {
      var shared = clusters.get(cluster);
      return shared != null && shared.stats().value(ClusterStats.UPSTREAM_CX_TOTAL) > 0;
    }
  }

  /// Told what happens between the calls. Never from inside one.
  public interface Listener {
    Listener NOBODY =
        new Listener() {
          @Override
          public void onFitnessChanged(String cluster) {}

          @Override
          public void onFirstRound(String cluster) {}

          @Override
          public void onHostsFound(String cluster) {}
        };

    /// Other hosts of a cluster that serves are fit than before.
    void onFitnessChanged(String cluster);

    /// Every host of a version that warms has been checked once.
    void onFirstRound(String cluster);

    /// A cluster that serves has others of the hosts that are found where they are wanted.
    void onHostsFound(String cluster);
  }

  private final Spec spec;
  private final Map<String, ClusterFitness> serving = new HashMap<>();
  private final Map<String, ClusterFitness> warming = new HashMap<>();
  private Listener listener = Listener.NOBODY;
  private boolean asksNobody;

  public Fitness(Spec spec) {
    this.spec = spec;
    spec.clusters()
        .whenOriginalHostsChange(name -> spec.loop().execute(() -> originalHostsChanged(name)));
  }

  private void originalHostsChanged(String cluster) {
    if (serving.containsKey(cluster)) {
      listener.onHostsFound(cluster);
    }
  }

  /// Adds one to a statistic of [ClusterStats] of a cluster that is published.
  public void count(String cluster, int stat) {
    var shared = spec.clusters().get(cluster);
    if (shared != null) {
      shared.stats().add(stat, 1);
    }
  }

  /// Of a cluster whose hosts are found where they are wanted, those of now that are judged: all or
  /// none.
  public EndpointSet found(Cluster cluster) {
    var shared = spec.clusters().get(cluster.name());
    var hosts = shared == null ? null : shared.originalHosts();
    return hosts == null || !serving.containsKey(cluster.name())
        ? EndpointSet.empty(cluster.name())
        : hosts.all();
  }

  /// Names who is told, before anything happens.
  public void tell(Listener told) {
    listener = told;
  }

  /// The configuration is only looked at: everybody counts as fit.
  public void askNobody() {
    asksNobody = true;
  }

  /// Begins to check the hosts of a version that does not serve yet, instead of any that warmed
  /// before. Answers whether there is a first round to wait for.
  public boolean warm(Cluster cluster, FitnessSpec wanted, EndpointSet endpoints) {
    abandon(cluster.name());
    if (wanted.check() == null || asksNobody) {
      return false;
    }
    var next = new ClusterFitness(cluster, wanted, this);
    warming.put(cluster.name(), next);
    next.watch(endpoints);
    return next.unchecked();
  }

  /// The version that warms will not serve.
  public void abandon(String cluster) {
    close(warming.remove(cluster));
  }

  /// A version serves from now on, the one that warms if there is one; [#watch] tells its hosts.
  /// Answers whether hosts may be as fit as before or not.
  public boolean serve(Cluster cluster, FitnessSpec wanted) {
    var before = serving.remove(cluster.name());
    close(before);
    var warmed = warming.remove(cluster.name());
    if (warmed != null || (!wanted.equals(FitnessSpec.NONE) && !asksNobody)) {
      var next = warmed != null ? warmed : new ClusterFitness(cluster, wanted, this);
      serving.put(cluster.name(), next);
      next.serve();
      return true;
    }
    return before != null;
  }

  /// A cluster that serves consists of these hosts now. Marks those that are new, before anybody
  /// else sees them.
  public void watch(EndpointSet endpoints) {
    var watched = serving.get(endpoints.clusterName());
    if (watched != null) {
      watched.watch(endpoints);
    }
  }

  /// A version that warms consists of these hosts now. Answers whether its first round is over.
  public boolean watchWarming(EndpointSet endpoints) {
    var watched = warming.get(endpoints.clusterName());
    if (watched == null) {
      return false;
    }
    watched.watch(endpoints);
    return !watched.unchecked();
  }

  public void remove(String cluster) {
    abandon(cluster);
    close(serving.remove(cluster));
  }

  /// Whether a host that is not named any more stays while it passes its checks.
  public boolean keepsFit(String cluster) {
    var fitness = serving.get(cluster);
    return fitness != null && fitness.spec().check() != null && !fitness.spec().removesFit();
  }

  /// Null if the cluster's results are not watched.
  public @Nullable OutlierDetector detector(String cluster) {
    var fitness = serving.get(cluster);
    return fitness == null ? null : fitness.detector();
  }

  private static void close(@Nullable ClusterFitness fitness) {
    if (fitness != null) {
      fitness.close();
    }
  }

  Spec spec() {
    return spec;
  }

  Listener listener() {
    return listener;
  }
}
