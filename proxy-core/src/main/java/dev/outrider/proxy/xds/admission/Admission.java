package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.health.Fitness;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.tls.TlsEnd;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.HeldResources;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.Resource.ExtensionResource;
import dev.outrider.proxy.xds.resource.Resource.HostResource;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.Resource.LocalityEndpoint;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.Resource.RuntimeResource;
import dev.outrider.proxy.xds.resource.Resource.ScopeResource;
import dev.outrider.proxy.xds.resource.Resource.SecretResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.resource.Subscriptions;
import dev.outrider.proxy.xds.resource.Subscriptions.ScopeCounts;
import dev.outrider.proxy.xds.resource.TlsAssembly;
import dev.outrider.proxy.xds.resource.WaitingListener;
import dev.outrider.proxy.xds.secret.Secrets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Decides when a parsed resource starts to serve. Each has its own state and its own needs; the
/// previous version serves until then, and nothing else waits. One step, one published change, at
/// the cost of what changed. Main loop only.
public final class Admission {

  /// Who is told what a step brought about, in this order.
  public interface Watcher {

    /// Something else serves now. Never empty.
    void onChange(ConfigChange change);

    /// What no version has any more, behind the change that took it away.
    void onUnused(List<TlsEnd> ends);

    /// Somebody began to ask for something, or nobody asks for it any more.
    void onSubscription(Subscriptions.Owned owned, boolean opened);

    /// Resources of `kind` are needed by these names that were not before, or not any more.
    ///
    /// @param again an answer is needed even if no name is new
    void onInterest(ResourceKind kind, Interest changed, boolean again);

    /// A request wants one of the virtual hosts that come as `key`.
    void onHostWanted(ResourceKey key, String name);

    /// None of these virtual hosts is wanted any more that come as `key`.
    void onHostsUnwanted(ResourceKey key, Set<String> names);

    /// Whether there is a control plane that everything comes from which says so.
    boolean hasControlPlane();

    /// Tables have come that requests wait for, with the last change.
    void onDemandMet(List<Consumer<Boolean>> waiting);

    /// How many scopes there are of a use of them.
    void onScopes(ScopesUse use, ScopeCounts counts);

    /// Whether there is such a service.
    boolean reaches(RemoteSource service);

    /// A resource that comes from a place of its own is needed that was not before, or not any
    /// more.
    void onSource(ResourceKey key, boolean needed);

    /// Whether what is held is what the control plane has, as long as nothing else is heard.
    boolean keepsCurrent();

    /// A needed resource did not come in time.
    void onTimeout(ResourceKey missed);

    /// How many resources wait now.
    void onWarming(int clusters, int listeners);
  }

  /// How what is needed of a kind has changed; a name may be in both for no reason.
  public record Interest(Set<String> added, Set<String> removed) {
    Interest() {
      this(new LinkedHashSet<>(), new LinkedHashSet<>());
    }
  }

  private final Loop loop;
  private final AdmissionStats stats;
  private final Watcher watcher;
  private final References references;
  private final Secrets secrets;
  private final List<TlsEnd> unused = new ArrayList<>();
  private final Set<TlsAssembly> dropped = new LinkedHashSet<>();
  private final ChangeCollector change = new ChangeCollector();
  private final EnumSet<ResourceKind> askAgain = EnumSet.noneOf(ResourceKind.class);
  private final WarmingSet<ClusterResource> clusters;
  private final WarmingSet<ListenerResource> listeners;
  private final EndpointSets endpoints;
  private final LocalityCollections collections;
  private final NamedClusters named;
  private final Conflicts conflicts;
  private final ScopeSets scopes;
  private final Map<ResourceKey, List<Consumer<Boolean>>> demands = new HashMap<>(0);
  private @Nullable HostSets hosts; // made for the first table that has such
  private final Set<ResourceKey> met = new LinkedHashSet<>(0);
  private final Map<ResourceKey, Held<RoutesResource>> routes = new LinkedHashMap<>();
  private final Map<ResourceKey, Held<ExtensionResource>> extensions = new LinkedHashMap<>();

  /// What listeners were answered for with nothing that can be used, or not in time: as long as it
  /// is named, no other answer need come, and as in Envoy nobody waits for it again.
  private final Set<ResourceKey> spent = new HashSet<>(0);

