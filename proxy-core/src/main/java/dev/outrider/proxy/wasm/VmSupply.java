package dev.outrider.proxy.wasm;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The started VMs of one key that wait for their loops to take them, and which loops have one
/// already. Any thread.
final class VmSupply {
  private final Map<Integer, GuestVm> prepared = new ConcurrentHashMap<>(); // by loop
  private final Set<Integer> having = ConcurrentHashMap.newKeySet();
  private final AtomicReference<CompletableFuture<?>> last =
      new AtomicReference<>(CompletableFuture.completedFuture(null));
  private final Runnable onUnused;

  /// @param onUnused told on a loop that has let go of the last VM
  VmSupply(Runnable onUnused) {
    this.onUnused = onUnused;
  }

  /// Runs preparations of this key one after the other, so that plugins that share a VM find what
  /// the one before has prepared.
  <T> CompletableFuture<T> inTurn(Executor background, Supplier<T> preparation) {
    var mine = new CompletableFuture<T>();
    var before = last.getAndSet(mine);
    before.whenCompleteAsync((_, _) -> mine.completeAsync(preparation, Runnable::run), background);
    return mine;
  }

  /// Those of `loops` (their indexes) that neither have a VM nor find one.
  List<Integer> missing(Set<Integer> loops) {
    return loops.stream()
        .filter(loop -> !having.contains(loop) && !prepared.containsKey(loop))
        .toList();
  }

  /// Takes `vm`, for that loop.
  void add(int loop, GuestVm vm) {
    var before = prepared.put(loop, vm);
    if (before != null) {
      before.close();
    }
  }

  /// The VM for that loop; null if there is none.
  @Nullable GuestVm take(int loop) {
    return prepared.remove(loop);
  }

  /// Whether the loop has a live VM of this key from now on.
  void has(int loop, boolean has) {
    if (has) {
      having.add(loop);
    } else if (having.remove(loop) && having.isEmpty()) {
      onUnused.run();
    }
  }

  /// How many loops have a VM.
  int vms() {
    return having.size();
  }

  boolean used() {
    return !having.isEmpty();
  }

  /// Closes the VMs that nobody has taken.
  void discard() {
    for (var loop : List.copyOf(prepared.keySet())) {
      var vm = prepared.remove(loop);
      if (vm != null) {
        vm.close();
      }
    }
  }
}
