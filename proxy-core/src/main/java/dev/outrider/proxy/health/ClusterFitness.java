package dev.outrider.proxy.health;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.outlier.OutlierDetector;
import dev.outrider.proxy.outlier.OutlierDetector.Setting;
import org.jspecify.annotations.Nullable;

/// How fit the hosts of one version of a cluster are: what is asked of them and what they are
/// watched for. Main loop only.
final class ClusterFitness implements HealthChecker.Listener {
  private final Cluster cluster;
  private final FitnessSpec spec;
  private final Fitness home;
  private final @Nullable HealthChecker checker;
  private @Nullable OutlierDetector detector;

  ClusterFitness(Cluster cluster, FitnessSpec spec, Fitness home) {
    this.cluster = cluster;
    this.spec = spec;
    this.home = home;
    var check = spec.check();
    this.checker = check == null ? null : new HealthChecker(cluster, check, home.spec(), this);
  }

  FitnessSpec spec() {
    return spec;
  }

  @Nullable OutlierDetector detector() {
    return detector;
  }

  /// The version serves from now on.
  void serve() {
    if (checker != null) {
      checker.publish();
    }
    var outliers = spec.outliers();
    if (outliers != null) {
      detector =
          new OutlierDetector(
              new Setting(
                  cluster.name(),
                  outliers,
                  home.spec().loop(),
                  home.spec().random(),
                  template ->
                      home.spec()
                          .metrics()
                          .owner(template, "cluster." + cluster.statName() + ".outlier_detection"),
                  home.spec().outlierEvents(),
                  this::onChange));
    }
  }

  void watch(EndpointSet endpoints) {
    if (checker != null) {
      checker.watch(endpoints);
    }
    if (detector != null) {
      detector.watch(endpoints);
    }
  }

  /// Whether a first round of checks is still to end.
  boolean unchecked() {
    return checker != null && checker.unchecked();
  }

  void close() {
    if (checker != null) {
      checker.close();
    }
    if (detector != null) {
      detector.close();
    }
  }

  @Override
  public void onPass(HostShared host) {
    if (detector != null) {
      detector.onActivePass(host);
    }
  }

  @Override
  public void onChange() {
    home.listener().onFitnessChanged(cluster.name());
  }

  @Override
  public void onFirstRound() {
    home.listener().onFirstRound(cluster.name());
  }
}