  /// @param loops how many loops count traffic of an endpoint: the workers and the main loop
  public Admission(
      Loop loop,
      int loops,
      AdmissionStats stats,
      Secrets secrets,
      Fitness fitness,
      NamedClusters.Spec names,
      Watcher watcher) {
    this.loop = loop;
    this.secrets = secrets;
    this.named = new NamedClusters(names, new NameEvents());
    this.references = new References(new Tls(), new Names(), new ScopeUses());
    this.stats = stats;
    this.watcher = watcher;
    this.collections = new LocalityCollections(references, loop.timers(), this::collectionMissed);
    this.endpoints =
        new EndpointSets(
            loop,
            loops,
            change.endpoints,
            stats.clusterUpdated,
            fitness,
            named::current,
            collections,
            this::settle);
    fitness.tell(new FitnessEvents());
    this.clusters = new WarmingSet<>(references, loop.timers(), new ClusterEvents());
    this.listeners = new WarmingSet<>(references, loop.timers(), new ListenerEvents());
    this.scopes = new ScopeSets(references, change.scopes, clusters, watcher);
    this.conflicts = new Conflicts(clusters, listeners, extensions, watcher);
  }

  /// Whether `bytes` are what was last accepted for `key`: then there is nothing to parse or to do.
  public boolean holds(ResourceKey key, EncodedMessage bytes) {
    return switch (key.kind()) {
      case CLUSTER -> clusters.holds(key.name(), bytes);
      case LISTENER -> listeners.holds(key.name(), bytes);
      case ENDPOINTS -> !endpoints.expires(key) && holds(endpoints.assignment(key), bytes);
      case ROUTES -> holds(routes.get(key), bytes);
      case SECRET -> holds(secrets.newest(key), bytes);
      case EXTENSION -> holds(extensions.get(key), bytes);
      case SCOPE -> holds(scopes.newest(key), bytes);
      case RUNTIME, LOCALITY, VIRTUAL_HOST -> false;
    };
  }

  /// Whether a control plane may bring the resource: somebody names it, or it is of a kind that
  /// lists all there are; and it is not a static one.
  public boolean wants(ResourceKey key) {
    return switch (key.kind()) {
      case CLUSTER, LISTENER -> !isStatic(key.kind(), key.name());
      case ENDPOINTS, ROUTES, SECRET, EXTENSION -> references.has(key);
      case SCOPE -> references.has(ScopesUse.all(key.source()));
      case LOCALITY -> references.has(collections.of(key));
      case VIRTUAL_HOST -> references.has(HostSets.keyOf(key));
      case RUNTIME -> false;
    };
  }

  /// The value last accepted for `key`.
  public @Nullable Resource newest(ResourceKey key) {
    var held =
        switch (key.kind()) {
          case CLUSTER -> clusters.newest(key.name());
          case LISTENER -> listeners.newest(key.name());
          case ENDPOINTS -> endpoints.assignment(key);
          case ROUTES -> routes.get(key);
          case SECRET -> secrets.newest(key);
          case EXTENSION -> extensions.get(key);
          case SCOPE -> scopes.newest(key);
          case RUNTIME, LOCALITY, VIRTUAL_HOST -> null;
        };
    return held == null ? null : held.value();
  }

  /// What one step does.
  ///
  /// @param source of all of it; null = the control plane, or the bootstrap
  /// @param version of all of it
  /// @param removed names that are gone
  /// @param arrived new values by name, admitted in order
  /// @param answered names that came, changed or not: whoever waits for a fresh answer has it
  /// @param failed names whose answer cannot be used
  public record Step(
      ResourceKind kind,
      @Nullable ResourceSource source,
      String version,
      Set<String> removed,
      Map<String, Held<?>> arrived,
      Set<String> answered,
      Set<String> failed) {

    ResourceKey key(String name) {
      return new ResourceKey(kind, name, kind.fromOnePlace() ? null : source);
    }
  }

  /// Takes one step. Returns why some resources could not be admitted, by name; the rest is.
  public Map<String, List<ConfigProblem>> take(Step step) {
    loop.assertOnLoop();
    if (step.kind() == ResourceKind.SCOPE) {
      return takeScopes(step);
    }
    step.removed().forEach(name -> remove(step.key(name)));
    var problems = new LinkedHashMap<String, List<ConfigProblem>>();
    step.arrived().forEach((name, held) -> admit(step.key(name), held, problems));
    step.answered().forEach(name -> answer(step.key(name)));
    step.failed().forEach(name -> fail(step.key(name)));
    settle();
    return problems;
  }

