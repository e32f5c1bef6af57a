package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.xds.resource.DiscoveredHosts;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.Subscriptions.Owned;
import java.util.ArrayList;
import java.util.Collection;
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

/// Which route tables have virtual hosts that come by themselves (Envoy VHDS), what was heard of
/// those, and which requests wait for one. The virtual hosts are kept with the tables, whose part
/// they are. Main loop only.
final class HostSets {
  private final References references;
  private final Admission.Watcher watcher;
  private final Map<ResourceKey, HostSet> sets = new HashMap<>();

  /// What each table's virtual hosts come as, by the key of the table.
  private final Map<ResourceKey, InitTarget> targets = new HashMap<>();

  /// Subscriptions that are counted, by those of the tables.
  private final Map<Owned, Owned> counted = new HashMap<>();

  private final Map<Owned, Boolean> changed = new LinkedHashMap<>();
  private final List<Consumer<Boolean>> met = new ArrayList<>();

  /// All virtual hosts that come from one place for tables of one name.
  private static final class HostSet {
    private final Set<ResourceKey> tables = new LinkedHashSet<>();
    private final Set<String> asked = new LinkedHashSet<>();

    /// What was said of them is known: as in Envoy they are not asked for again, since a control
    /// plane tells what changes.
    private final Set<String> told = new HashSet<>();

    private final Map<String, List<Consumer<Boolean>>> waiting = new HashMap<>();
    private boolean answered;
  }

  HostSets(References references, Admission.Watcher watcher) {
    this.references = references;
    this.watcher = watcher;
  }

  /// A version of a table was accepted, or none is any more.
  ///
  /// @param target what its virtual hosts come as; null if none come by themselves
  void name(ResourceKey table, @Nullable InitTarget target) {
    var before = target == null ? targets.remove(table) : targets.put(table, target);
    if (target != null) {
      sets.computeIfAbsent(target.key(), _ -> new HostSet()).tables.add(table);
      references.add(target.key());
      references.owners(table).forEach(owner -> count(owner, target));
    }
    if (before != null) {
      if (target == null || !target.key().equals(before.key())) {
        leave(table, before.key());
      }
      references.remove(before.key());
    }
  }

  private void leave(ResourceKey table, ResourceKey key) {
    counted
        .entrySet()
        .removeIf(
            each -> {
              var gone = each.getKey().asked().equals(table) && each.getValue().asked().equals(key);
              if (gone) {
                changed.put(each.getValue(), false);
              }
              return gone;
            });
    var set = Objects.requireNonNull(sets.get(key));
    set.tables.remove(table);
    if (set.tables.isEmpty()) {
      sets.remove(key);
      set.waiting.values().forEach(all -> all.forEach(done -> done.accept(false)));
      if (!set.asked.isEmpty()) {
        watcher.onHostsUnwanted(key, set.asked);
      }
    }
  }

  private void count(Owned table, InitTarget target) {
    var own = new Owned(owner(table), target.key());
    var before = counted.put(table, own);
    if (!own.equals(before)) {
      if (before != null) {
        changed.put(before, false);
      }
      changed.put(own, true);
    }
  }

  /// What counts them, as in Envoy: `main.rds.vhds.local` where the table is `main.rds.local`.
  private static String owner(Owned table) {
    var prefix = table.owner().length() - table.asked().name().length();
    return table.owner().substring(0, prefix) + "vhds." + table.asked().name();
  }

  /// Somebody asks for a table, or does not any more.
  void owner(Owned table, boolean asks) {
    var target = targets.get(table.asked());
    if (asks && target != null) {
      count(table, target);
    } else if (!asks) {
      var own = counted.remove(table);
      if (own != null) {
        changed.put(own, false);
      }
    }
  }

  /// Tells which subscriptions have come and gone, when whoever counts them can find them.
  void report() {
    changed.forEach(watcher::onSubscription);
    changed.clear();
  }

  /// What a listener waits for besides that has heard of its table.
  List<InitTarget> following(ResourceKey table) {
    var target = targets.get(table);
    return target == null ? List.of() : List.of(target);
  }

  /// Whether anything was heard of them.
  boolean answered(ResourceKey key) {
    var set = sets.get(key);
    return set != null && set.answered;
  }

  /// Keys of all that come from there; null = from the control plane.
  Set<ResourceKey> keys() {
    return Set.copyOf(sets.keySet());
  }

  /// Those whose part they are.
  Collection<ResourceKey> tables(ResourceKey key) {
    var set = sets.get(key);
    return set == null ? Set.of() : Set.copyOf(set.tables);
  }

  /// Something was heard of them, or will not be.
  ///
  /// @param names of what was heard of, and what stands for it: who waits for these goes on
  void heard(ResourceKey key, Set<String> names) {
    var set = sets.get(key);
    if (set != null) {
      set.answered = true;
      for (var name : names) {
        if (set.asked.contains(name)) {
          set.told.add(name);
        }
        var waiting = set.waiting.remove(name);
        if (waiting != null) {
          met.addAll(waiting);
        }
      }
    }
  }

  /// A request wants a virtual host that a table does not have. False if none come by themselves.
  ///
  /// @param handle of the table
  /// @param host as the request names it, in lower case
  boolean demand(String handle, String host, Consumer<Boolean> done) {
    for (var entry : targets.entrySet()) {
      if (entry.getKey().handle().equals(handle)) {
        var key = entry.getValue().key();
        var set = Objects.requireNonNull(sets.get(key));
        var name = key.name() + "/" + host;
        if (set.told.contains(name)) {
          done.accept(true);
          return true;
        }
        set.asked.add(name);
        set.waiting.computeIfAbsent(name, _ -> new ArrayList<>()).add(done);
        watcher.onHostWanted(key, name);
        return true;
      }
    }
    return false;
  }

  /// Who waited for what has come.
  List<Consumer<Boolean>> takeMet() {
    var taken = List.copyOf(met);
    met.clear();
    return taken;
  }

  /// The key of all virtual hosts among which is the one of that name.
  static ResourceKey keyOf(ResourceKey host) {
    return new ResourceKey(
        ResourceKind.VIRTUAL_HOST, DiscoveredHosts.tableOf(host.name()), host.source());
  }
}
