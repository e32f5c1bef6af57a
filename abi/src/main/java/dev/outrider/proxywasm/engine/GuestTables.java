package dev.outrider.proxywasm.engine;

import java.util.List;
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
    var tables =
        java.util.stream.IntStream.range(0, section.tableCount())
            .mapToObj(section::getTable)
            .toList();
    var limits = tables.stream().map(GuestTables::limits).toList();
    return (table, initial) -> create(tables, limits, table, initial);
  }

  private static long[] limits(Table table) {
    long min = table.limits().min();
    return new long[] {min, Math.min(table.limits().max(), Math.max(min, MAX_GROWN_ENTRIES))};
  }

  private static TableInstance create(
      List<Table> tables, List<long[]> limits, Table table, int initial) {
    for (int i = 0; i < tables.size(); i++) {
      if (tables.get(i) == table) {
        var own = new TableLimits(limits.get(i)[0], limits.get(i)[1]);
        return new TableInstance(new Table(table.elementType(), own), initial);
      }
    }
    throw new IllegalStateException("a table that the module does not have");
  }
}