  /// All or nothing; if nothing, whoever waits for them waits no longer.
  private Map<String, List<ConfigProblem>> takeScopes(Step step) {
    var all = ScopesUse.all(step.source());
    var problems = scopes.conflicts(step);
    if (!references.has(all)) {
      return problems; // nobody asks any more
    }
    if (problems.isEmpty() && step.failed().isEmpty()) {
      scopes.take(step, loop.clock().epochMicros());
      listeners.satisfy(all, this::present);
    } else {
      fail(all);
    }
    settle();
    return problems;
  }

  /// A request wants the table of a scope.
  ///
  /// @param handle of the scopes
  /// @param done see [dev.outrider.proxy.config.RouteDemands]
  public void demand(String handle, ScopeKey key, Consumer<Boolean> done) {
    loop.assertOnLoop();
    var table = scopes.demand(handle, key);
    if (table == null) {
      done.accept(false);
      return;
    }
    demands.computeIfAbsent(table, _ -> new ArrayList<>()).add(done);
    if (routes.containsKey(table)) {
      met.add(table);
    }
    settle();
  }

  /// Names of all scopes that come from one place.
  public Set<String> scopeNames(@Nullable ResourceSource source) {
    return scopes.names(source);
  }

  /// Names of this kind that came from the control plane and are held.
  public Set<String> dynamicNames(ResourceKind kind) {
    var names =
        switch (kind) {
          case CLUSTER -> clusters.names();
          case LISTENER -> listeners.names();
          case ENDPOINTS, ROUTES, SECRET, EXTENSION, RUNTIME, SCOPE, LOCALITY, VIRTUAL_HOST ->
              Set.<String>of();
        };
    names.removeIf(name -> isStatic(kind, name));
    return names;
  }

  /// Whether a resource of this name is held that came from the control plane.
  public boolean isDynamic(ResourceKind kind, String name) {
    return origin(kind, name) == ConfigOrigin.DYNAMIC;
  }

  boolean isStatic(ResourceKind kind, String name) {
    return origin(kind, name) == ConfigOrigin.STATIC;
  }

  private @Nullable ConfigOrigin origin(ResourceKind kind, String name) {
    var newest =
        switch (kind) {
          case CLUSTER -> clusters.newest(name);
          case LISTENER -> listeners.newest(name);
          case ENDPOINTS, ROUTES, SECRET, EXTENSION, RUNTIME, SCOPE, LOCALITY, VIRTUAL_HOST -> null;
        };
    return newest == null ? null : newest.origin();
  }

  /// Everything that serves now.
  public ProxyConfig active() {
    var activeClusters = new LinkedHashMap<String, Cluster>();
    for (var held : clusters.allActive()) {
      activeClusters.put(held.value().cluster().name(), held.value().cluster());
    }
    var activeRoutes = new LinkedHashMap<String, RouteTable>();
    routes.forEach((key, held) -> activeRoutes.put(key.handle(), held.value().table()));
    var activeListeners = new LinkedHashMap<String, ListenerConfig>();
    for (var held : listeners.allActive()) {
      activeListeners.put(held.value().listener().name(), held.value().listener());
    }
    return new ProxyConfig(activeClusters, endpoints.active(), activeRoutes, activeListeners);
  }

  public int warmingClusters() {
    return clusters.warming();
  }

  public int warmingListeners() {
    return listeners.warming();
  }

  /// Listeners that warm, for `/init_dump`.
  public List<WaitingListener> waitingListeners() {
    return listeners.allWarming().stream()
        .map(
            held -> {
              var name = held.value().listener().name();
              return new WaitingListener(name, held.bytes(), listeners.awaited(name));
            })
        .toList();
  }

  /// Every held version, for `/config_dump`.
  public HeldResources held() {
    return new HeldResources(
        clusters.allActive(),
        clusters.allWarming(),
        listeners.allActive(),
        listeners.allWarming(),
        List.copyOf(routes.values()),
        endpoints.assignments(),
        List.copyOf(extensions.values()),
        scopes.held(),
        secrets.fixed().all(),
        secrets.all());
  }

