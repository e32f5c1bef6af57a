package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.DynamicSources;
import dev.outrider.proxy.config.DynamicSources.Source;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.RouteDemands;
import dev.outrider.proxy.dns.NameResolvers;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.health.Fitness;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.tls.TlsEnd;
import dev.outrider.proxy.xds.admission.Admission;
import dev.outrider.proxy.xds.admission.AdmissionStats;
import dev.outrider.proxy.xds.admission.NamedClusters;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.HeldResources;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.resource.Subscriptions;
import dev.outrider.proxy.xds.resource.Subscriptions.ScopeCounts;
import dev.outrider.proxy.xds.resource.WaitingListener;
import dev.outrider.proxy.xds.runtime.RuntimeDiscovery;
import dev.outrider.proxy.xds.secret.Secrets;
import dev.outrider.proxy.xds.stream.AdsClient;
import dev.outrider.proxy.xds.stream.AdsTransport;
import dev.outrider.proxy.xds.stream.ControlPlaneStats;
import dev.outrider.proxy.xds.stream.NodeMessage;
import dev.outrider.proxy.xds.stream.Transports;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Everything this process is configured with, from its bootstrap and its control plane, over the
/// life of the process. Main loop only.
///
/// Starting goes through phases, each bounded by a timeout: static clusters, the control plane's
/// layers of the runtime, its clusters with their endpoints, then static listeners and the control
/// plane's listeners with their routes. After that everything is a change.
public final class Configuration implements RouteDemands {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  /// What a configuration is made from.
  ///
  /// @param types how resources are read, one for each kind
  /// @param fitness decides which endpoints are fit
  /// @param names of the main loop, for clusters whose endpoints have names
  /// @param runtime whose layers may come from the control plane
  /// @param publish applies changes to the workers
  public record Spec(
      Loop loop,
      MetricRegistry metrics,
      ResourceTypes types,
      Fitness fitness,
      Transports transports,
      RandomGenerator random,
      NameResolvers names,
      LayeredRuntime runtime,
      Publisher publish) {}

  /// Applies changes to the workers, in order.
  public interface Publisher {
    void publish(ConfigChange change);

    /// Runs a task on the main loop when every worker has what was published so far.
    default void whenTaken(Runnable task) {
      task.run();
    }
  }

  private enum Phase {
    NEW,
    CHECK,
    RUNTIME,
    CLUSTERS,
    LISTENERS,
    INITIALISED
  }

  private final Spec spec;
  private final Loop loop;
  private final Admission admission;
  private final ResourceIntake intake;
  private final Subscriptions subscriptions;
  private final RuntimeDiscovery runtimes;
  private final CompletableFuture<@Nullable Void> initialised = new CompletableFuture<>();
  private final Deliveries deliveries;
  private Feeds feeds;
  private final Set<ResourceKind> awaited = new HashSet<>();
  private final Set<ResourceKind> beingJudged = EnumSet.noneOf(ResourceKind.class);
  private Phase phase = Phase.NEW;
  private @Nullable AdsClient ads;
  private @Nullable DynamicSources dynamic;
  private @Nullable Outcome staticListeners;

  public Configuration(Spec spec) {
    this.spec = spec;
    this.loop = spec.loop();
    var events = new Events();
    this.admission =
        new Admission(
            loop,
            spec.metrics().loops(),
            new AdmissionStats(spec.metrics()),
            spec.types().secrets(),
            spec.fitness(),
            new NamedClusters.Spec(
                loop, spec.metrics(), spec.random(), spec.names(), spec.types().dnsCaches()),
            events);
    spec.types().secrets().tell(events);
    this.intake = new ResourceIntake(loop, spec.types().secrets().spec().background(), events);
    this.subscriptions = new Subscriptions(spec.metrics(), loop);
    this.feeds =
        new Feeds(
            spec,
            new Services(spec, Transports.NONE, Map.of(), Set.of(), Node.getDefaultInstance()));
    this.runtimes = new RuntimeDiscovery(loop, spec.runtime(), subscriptions, this::advance);
    this.deliveries =
        new Deliveries(spec, intake, admission, runtimes, subscriptions, new Progress());
  }

