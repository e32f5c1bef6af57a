package dev.outrider.proxy.wasm;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The started VMs of one key that wait for a loop to take them, and which loops have one already.
/// Any thread.
final class VmSupply {
  private final Queue<GuestVm> prepared = new ConcurrentLinkedQueue<>();
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

  /// How many more VMs are to be prepared so that each of `loops` (their indexes) has one or finds
  /// one.
  int missing(Set<Integer> loops) {
    long without = loops.stream().filter(loop -> !having.contains(loop)).count();
    return (int) without - prepared.size();
  }

  /// Takes `vm`.
  void add(GuestVm vm) {
    prepared.add(vm);
  }

  /// A VM for the caller's loop; null if there is none.
  @Nullable GuestVm take() {
    return prepared.poll();
  }

  /// Whether the loop has a live VM of this key from now on.
  void has(int loop, boolean has) {
    if (has) {
      having.add(loop);
    } else if (having.remove(loop) && having.isEmpty()) {
      onUnused.run();
    }
  }

  boolean used() {
    return !having.isEmpty();
  }

  /// Closes the VMs that nobody has taken.
  void discard() {
    for (var vm = prepared.poll(); vm != null; vm = prepared.poll()) {
      vm.close();
    }
  }
}