  private static boolean holds(@Nullable Held<?> held, EncodedMessage bytes) {
    return held != null && held.bytes().equals(bytes);
  }

  private void admit(ResourceKey key, Held<?> held, Map<String, List<ConfigProblem>> problems) {
    var name = key.name();
    var wrong = conflicts.of(key, held.value());
    if (!wrong.isEmpty()) {
      problems.put(name, wrong);
      return;
    }
    switch (held.value()) {
      case ClusterResource cluster -> admitCluster(name, with(held, cluster));
      case EndpointsResource assignment -> endpoints.accept(key, with(held, assignment));
      case RoutesResource table -> admitRoutes(key, with(held, table));
      case ListenerResource listener -> admitListener(name, with(held, listener));
      case SecretResource _ -> {} // [Secrets] has it already
      case ExtensionResource extension -> admitExtension(key, with(held, extension));
      case RuntimeResource _,
          ScopeResource _,
          LocalityEndpoint _,
          HostResource _ -> {} // nor are those kept here
    }
  }

  private static <T extends Resource> Held<T> with(Held<?> held, T value) {
    return new Held<>(value, held.bytes(), held.origin(), held.version(), held.epochMicros());
  }

  private void admitCluster(String name, Held<ClusterResource> held) {
    (clusters.contains(name) ? stats.clusterModified : stats.clusterAdded).inc();
    for (var need : held.value().needs()) {
      if (need.key().source() == null) {
        askAgain.add(need.key().kind());
      }
    }
    clusters.offer(name, held, this::present);
  }

  private void admitRoutes(ResourceKey key, Held<RoutesResource> held) {
    var old = routes.put(key, held);
    if (demands.containsKey(key)) {
      met.add(key);
    }
    nameHosts(key, held.value());
    if (old == null || !old.value().table().equals(held.value().table())) {
      change.routes.update(key.handle(), held.value().table());
    }
  }

  private void nameHosts(ResourceKey key, RoutesResource table) {
    var discovered = table.hosts();
    if (hosts == null && discovered != null) {
      hosts = new HostSets(references, watcher);
    }
    if (hosts != null) {
      hosts.name(key, discovered == null ? null : discovered.target());
    }
  }

  private void admitExtension(ResourceKey key, Held<ExtensionResource> held) {
    extensions.put(key, held);
    change.filters.update(key.handle(), held.value().config());
  }

  private void admitListener(String name, Held<ListenerResource> held) {
    (listeners.contains(name) ? stats.listenerModified : stats.listenerAdded).inc();
    listeners.offer(name, held, this::present);
  }

  private boolean present(InitTarget need) {
    var current = need.key().source() != null || watcher.keepsCurrent();
    return switch (need.key().kind()) {
      case ROUTES ->
          ((!need.fresh() || current) && routes.containsKey(need.key()))
              || spent.contains(need.key());
      case SECRET -> secrets.present(need.key());
      case ENDPOINTS -> current && endpoints.complete(need.key());
      case EXTENSION -> extensions.containsKey(need.key()) || spent.contains(need.key());
      case SCOPE -> scopes.answered(need.key().source()) || spent.contains(need.key());
      case VIRTUAL_HOST ->
          (hosts != null && hosts.answered(need.key())) || spent.contains(need.key());
      case CLUSTER, LISTENER, RUNTIME, LOCALITY -> false;
    };
  }

  /// A secret has come and contexts are made of it, or it cannot be had: whoever waits for it goes
  /// on.
  public void secretCame(ResourceKey key, boolean good) {
    loop.assertOnLoop();
    if (good) {
      answer(key);
    } else {
      fail(key);
    }
    settle();
  }

  /// It cannot be had where it should come from: whoever waits for it goes on.
  public void unavailable(ResourceKey key) {
    loop.assertOnLoop();
    fail(key);
    settle();
  }

  private void answer(ResourceKey key) {
    if (key.kind() == ResourceKind.ENDPOINTS) {
      if (endpoints.assignment(key) == null || endpoints.complete(key)) {
        endpoints.answered(key).forEach(name -> clusters.satisfy(firstRound(name)));
        clusters.satisfy(key);
      } else {
        clusters.heard(key); // now it is for its collections to come in time
      }
    } else if (key.kind() == ResourceKind.ROUTES && hosts != null) {
      listeners.satisfy(key, this::present); // virtual hosts of the table may follow
    } else if (key.kind() == ResourceKind.ROUTES || extensions.containsKey(key)) {
      listeners.satisfy(key);
    } else if (key.kind() == ResourceKind.SECRET && secrets.present(key)) {
      clusters.satisfy(key);
      listeners.satisfy(key);
    } else if (key.kind() == ResourceKind.EXTENSION) { // no filter may be made of what came
      fail(key);
    }
  }