  /// Takes the bootstrap. The stage completes on the main loop with every problem of the static
  /// resources; if there are any, no listener was published and nothing else happens. Good clusters
  /// are published before listeners are judged: a filter's code may have to be fetched by one.
  public CompletionStage<List<ConfigProblem>> start(BootstrapConfig bootstrap) {
    return judge(
        bootstrap,
        clusters -> begin(bootstrap, clusters),
        listeners -> {
          staticListeners = listeners;
          advance();
        });
  }

  /// Every problem of a bootstrap's static resources, filters started included; nothing is taken
  /// but its clusters, by which code is fetched, and no resource is asked for anywhere.
  public CompletionStage<List<ConfigProblem>> check(BootstrapConfig bootstrap) {
    phase = Phase.CHECK;
    spec.fitness().askNobody();
    return judge(
        bootstrap,
        clusters -> {
          reach(bootstrap, clusters, Transports.NONE);
          admit(ResourceKind.CLUSTER, clusters);
        },
        _ -> {});
  }

  private CompletionStage<List<ConfigProblem>> judge(
      BootstrapConfig bootstrap, Consumer<Outcome> ifClustersGood, Consumer<Outcome> ifGood) {
    loop.assertOnLoop();
    var problems = new CompletableFuture<List<ConfigProblem>>();
    var boot = new StaticResources(bootstrap);
    spec.types().secrets().fix(boot.secrets());
    intake.take(
        spec.types().of(ResourceKind.CLUSTER),
        boot.clusters(),
        clusters -> {
          if (boot.problems(clusters).isEmpty()) {
            ifClustersGood.accept(clusters);
          }
          intake.take(
              spec.types().of(ResourceKind.LISTENER),
              boot.listeners(),
              listeners -> {
                var found = boot.problems(clusters, listeners);
                if (found.isEmpty()) {
                  ifGood.accept(listeners);
                }
                problems.complete(found);
              });
        });
    return problems;
  }

  /// Completes on the main loop when the process has all that it should start with, or has waited
  /// long enough.
  public CompletionStage<@Nullable Void> initialised() {
    return initialised.minimalCompletionStage();
  }

  /// Ends the conversation with the control plane. What serves goes on.
  public void close() {
    loop.assertOnLoop();
    feeds.close();
    var client = ads;
    if (client != null) {
      client.close();
    }
  }

  /// Everything that serves now.
  public ProxyConfig active() {
    loop.assertOnLoop();
    return admission.active();
  }

  /// Everything that was accepted, with the bytes it came in.
  public HeldResources held() {
    loop.assertOnLoop();
    return admission.held();
  }

  @Override
  public void demand(String scopes, ScopeKey key, Consumer<Boolean> done) {
    loop.assertOnLoop();
    admission.demand(scopes, key, done);
  }

  @Override
  public void demandHost(String table, String host, Consumer<Boolean> done) {
    loop.assertOnLoop();
    admission.demandHost(table, host, done);
  }

  /// Every listener that warms, with what it waits for.
  public List<WaitingListener> waitingListeners() {
    loop.assertOnLoop();
    return admission.waitingListeners();
  }

  /// Versions that were refused and not replaced since.
  public Map<ResourceKey, FailedUpdate> failed(ResourceKind kind) {
    loop.assertOnLoop();
    var failed = deliveries.failed(kind);
    if (kind == ResourceKind.SECRET) {
      failed.putAll(spec.types().secrets().failed());
    }
    return failed;
  }

  /// The version last accepted as a whole; empty if there is none.
  public String version(ResourceKind kind) {
    loop.assertOnLoop();
    return deliveries.version(kind);
  }

  private Services reach(BootstrapConfig bootstrap, Outcome clusters, Transports transports) {
    var services =
        new Services(
            spec,
            transports,
            StaticResources.grpcClusters(clusters),
            StaticResources.fixedClusters(clusters),
            NodeMessage.of(bootstrap.node()));
    spec.types().secrets().reach(services);
    feeds = new Feeds(spec, services);
    return services;
  }

