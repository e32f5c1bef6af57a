package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.DnsOptions;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The endpoints of one version of a cluster, found by name: asks for each name again and again. A
/// failure leaves what was known before. Main loop only.
public final class NameDiscovery implements NamedEndpoints {

  /// Who is told.
  public interface Listener {
    /// [#current] is another one.
    void onChange();

    /// A first name was answered, well or badly: the cluster has waited long enough, as in Envoy,
    /// which does not wait for the others. Told once.
    void onFirstAnswer();
  }

  private final Discovery.Dns discovery;
  private final NameResolver resolver;
  private final Loop loop;
  private final RandomGenerator random;
  private final StatOwner stats;
  private final Listener listener;
  private final List<Target> targets = new ArrayList<>();
  private Assignment current;
  private final FailureDelay failures;
  private boolean answered;
  private boolean closed;

  /// @param stats of [ClusterStats]; taken: released at the end
  public NameDiscovery(
      Discovery.Dns discovery,
      NameResolver resolver,
      Loop loop,
      RandomGenerator random,
      StatOwner stats,
      Listener listener) {
    this.discovery = discovery;
    this.resolver = resolver;
    this.loop = loop;
    this.random = random;
    this.stats = stats;
    this.listener = listener;
    this.current = discovery.names().with(List.of());
    this.failures = new FailureDelay(options().failureRefresh(), random);
    for (var name : discovery.names().endpoints()) {
      targets.add(new Target(name));
    }
  }

  /// Asks for every name. The listener is told later, in tasks of their own.
  public void start() {
    targets.forEach(Target::ask);
    if (targets.isEmpty()) {
      loop.execute(this::firstAnswer);
    }
  }

  /// Asks no more and tells nothing more.
  @Override
  public void close() {
    closed = true;
    targets.forEach(Target::close);
    stats.release();
  }

  /// What is known now.
  @Override
  public Assignment current() {
    return current;
  }

  /// Whether a first name was answered.
  @Override
  public boolean answered() {
    return answered;
  }

  private DnsOptions options() {
    return discovery.options();
  }

  private void firstAnswer() {
    if (!answered && !closed) {
      answered = true;
      listener.onFirstAnswer();
    }
  }

  private void gather() {
    var all = new ArrayList<EndpointSpec>();
    targets.forEach(target -> all.addAll(target.endpoints));
    current = discovery.names().with(all);
    listener.onChange();
  }

  private long afterAnswer(long ttlSeconds) {
    var millis =
        options().respectTtl() && ttlSeconds > 0 ? ttlSeconds * 1_000 : options().refreshMillis();
    failures.reset();
    return options().jitterMillis() == 0
        ? millis
        : millis + random.nextLong(options().jitterMillis());
  }

  /// One name. Names that fail push each other's next question away, as in Envoy.
  private final class Target {
    private final EndpointSpec name;
    private final Timer timer;
    private List<EndpointSpec> endpoints = List.of();
    private NameResolver.@Nullable Query query;

    Target(EndpointSpec name) {
      this.name = name;
      this.timer = loop.timers().newTimer(this::ask);
    }

    void ask() {
      stats.add(ClusterStats.UPDATE_ATTEMPT, 1);
      query = resolver.resolve(name.address().host(), options().family(), this::onAnswer);
    }

    void close() {
      timer.cancel();
      var open = query;
      if (open != null) {
        open.cancel();
      }
    }

    private void onAnswer(DnsAnswer answer) {
      query = null;
      if (closed) {
        return;
      }
      var next =
          switch (answer) {
            case DnsAnswer.Addresses(var all)
                when !all.isEmpty() || !options().singleEndpoint() -> {
              stats.add(ClusterStats.UPDATE_SUCCESS, 1);
              take(options().singleEndpoint() ? oneOf(all) : eachOf(all));
              yield afterAnswer(ttl(all));
            }
            // An endpoint that stands for a name does not vanish with it.
            case DnsAnswer.Addresses _ -> failed();
            case DnsAnswer.Failed _ -> failed();
          };
      firstAnswer();
      if (!closed) {
        timer.arm(next);
      }
    }

    private long failed() {
      stats.add(ClusterStats.UPDATE_FAILURE, 1);
      return failures.next();
    }

    private void take(List<EndpointSpec> found) {
      if (endpoints.equals(found)) {
        stats.add(ClusterStats.UPDATE_NO_REBUILD, 1);
      } else {
        endpoints = found;
        gather();
      }
    }

    /// The order of an answer means nothing: a server that lets addresses take turns changes
    /// nothing by that.
    private List<EndpointSpec> eachOf(List<DnsAnswer.Address> all) {
      var addresses = new LinkedHashSet<HostPort>();
      all.forEach(one -> addresses.add(at(one)));
      var kept = new ArrayList<EndpointSpec>();
      for (var known : endpoints) {
        if (addresses.remove(known.address())) {
          kept.add(known);
        }
      }
      addresses.forEach(address -> kept.add(name.resolvedTo(address, List.of())));
      return kept;
    }

    /// The address that is used stays the first as long as it is one, so that connections, health
    /// and ejections stay with it.
    private List<EndpointSpec> oneOf(List<DnsAnswer.Address> all) {
      var addresses = new ArrayList<>(all.stream().map(this::at).distinct().toList());
      if (!endpoints.isEmpty() && addresses.remove(endpoints.getFirst().address())) {
        addresses.addFirst(endpoints.getFirst().address());
      }
      return List.of(name.resolvedTo(addresses.getFirst(), addresses.subList(1, addresses.size())));
    }

    private HostPort at(DnsAnswer.Address address) {
      return new HostPort(address.ip(), name.address().port());
    }

    private long ttl(List<DnsAnswer.Address> all) {
      if (options().singleEndpoint()) {
        return all.getFirst().ttlSeconds();
      }
      return all.stream().mapToLong(DnsAnswer.Address::ttlSeconds).min().orElse(0);
    }
  }
}