  /// What a cluster waits for whose endpoints are checked.
  private static ResourceKey firstRound(String cluster) {
    return new ResourceKey(ResourceKind.CLUSTER, cluster);
  }

  private void fail(ResourceKey key) {
    if (key.kind() == ResourceKind.ENDPOINTS) {
      clusters.fail(key);
    } else if (key.kind() == ResourceKind.ROUTES
        || key.kind() == ResourceKind.EXTENSION
        || key.kind() == ResourceKind.SCOPE
        || key.kind() == ResourceKind.VIRTUAL_HOST) {
      spend(key);
      listeners.fail(key);
    } else if (key.kind() == ResourceKind.SECRET) {
      clusters.fail(key);
      listeners.fail(key);
    }
  }

  private void spend(ResourceKey key) {
    if (references.has(key)) {
      spent.add(key);
    }
  }

  private void remove(ResourceKey key) {
    var name = key.name();
    switch (key.kind()) {
      case CLUSTER -> {
        stats.clusterRemoved.inc();
        if (clusters.remove(name) != null) {
          endpoints.remove(name);
          change.clusters.remove(name);
        }
      }
      case LISTENER -> {
        stats.listenerRemoved.inc();
        if (listeners.remove(name) != null) {
          change.listeners.remove(name);
        }
      }
      case EXTENSION -> forget(key);
      case ENDPOINTS, ROUTES, SECRET, RUNTIME, SCOPE, LOCALITY, VIRTUAL_HOST -> {}
    }
  }

  /// The end of every step: forget what nobody names any more, publish, ask, report.
  private void settle() {
    var interests = new EnumMap<ResourceKind, Interest>(ResourceKind.class);
    for (var kind : askAgain) {
      interests.put(kind, new Interest());
    }
    for (var keys = references.takeChanged(); !keys.isEmpty(); keys = references.takeChanged()) {
      keys.forEach(key -> settle(key, interests));
    }
    dropped.forEach(secrets::drop);
    dropped.clear();
    stats.activeClusters.set(clusters.active());
    stats.warmingClusters.set(clusters.warming());
    stats.activeListeners.set(listeners.active());
    stats.warmingListeners.set(listeners.warming());
    var gathered = change.take();
    if (!gathered.isEmpty()) {
      watcher.onChange(gathered);
    }
    if (!met.isEmpty()) {
      watcher.onDemandMet(met.stream().flatMap(key -> demanded(key).stream()).toList());
      met.clear();
    }
    if (hosts != null) {
      var hostsMet = hosts.takeMet();
      if (!hostsMet.isEmpty()) {
        watcher.onDemandMet(hostsMet);
      }
    }
    if (!unused.isEmpty()) {
      watcher.onUnused(List.copyOf(unused));
      unused.clear();
    }
    for (var owned : references.takeChangedSubscriptions()) {
      watcher.onSubscription(owned, references.has(owned));
      if (hosts != null && owned.asked().kind() == ResourceKind.ROUTES) {
        hosts.owner(owned, references.has(owned));
      }
    }
    if (hosts != null) {
      hosts.report();
    }
    scopes.report();
    interests.forEach(
        (kind, interest) -> watcher.onInterest(kind, interest, askAgain.contains(kind)));
    askAgain.clear();
    watcher.onWarming(clusters.warming(), listeners.warming());
  }

  private List<Consumer<Boolean>> demanded(ResourceKey table) {
    var waiting = demands.remove(table);
    return waiting == null ? List.of() : waiting;
  }

  /// Somebody names it, or nobody does any more.
  private void settle(ResourceKey key, Map<ResourceKind, Interest> interests) {
    var needed = references.has(key);
    if (!needed) {
      forget(key);
    }
    if (key.source() != null) {
      watcher.onSource(key, needed);
    } else {
      var interest = interests.computeIfAbsent(key.kind(), _ -> new Interest());
      (needed ? interest.added() : interest.removed()).add(key.name());
    }
  }

