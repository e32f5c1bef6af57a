package dev.outrider.proxy.health;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.outlier.OutlierEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Hosts that answer when a test says so.
public final class FakeProbes implements Probes {
  private final List<FakeProbe> made = new ArrayList<>();

  /// A fitness that asks these.
  public Fitness fitness(Loop loop, MetricRegistry metrics, SharedClusters clusters) {
    return new Fitness(
        new Fitness.Spec(
            loop, new SplittableRandom(1), metrics, clusters, this, OutlierEvents.IGNORED));
  }

  @Override
  public Probe of(Cluster cluster, Endpoint endpoint, HealthCheckSpec spec, Runnable onVerified) {
    var probe = new FakeProbe(endpoint);
    made.add(probe);
    return probe;
  }

  /// The newest of the host with this port.
  public FakeProbe at(int port) {
    for (var probe : made.reversed()) {
      if (probe.endpoint.address().port() == port) {
        return probe;
      }
    }
    throw new AssertionError("nobody asks the host at port " + port);
  }

  public int count() {
    return made.size();
  }

  /// One of them.
  public static final class FakeProbe implements Probe {
    private final Endpoint endpoint;
    private @Nullable Outcome asked;
    private int checks;
    private int givenUp;
    private boolean closed;

    private FakeProbe(Endpoint endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public void start(Outcome outcome) {
      asked = outcome;
      checks++;
    }

    @Override
    public void giveUp() {
      asked = null;
      givenUp++;
    }

    @Override
    public void close() {
      asked = null;
      closed = true;
    }

    public void pass() {
      take().onPass(false);
    }

    public void passDegraded() {
      take().onPass(true);
    }

    public void fail(FailureKind kind) {
      take().onFail(kind, false, false);
    }

    public void failRetriable() {
      take().onFail(FailureKind.ACTIVE, true, false);
    }

    public void failAndLeaveOut() {
      take().onFail(FailureKind.ACTIVE, false, true);
    }

    private Outcome take() {
      var outcome = asked;
      if (outcome == null) {
        throw new AssertionError("nobody waits for " + endpoint.address());
      }
      asked = null;
      return outcome;
    }

    public boolean asked() {
      return asked != null;
    }

    public int checks() {
      return checks;
    }

    public int givenUp() {
      return givenUp;
    }

    public boolean closed() {
      return closed;
    }
  }
}
