package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.ResourceKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Resources of one kind that warm: each by itself is ABSENT, WARMING (with or without a previous
/// version that serves) or ACTIVE. Main loop only.
final class WarmingSet<T extends Resource> {

  /// What happens to a resource.
  interface Events<T extends Resource> {

    /// Whether the names of `next` have been answered.
    default boolean named(Held<T> next) {
      return false;
    }

    /// All that `next` names is there. Answers what it waits for besides; null = nothing.
    default @Nullable InitTarget lastNeed(String name, Held<T> next) {
      return null;
    }

    /// What `next` waits for besides, now that `key` has come.
    default List<InitTarget> follows(Held<T> next, ResourceKey key) {
      return List.of();
    }

    /// A version that had its last need will not serve.
    default void onAbandoned(String name) {}

    /// `next` serves from now on, instead of `previous` if there is one.
    void onActive(String name, Held<T> next, @Nullable Held<T> previous);

    /// A need did not come in time; the resource goes on without it.
    void onTimeout(InitTarget missed);

    /// A timer ended a warming, outside any call into this set.
    void onTimerDone();
  }

  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private final Map<ResourceKey, Set<Slot>> waiters = new HashMap<>();
  private final References references;
  private final Timers timers;
  private final Events<T> events;
  private int warming;
  private int active;

  WarmingSet(References references, Timers timers, Events<T> events) {
    this.references = references;
    this.timers = timers;
    this.events = events;
  }

  /// Whether `bytes` are the version last accepted for `name`, warming or active.
  boolean holds(String name, EncodedMessage bytes) {
    var newest = newest(name);
    return newest != null && newest.bytes().equals(bytes);
  }

  /// The version last accepted.
  @Nullable Held<T> newest(String name) {
    var slot = slots.get(name);
    if (slot == null) {
      return null;
    }
    return slot.next != null ? slot.next : slot.active;
  }

  /// The version that serves.
  @Nullable Held<T> active(String name) {
    var slot = slots.get(name);
    return slot == null ? null : slot.active;
  }

  /// Admits a version. It becomes active at once if it needs nothing, and replaces one that is
  /// still warming.
  ///
  /// @param present which needs are there already
  void offer(String name, Held<T> next, Predicate<InitTarget> present) {
    var slot = slots.computeIfAbsent(name, Slot::new);
    references.add(next.value());
    slot.abandonNext();
    slot.awaitsNames = next.value().awaitsNames() && !events.named(next);
    var active = slot.active;
    if (active != null
        && (active.bytes().equals(next.bytes()) || active.value().equals(next.value()))) {
      // What serves already says the same: it keeps its identity, whatever was warming is gone.
      slot.active =
          new Held<>(
              active.value(), next.bytes(), next.origin(), next.version(), next.epochMicros());
      references.remove(next.value());
      return;
    }
    slot.next = next;
    slot.lastNeedAsked = false;
    warming++;
    for (var need : next.value().needs()) {
      if (!present.test(need) && !next.value().unawaited().contains(need.key())) {
        slot.await(need);
      } else if (active == null) {
        slot.awaitFollowing(next, need.key(), present);
      }
    }
    slot.activateIfReady();
  }

  /// A need was answered.
  void satisfy(ResourceKey key) {
    satisfy(key, _ -> true);
  }

  /// The same, of a need that others may follow.
  ///
  /// @param present which of them are there already
  void satisfy(ResourceKey key, Predicate<InitTarget> present) {
    var slotsWaiting = waiters.get(key);
    if (slotsWaiting != null) {
      for (var slot : List.copyOf(slotsWaiting)) {
        if (slot.next != null) {
          slot.awaitFollowing(slot.next, key, present);
        }
        slot.arrived(key);
      }
    }
  }

  /// A need was answered in part: the time in which it was to be answered is not looked at any
  /// more.
  void heard(ResourceKey key) {
    for (var slot : waiters.getOrDefault(key, Set.of())) {
      var timer = slot.awaited.get(key);
      if (timer != null) {
        timer.cancel();
      }
    }
  }

  /// A need was answered with something that cannot be used: whoever has a previous version goes on
  /// with that and waits, whoever has none starts without.
  void fail(ResourceKey key) {
    var slotsWaiting = waiters.get(key);
    if (slotsWaiting != null) {
      for (var slot : List.copyOf(slotsWaiting)) {
        if (slot.active == null) {
          slot.arrived(key);
        }
      }
    }
  }

  /// The names of a version were answered for the first time.
  ///
  /// @param which of the versions that are held under this name
  void named(String name, Predicate<T> which) {
    var slot = slots.get(name);
    if (slot != null && slot.next != null && which.test(slot.next.value())) {
      slot.awaitsNames = false;
      slot.activateIfReady();
    }
  }

  /// Forgets a resource; returns the version that served, if one did.
  @Nullable Held<T> remove(String name) {
    var slot = slots.remove(name);
    if (slot == null) {
      return null;
    }
    slot.abandonNext();
    var served = slot.active;
    if (served != null) {
      active--;
      references.remove(served.value());
    }
    return served;
  }

  boolean contains(String name) {
    return slots.containsKey(name);
  }

  Set<String> names() {
    return new HashSet<>(slots.keySet());
  }

  /// Every version that is held, active and warming.
  List<Held<T>> all() {
    var all = new ArrayList<Held<T>>();
    for (var slot : slots.values()) {
      if (slot.active != null) {
        all.add(slot.active);
      }
      if (slot.next != null) {
        all.add(slot.next);
      }
    }
    return all;
  }

  /// Versions that serve.
  List<Held<T>> allActive() {
    var all = new ArrayList<Held<T>>();
    for (var slot : slots.values()) {
      if (slot.active != null) {
        all.add(slot.active);
      }
    }
    return all;
  }

  /// Versions that wait.
  List<Held<T>> allWarming() {
    var all = new ArrayList<Held<T>>();
    for (var slot : slots.values()) {
      if (slot.next != null) {
        all.add(slot.next);
      }
    }
    return all;
  }

  /// What the version of that name that warms still waits for.
  Set<ResourceKey> awaited(String name) {
    var slot = slots.get(name);
    return slot == null ? Set.of() : Set.copyOf(slot.awaited.keySet());
  }

  int warming() {
    return warming;
  }

  int active() {
    return active;
  }

  private final class Slot {
    private final String name;
    private final Map<ResourceKey, Timer> awaited = new HashMap<>();
    private @Nullable Held<T> active;
    private @Nullable Held<T> next;
    private boolean lastNeedAsked;
    private boolean awaitsNames;

    Slot(String name) {
      this.name = name;
    }

    void await(InitTarget need) {
      var timer = timers.newTimer(() -> timedOut(need));
      var other = awaited.put(need.key(), timer);
      if (other != null) {
        other.cancel(); // of a need of the same key that is less or more patient
      }
      waiters.computeIfAbsent(need.key(), _ -> new HashSet<>()).add(this);
      if (need.timeoutMillis() > 0) {
        timer.arm(need.timeoutMillis());
      }
    }

    void awaitFollowing(Held<T> version, ResourceKey key, Predicate<InitTarget> present) {
      for (var need : events.follows(version, key)) {
        if (!present.test(need)) {
          await(need);
        }
      }
    }

    void arrived(ResourceKey key) {
      stopWaiting(key);
      activateIfReady();
    }

    void activateIfReady() {
      var ready = next;
      if (ready != null && awaited.isEmpty() && !awaitsNames && !waitsForLast(ready)) {
        var previous = active;
        next = null;
        warming--;
        active = ready;
        if (previous == null) {
          WarmingSet.this.active++;
        }
        events.onActive(name, ready, previous);
        if (previous != null) {
          references.remove(previous.value());
        }
      }
    }

    private boolean waitsForLast(Held<T> ready) {
      if (lastNeedAsked) {
        return false;
      }
      lastNeedAsked = true;
      var need = events.lastNeed(name, ready);
      if (need != null) {
        await(need);
      }
      return need != null;
    }

    void abandonNext() {
      var abandoned = next;
      if (abandoned != null) {
        next = null;
        if (lastNeedAsked) {
          events.onAbandoned(name);
        }
        warming--;
        List.copyOf(awaited.keySet()).forEach(this::stopWaiting);
        references.remove(abandoned.value());
      }
    }

    private void timedOut(InitTarget need) {
      events.onTimeout(need);
      arrived(need.key());
      events.onTimerDone();
    }

    private void stopWaiting(ResourceKey key) {
      var timer = awaited.remove(key);
      if (timer != null) {
        timer.cancel();
        waiters.computeIfPresent(
            key,
            (_, slotsWaiting) -> {
              slotsWaiting.remove(this);
              return slotsWaiting.isEmpty() ? null : slotsWaiting;
            });
      }
    }
  }
}