  private void begin(BootstrapConfig bootstrap, Outcome clusters) {
    dynamic = bootstrap.dynamic();
    var services = reach(bootstrap, clusters, spec.transports());
    var sources = dynamic;
    var controlPlane = sources == null ? null : sources.controlPlane();
    if (controlPlane != null) {
      ads =
          services.client(
              controlPlane,
              AdsTransport.Service.AGGREGATED,
              new ControlPlaneStats(spec.metrics(), ""),
              deliveries.fromControlPlane());
    }
    var client = ads;
    if (client != null) {
      client.start();
    }
    phase = Phase.RUNTIME;
    runtimes.start(bootstrap.runtimeSources(), client, this::openLayer);
    admit(ResourceKind.CLUSTER, clusters);
    advance();
  }

  private void openLayer(ResourceKey key) {
    feeds.open(key, deliveries.of(key), () -> runtimes.unavailable(key));
    feeds.show(RuntimeDiscovery.subscription(key));
  }

  private void admit(ResourceKind kind, Outcome outcome) {
    var late =
        admission.take(
            new Admission.Step(kind, null, "", Set.of(), outcome.arrived(), Set.of(), Set.of()));
    late.values().forEach(problems -> problems.forEach(problem -> LOG.error("{}", problem.text())));
  }

  /// Asks for all resources of a kind, if they are dynamic, and waits for the first answer.
  private void subscribe(ResourceKind kind, @Nullable Source source) {
    if (source == null) {
      return;
    }
    awaited.add(kind);
    var from = source.from();
    subscriptions.openWhole(kind, from);
    if (from != null) {
      feeds.openWhole(
          kind,
          from,
          Subscriptions.prefix(kind),
          deliveries.from(kind, from),
          () -> unreadable(kind));
    } else if (ads != null) {
      ads.subscribeToAll(kind.typeUrl());
    }
    if (source.timeout().millis() > 0) {
      Timer timer = loop.timers().newTimer(() -> missed(kind));
      timer.arm(source.timeout().millis());
    }
  }

  /// A file cannot be read: nobody waits for it.
  private void unreadable(ResourceKind kind) {
    subscriptions.failed(kind);
    awaited.remove(kind);
    advance();
  }

  private void missed(ResourceKind kind) {
    if (!beingJudged.contains(kind) && awaited.remove(kind)) {
      LOG.warn("the control plane sent no {} in time; going on without", kind.word());
      subscriptions.timedOut(kind);
      advance();
    }
  }

  /// Goes on to the next phase when this one has what it waits for.
  private void advance() {
    if (phase == Phase.RUNTIME && runtimes.isAnswered()) {
      phase = Phase.CLUSTERS;
      var sources = dynamic;
      if (sources != null) {
        subscribe(ResourceKind.CLUSTER, sources.clusters());
      }
    }
    var listeners = staticListeners;
    if (phase == Phase.CLUSTERS
        && listeners != null
        && awaited.isEmpty()
        && admission.warmingClusters() == 0) {
      phase = Phase.LISTENERS;
      var sources = dynamic;
      if (sources != null) {
        subscribe(ResourceKind.LISTENER, sources.listeners());
      }
      staticListeners = null;
      admit(ResourceKind.LISTENER, listeners);
    }
    if (phase == Phase.LISTENERS && awaited.isEmpty() && admission.warmingListeners() == 0) {
      phase = Phase.INITIALISED;
      initialised.complete(null);
    }
  }

  private final class Progress implements Deliveries.Progress {

    @Override
    public void onBegin(ResourceKind kind) {
      beingJudged.add(kind);
    }

    @Override
    public void onEnd(ResourceKind kind) {
      beingJudged.remove(kind);
      awaited.remove(kind);
      advance();
    }
  }

  /// What admission and intake need to know and to tell.
  private final class Events implements Admission.Watcher, ResourceIntake.Known, Secrets.Waiting {

    @Override
    public void onSecret(ResourceKey key) {
      admission.secretCame(key, true);
    }

    @Override
    public void onNoSecret(ResourceKey key) {
      admission.secretCame(key, false);
    }

