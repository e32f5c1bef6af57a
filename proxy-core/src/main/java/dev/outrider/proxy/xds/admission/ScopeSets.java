package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ScopeTable;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.HeldScopes;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.Resource.ScopeResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.resource.Subscriptions.ScopeCounts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The scopes of routes that control planes keep, all that come from one place as one set; what
/// they are to each who uses them; and the tables that are asked for because of them. Main loop
/// only.
final class ScopeSets {
  private final References references;
  private final ChangeCollector.Kind<ScopeTable> changes;
  private final WarmingSet<ClusterResource> clusters;
  private final Admission.Watcher watcher;
  private final Set<ScopesUse> toCount = new LinkedHashSet<>(0);
  private final Map<@Nullable ResourceSource, ScopeSet> sets = new HashMap<>(0);
  private final Map<ScopesUse, Use> uses = new LinkedHashMap<>(0);

  /// All scopes that come from one place.
  private static final class ScopeSet {
    private final Map<String, Held<ScopeResource>> scopes = new TreeMap<>();
    private final Map<ScopeKey, String> names = new HashMap<>();
    private String version = "";
    private boolean changed;
    private long epochMicros;

    /// Null if there is none.
    @Nullable ScopeResource find(ScopeKey key) {
      var name = names.get(key);
      var held = name == null ? null : scopes.get(name);
      return held == null ? null : held.value();
    }

    void put(String name, Held<ScopeResource> held) {
      free(name, scopes.put(name, held));
      names.put(held.value().key(), name);
    }

    boolean remove(String name) {
      var gone = scopes.remove(name);
      free(name, gone);
      return gone != null;
    }

    /// Another scope may have the key already.
    private void free(String name, @Nullable Held<ScopeResource> gone) {
      if (gone != null) {
        names.remove(gone.value().key(), name);
      }
    }
  }

  /// Who uses them, and the tables that it asks for, by the name of the scope.
  private static final class Use {
    private final Map<String, InitTarget> tables = new HashMap<>();
    private final String handle;

    /// See [ResourceKey#whence].
    private final String whence;

    Use(ScopesUse of) {
      this.handle = of.handle();
      this.whence = ResourceKey.whence(of.routes());
    }
  }

  /// @param references counts the tables that scopes name
  /// @param changes what workers have to learn
  /// @param clusters those that are known
  /// @param watcher told how many scopes there are
  ScopeSets(
      References references,
      ChangeCollector.Kind<ScopeTable> changes,
      WarmingSet<ClusterResource> clusters,
      Admission.Watcher watcher) {
    this.references = references;
    this.changes = changes;
    this.clusters = clusters;
    this.watcher = watcher;
  }

  /// Whether anything was heard of all that come from there.
  boolean answered(@Nullable ResourceSource source) {
    return sets.containsKey(source);
  }

  /// The version of one scope that was last accepted.
  @Nullable Held<ScopeResource> newest(ResourceKey key) {
    var set = sets.get(key.source());
    return set == null ? null : set.scopes.get(key.name());
  }

  Set<String> names(@Nullable ResourceSource source) {
    var set = sets.get(source);
    return set == null ? new LinkedHashSet<>() : new LinkedHashSet<>(set.scopes.keySet());
  }

  /// A version of a listener is held that uses them.
  void use(ScopesUse use) {
    uses.put(use, new Use(use));
    var set = sets.get(use.scopes().key().source());
    if (set != null) {
      follow(use, set, set.scopes.keySet());
    }
  }

  /// None is held any more.
  void drop(ScopesUse use) {
    var own = uses.remove(use);
    if (own != null) {
      own.tables.values().forEach(table -> unask(use, table));
      if (uses.values().stream().noneMatch(other -> other.handle.equals(own.handle))) {
        changes.remove(own.handle); // else it is of one that is more or less patient
      }
    }
  }

  /// Asks for the table of a scope, if nobody has; null if it needs none.
  @Nullable ResourceKey demand(String handle, ScopeKey key) {
    for (var entry : uses.entrySet()) {
      var use = entry.getKey();
      var set = sets.get(use.scopes().key().source());
      var same = entry.getValue().handle.equals(handle);
      var scope = set == null || !same ? null : set.find(key);
      if (scope != null && scope.table() == null) {
        return ask(use, entry.getValue(), scope).key();
      }
    }
    return null;
  }

  private InitTarget ask(ScopesUse use, Use own, ScopeResource scope) {
    var asked = own.tables.get(scope.name());
    if (asked != null) {
      return asked;
    }
    var table = use.table(scope.tableName());
    own.tables.put(scope.name(), table);
    references.add(table.key(), use.subscription(table.key()));
    toCount.add(use);
    return table;
  }

  /// Nobody asks for all that come from there.
  void forget(ResourceKey all) {
    sets.remove(all.source());
  }