  private void forget(ResourceKey key) {
    spent.remove(key);
    switch (key.kind()) {
      case ENDPOINTS -> endpoints.forget(key);
      case ROUTES -> {
        if (routes.remove(key) != null) {
          change.routes.remove(key.handle());
          if (hosts != null) {
            hosts.name(key, null);
          }
        }
        demanded(key).forEach(done -> done.accept(false));
        listeners.satisfy(key); // of scopes that named it
      }
      case EXTENSION -> {
        if (extensions.remove(key) != null) {
          change.filters.remove(key.handle());
        }
      }
      case SCOPE -> scopes.forget(key);
      case CLUSTER, LISTENER, SECRET, RUNTIME, LOCALITY, VIRTUAL_HOST -> {}
    }
  }

  /// What an endpoint of a locality is asked for as.
  public ResourceKey collection(ResourceKey endpoint) {
    return collections.of(endpoint);
  }

  /// Endpoints of localities came or changed, and others are gone.
  public void takeLocalities(Map<ResourceKey, EndpointSpec> arrived, Set<ResourceKey> removed) {
    loop.assertOnLoop();
    collections.take(arrived, removed).forEach(this::answer);
    settle();
  }

  /// Endpoints of localities cannot be used, or not be had: nobody waits for them any longer.
  ///
  /// @param source of all of them
  public void failLocalities(@Nullable ResourceSource source) {
    loop.assertOnLoop();
    collections.giveUp(key -> Objects.equals(key.source(), source)).forEach(this::answer);
    settle();
  }

  private void collectionMissed(ResourceKey key) {
    watcher.onTimeout(key);
    collections.giveUp(key::equals).forEach(this::answer);
    settle();
  }

  /// Whether any virtual hosts come by themselves from the control plane.
  public boolean wantsHosts() {
    return hosts != null && hosts.keys().stream().anyMatch(key -> key.source() == null);
  }

  /// The tables whose virtual hosts come as `key`.
  public Map<ResourceKey, Held<RoutesResource>> tables(ResourceKey key) {
    var found = new LinkedHashMap<ResourceKey, Held<RoutesResource>>();
    if (hosts != null) {
      for (var table : hosts.tables(key)) {
        found.put(table, Objects.requireNonNull(routes.get(table)));
      }
    }
    return found;
  }

  /// Takes tables with the virtual hosts that have come, all or none. Returns why not.
  ///
  /// @param heard names that were heard of, and what stands for them, by what they come as
  public List<ConfigProblem> takeHosts(
      Map<ResourceKey, Held<RoutesResource>> tables, Map<ResourceKey, Set<String>> heard) {
    loop.assertOnLoop();
    var problems = new ArrayList<ConfigProblem>();
    var wanted = new LinkedHashMap<>(tables);
    wanted.keySet().retainAll(routes.keySet()); // some may be gone since they were read
    wanted.forEach((key, held) -> problems.addAll(conflicts.of(key, held.value())));
    if (problems.isEmpty()) {
      wanted.forEach(this::admitRoutes);
      heard.forEach(this::hear);
      settle();
    }
    return problems;
  }

  private void hear(ResourceKey key, Set<String> names) {
    if (hosts != null) {
      hosts.heard(key, names);
      listeners.satisfy(key);
    }
  }

  /// Virtual hosts cannot be used: nobody waits for the first of them any longer.
  ///
  /// @param source of all of them
  public void failHosts(@Nullable ResourceSource source) {
    loop.assertOnLoop();
    if (hosts != null) {
      for (var key : hosts.keys()) {
        if (Objects.equals(key.source(), source)) {
          hear(key, Set.of());
        }
      }
    }
    settle();
  }

  /// A request wants a virtual host that a table does not have.
  ///
  /// @param handle of the table
  /// @param done see [dev.outrider.proxy.config.RouteDemands]
  public void demandHost(String handle, String host, Consumer<Boolean> done) {
    loop.assertOnLoop();
    if (hosts == null || !hosts.demand(handle, host, done)) {
      done.accept(false);
    }
  }

  /// Contexts live as long as somebody holds a version with them.
  private final class Tls implements References.Tls {

    @Override
    public void onUsed(TlsAssembly assembly) {
      if (!dropped.remove(assembly)) {
        secrets.use(assembly);
      }
    }