    @Override
    public void onUnused(List<TlsEnd> ends) {
      spec.publish().whenTaken(() -> ends.forEach(TlsEnd::release));
    }

    @Override
    public boolean holds(ResourceKey key, EncodedMessage bytes) {
      return key.kind() == ResourceKind.RUNTIME
          ? runtimes.holds(key, bytes)
          : admission.holds(key, bytes);
    }

    @Override
    public @Nullable Resource newest(ResourceKey key) {
      return admission.newest(key);
    }

    @Override
    public boolean wants(ResourceKey key) {
      return key.kind() == ResourceKind.RUNTIME ? runtimes.wants(key) : admission.wants(key);
    }

    @Override
    public void onChange(ConfigChange change) {
      spec.publish().publish(change);
    }

    @Override
    public void onSubscription(Subscriptions.Owned owned, boolean opened) {
      if (opened) {
        subscriptions.open(owned);
        feeds.show(owned);
      } else {
        feeds.hide(owned);
        subscriptions.close(owned);
      }
    }

    @Override
    public void onInterest(ResourceKind kind, Admission.Interest changed, boolean again) {
      var client = ads;
      if (client != null && kind == ResourceKind.VIRTUAL_HOST) {
        if (admission.wantsHosts()) {
          client.subscribeToAll(kind.typeUrl());
        } else {
          client.unsubscribeFromAll(kind.typeUrl());
        }
      } else if (client != null && kind.fullState()) {
        if (!changed.added().isEmpty()) {
          client.subscribeToAll(kind.typeUrl());
        } else if (!changed.removed().isEmpty()) {
          client.unsubscribeFromAll(kind.typeUrl());
        }
      } else if (client != null) {
        client.subscribe(kind.typeUrl(), changed.added(), changed.removed(), again);
      }
    }

    /// Said only if it was not asked for before, and counted, as in Envoy.
    @Override
    public void onHostWanted(ResourceKey key, String name) {
      subscriptions.askedAgain(key);
      var client = ads;
      if (key.source() != null) {
        feeds.ask(key, Set.of(name));
      } else if (client != null) {
        client.subscribe(key.kind().typeUrl(), Set.of(name), Set.of(), false);
      }
    }

    @Override
    public void onHostsUnwanted(ResourceKey key, Set<String> names) {
      var client = ads;
      if (key.source() == null && client != null) {
        client.subscribe(key.kind().typeUrl(), Set.of(), names, false);
      }
    }

    @Override
    public boolean hasControlPlane() {
      return ads != null;
    }

    @Override
    public void onDemandMet(List<Consumer<Boolean>> waiting) {
      spec.publish().whenTaken(() -> waiting.forEach(each -> each.accept(true)));
    }

    @Override
    public void onScopes(ScopesUse use, ScopeCounts counts) {
      subscriptions.scopes(use, counts);
    }

    @Override
    public boolean reaches(RemoteSource service) {
      return feeds.reaches(service);
    }

    @Override
    public void onSource(ResourceKey key, boolean needed) {
      if (phase == Phase.CHECK || key.kind() == ResourceKind.SECRET) {
        return; // nobody is asked, or [Secrets] asks
      }
      if (needed) {
        feeds.open(key, deliveries.of(key), () -> nothing(key));
      } else {
        feeds.close(key);
      }
    }

    private void nothing(ResourceKey key) {
      subscriptions.failed(key);
      admission.unavailable(key);
    }

    @Override
    public boolean keepsCurrent() {
      var client = ads;
      return client != null && client.keepsCurrent();
    }

    @Override
    public void onTimeout(ResourceKey missed) {
      LOG.warn("{} did not come in time; going on without", missed);
      subscriptions.timedOut(missed);
    }

    /// The control plane learns that its clusters are accepted when they can serve; but at once of
    /// those with which the process starts, as in Envoy.
    @Override
    public void onWarming(int clusters, int listeners) {
      var client = ads;
      if (client != null) {
        var started = phase.compareTo(Phase.CLUSTERS) > 0;
        client.holdBack(ResourceKind.CLUSTER.typeUrl(), started && clusters > 0);
      }
      advance();
    }
  }
}
