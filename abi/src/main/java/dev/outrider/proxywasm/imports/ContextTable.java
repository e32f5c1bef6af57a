package dev.outrider.proxywasm.imports;

import org.jspecify.annotations.Nullable;

/// The live contexts of a VM by number: an open-addressed table of its own, so that a stream costs
/// no boxed key. Ids are never used twice.
public final class ContextTable {
  private @Nullable ContextScope[] slots = new @Nullable ContextScope[16];
  private int used;
  private int nextId = 1;

  /// A number that no context of this VM has had. 0 is the VM itself.
  public int newId() {
    return nextId++;
  }

  public void add(ContextScope scope) {
    if (2 * (used + 1) > slots.length) {
      grow();
    }
    insert(slots, scope);
    used++;
  }

  public @Nullable ContextScope find(int id) {
    int mask = slots.length - 1;
    for (int i = home(id, mask); ; i = (i + 1) & mask) {
      var scope = slots[i];
      if (scope == null || scope.id() == id) {
        return scope;
      }
    }
  }

  public void remove(int id) {
    int mask = slots.length - 1;
    int hole = home(id, mask);
    for (var scope = slots[hole]; scope == null || scope.id() != id; scope = slots[hole]) {
      if (scope == null) {
        return;
      }
      hole = (hole + 1) & mask;
    }
    closeGap(hole, mask);
    used--;
  }

  /// Linear probing without tombstones: later entries of the run move back into the hole.
  private void closeGap(int start, int mask) {
    int hole = start;
    slots[hole] = null;
    for (int i = (hole + 1) & mask; ; i = (i + 1) & mask) {
      var scope = slots[i];
      if (scope == null) {
        return;
      }
      int home = home(scope.id(), mask);
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = scope;
        slots[i] = null;
        hole = i;
      }
    }
  }

  private void grow() {
    @Nullable ContextScope[] bigger = new @Nullable ContextScope[2 * slots.length];
    for (var scope : slots) {
      if (scope != null) {
        insert(bigger, scope);
      }
    }
    slots = bigger;
  }

  private static void insert(@Nullable ContextScope[] table, ContextScope scope) {
    int mask = table.length - 1;
    int i = home(scope.id(), mask);
    while (table[i] != null) {
      i = (i + 1) & mask;
    }
    table[i] = scope;
  }

  /// Ids count up, so that their low bits spread as they are.
  private static int home(int id, int mask) {
    return id & mask;
  }
}