  /// Why what came cannot be taken, by name: then none of it is, as in Envoy.
  Map<String, List<ConfigProblem>> conflicts(Admission.Step step) {
    var problems = new LinkedHashMap<String, List<ConfigProblem>>();
    var owners = new HashMap<ScopeKey, String>();
    var set = sets.get(step.source());
    step.arrived()
        .forEach(
            (name, held) -> {
              var scope = (ScopeResource) held.value();
              var owner = set == null ? null : set.names.get(scope.key());
              if (owner != null
                  && !step.removed().contains(owner)
                  && !step.arrived().containsKey(owner)) {
                owners.put(scope.key(), owner);
              }
              var wrong = wrong(step.key(name), scope, owners);
              if (!wrong.isEmpty()) {
                problems.put(name, wrong);
              }
            });
    return problems;
  }

  private List<ConfigProblem> wrong(
      ResourceKey key, ScopeResource scope, Map<ScopeKey, String> owners) {
    var found = new ArrayList<ConfigProblem>();
    var first = owners.putIfAbsent(scope.key(), key.name());
    if (first != null) {
      found.add(
          new ConfigProblem(
              key.toString(),
              "",
              "scope key conflict found, first scope is '%s', second scope is '%s'"
                  .formatted(first, key.name())));
    }
    for (var cluster : scope.mustExist()) {
      if (!clusters.contains(cluster)) {
        found.add(Conflicts.unknownCluster(key.toString(), cluster));
      }
    }
    return found;
  }

  /// Takes what came, which has no conflicts.
  void take(Admission.Step step, long epochMicros) {
    var set = sets.computeIfAbsent(step.source(), _ -> new ScopeSet());
    var changed = new LinkedHashSet<String>();
    for (var name : step.removed()) {
      if (set.remove(name)) {
        changed.add(name);
      }
    }
    step.arrived()
        .forEach(
            (name, held) -> {
              set.put(name, scope(held));
              changed.add(name);
            });
    if (!changed.isEmpty()) {
      set.version = step.version();
      set.changed = true;
    }
    set.epochMicros = epochMicros;
    uses.forEach(
        (use, _) -> {
          if (Objects.equals(use.scopes().key().source(), step.source())) {
            follow(use, set, changed);
          }
        });
  }

  private static Held<ScopeResource> scope(Held<?> held) {
    return new Held<>(
        (ScopeResource) held.value(),
        held.bytes(),
        held.origin(),
        held.version(),
        held.epochMicros());
  }

  /// What a listener that has heard of its scopes for the first time waits for: the tables that
  /// they name.
  List<InitTarget> tables(ResourceKey all, List<ScopesUse> of) {
    return of.stream()
        .filter(use -> use.scopes().key().equals(all))
        .flatMap(use -> Objects.requireNonNull(uses.get(use)).tables.values().stream())
        .distinct()
        .toList();
  }

  /// Every set, for `/config_dump`, under each name it is used by.
  List<HeldScopes> held() {
    var all = new ArrayList<HeldScopes>();
    for (var use : uses.keySet()) {
      var set = sets.get(use.scopes().key().source());
      if (set != null && set.changed) { // as Envoy: not before there was one
        all.add(
            new HeldScopes(
                use.name(), set.version, List.copyOf(set.scopes.values()), set.epochMicros));
      }
    }
    return all;
  }

  /// Has a use ask for the tables of scopes that changed, and no longer for those that they named
  /// before; tells workers what there is now.
  private void follow(ScopesUse use, ScopeSet set, Set<String> changed) {
    var own = Objects.requireNonNull(uses.get(use));
    for (var name : changed) {
      var held = set.scopes.get(name);
      var scope = held == null ? null : held.value();
      var asked = scope == null || scope.table() != null || scope.onDemand() ? null : scope;
      var next = asked == null ? null : use.table(asked.tableName());
      var before = next == null ? own.tables.remove(name) : own.tables.put(name, next);
      if (next != null) {
        references.add(next.key(), use.subscription(next.key()));
      }
      if (before != null) {
        unask(use, before);
      }
    }
    if (!changed.isEmpty() || set.scopes.isEmpty()) {
      changes.update(own.handle, table(use, own, set));
    }
    toCount.add(use);
  }

  /// Tells how many scopes there are, when whoever counts them knows of the subscriptions.
  void report() {
    for (var use : toCount) {
      var own = uses.get(use);
      var set = sets.get(use.scopes().key().source());
      if (own != null && set != null) {
        watcher.onScopes(use, counts(own, set));
      }
    }
    toCount.clear();
  }

  private void unask(ScopesUse use, InitTarget table) {
    references.remove(table.key(), use.subscription(table.key()));
  }

  private static ScopeTable table(ScopesUse use, Use own, ScopeSet set) {
    var scopes = new HashMap<ScopeKey, RouteSource.Sole>();
    for (var held : set.scopes.values()) {
      var scope = held.value();
      scopes.put(
          scope.key(),
          scope.table() == null
              ? new RouteSource.Rds(use.table(scope.tableName()).key().handle(own.whence))
              : new RouteSource.Inline(scope.table()));
    }
    return new ScopeTable(scopes);
  }

  private static ScopeCounts counts(Use own, ScopeSet set) {
    var onDemand =
        set.scopes.values().stream()
            .filter(held -> held.value().onDemand() && held.value().table() == null)
            .count();
    return new ScopeCounts(set.scopes.size(), (int) onDemand, own.tables.size());
  }
}