    /// Its secrets are forgotten at the end of the step: another user of them may come in it.
    @Override
    public void onUnused(TlsAssembly assembly) {
      dropped.add(assembly);
    }

    @Override
    public void onUnused(TlsEnd end) {
      unused.add(end);
    }
  }

  /// Names are resolved as long as a version with them is held.
  private final class Names implements References.Names {

    @Override
    public void onUsed(Cluster cluster) {
      named.use(cluster);
    }

    @Override
    public void onUnused(Cluster cluster) {
      named.drop(cluster);
    }

    @Override
    public void onAsking(ResourceKey service, Cluster cluster) {
      collections.link(service, cluster.statName());
    }

    @Override
    public void onSilent(ResourceKey service, Cluster cluster) {
      collections.unlink(service, cluster.statName());
    }
  }

  /// Scopes are kept up for whoever uses them.
  private final class ScopeUses implements References.Scopes {

    @Override
    public void onUsed(ScopesUse use) {
      scopes.use(use);
    }

    @Override
    public void onUnused(ScopesUse use) {
      scopes.drop(use);
    }
  }

  private final class NameEvents implements NamedClusters.Listener {

    @Override
    public void onChange(Cluster cluster) {
      if (endpoints.renamed(cluster)) {
        clusters.satisfy(firstRound(cluster.name()));
      }
      settle();
    }

    @Override
    public void onFirstAnswer(Cluster cluster) {
      clusters.named(cluster.name(), version -> version.cluster().equals(cluster));
      settle();
    }
  }

  private final class ClusterEvents implements WarmingSet.Events<ClusterResource> {

    @Override
    public void onActive(
        String name, Held<ClusterResource> next, @Nullable Held<ClusterResource> previous) {
      change.clusters.update(name, next.value().cluster());
      endpoints.serve(next.value());
    }

    @Override
    public boolean named(Held<ClusterResource> next) {
      return named.answered(next.value().cluster());
    }

    /// When its endpoints are known, they are checked.
    @Override
    public @Nullable InitTarget lastNeed(String name, Held<ClusterResource> next) {
      return endpoints.warm(next.value()) ? new InitTarget(firstRound(name), true, 0) : null;
    }

    @Override
    public void onAbandoned(String name) {
      endpoints.abandon(name);
    }

    @Override
    public void onTimeout(InitTarget missed) {
      watcher.onTimeout(missed.key());
    }

    @Override
    public void onTimerDone() {
      settle();
    }
  }

  /// Outside any step.
  private final class FitnessEvents implements Fitness.Listener {
    private final Set<String> changed = new LinkedHashSet<>();

    /// Published behind what the loop has to do already: hosts that are judged together become one
    /// change of their cluster, since each costs every loop a look at all of its hosts.
    @Override
    public void onFitnessChanged(String cluster) {
      if (changed.isEmpty()) {
        loop.execute(this::publish);
      }
      changed.add(cluster);
    }

    private void publish() {
      changed.forEach(endpoints::fitnessChanged);
      changed.clear();
      settle();
    }

    @Override
    public void onFirstRound(String cluster) {
      clusters.satisfy(firstRound(cluster));
      settle();
    }

    @Override
    public void onHostsFound(String cluster) {
      endpoints.found(cluster);
      settle();
    }
  }

  private final class ListenerEvents implements WarmingSet.Events<ListenerResource> {

    @Override
    public List<InitTarget> follows(Held<ListenerResource> next, ResourceKey key) {
      if (key.kind() == ResourceKind.ROUTES && hosts != null) {
        return hosts.following(key);
      }
      return key.kind() == ResourceKind.SCOPE
          ? scopes.tables(key, next.value().scopes())
          : List.of();
    }

    @Override
    public void onActive(
        String name, Held<ListenerResource> next, @Nullable Held<ListenerResource> previous) {
      var listener = next.value().listener();
      if (previous != null && previous.value().listener().differsInChainsOnly(listener)) {
        stats.listenerInPlaceUpdated.inc();
      }
      change.listeners.update(name, listener);
    }

    @Override
    public void onTimeout(InitTarget missed) {
      if (missed.key().kind() != ResourceKind.SECRET) {
        spend(missed.key());
      }
      watcher.onTimeout(missed.key());
    }

    @Override
    public void onTimerDone() {
      settle();
    }
  }
}
