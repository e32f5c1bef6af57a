package dev.outrider.proxywasm.engine;

import java.util.IdentityHashMap;
import java.util.Objects;
import run.endive.runtime.TableFactory;
import run.endive.runtime.TableInstance;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.Table;
import run.endive.wasm.types.TableLimits;

/// Makes tables that leave the module alone: the engine's own tables write their growth into the
/// limits of the shared module, so that one guest's `table.grow` shows in every later instance.
final class GuestTables {
  // A guest may grow its tables, each entry costs 12 bytes of heap outside the memory budget.
  private static final long MAX_GROWN_ENTRIES = 100_000;

  private GuestTables() {}

  /// To be taken before the module's first instance exists.
  static TableFactory of(WasmModule module) {
    var section = module.tableSection();
    var limits = new IdentityHashMap<Table, Limits>();
    for (int i = 0; i < section.tableCount(); i++) {
      limits.put(section.getTable(i), Limits.of(section.getTable(i)));
    }
    return (table, initial) -> {
      var own = Objects.requireNonNull(limits.get(table), "a table of this module");
      return new TableInstance(
          new Table(table.elementType(), new TableLimits(own.min, own.max)), initial);
    };
  }

  private record Limits(long min, long max) {
    static Limits of(Table table) {
      long min = table.limits().min();
      return new Limits(min, Math.min(table.limits().max(), Math.max(min, MAX_GROWN_ENTRIES)));
    }
  }
}
