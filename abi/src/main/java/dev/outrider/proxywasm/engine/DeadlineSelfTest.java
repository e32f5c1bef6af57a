package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.engine.GuestTrapException.Kind;
import dev.outrider.proxywasm.host.GuestDeadline;
import dev.outrider.proxywasm.host.MemoryPool;
import java.util.HexFormat;
import java.util.List;

/// Proves once per process that compiled guests can be stopped, by stopping one. The check sits in
/// a class of the engine that is not API: should an update move it, nothing may be loaded at all.
final class DeadlineSelfTest {
  // (func (export "spin") (local i32) loop: local += 1; branch while local < 65536)
  private static final String SPIN =
      "0061736d01000000"
          + "01040160000003020100070801047370696e0000"
          + "0a17011501017f0340200041016a220041808004490d000b0b";

  private DeadlineSelfTest() {}

  // Initialised by the first call of `require`, by one thread, once.
  private static final class Result {
    static final boolean STOPPED = stopsACountingLoop();
  }

  /// @throws IllegalStateException if a guest past its deadline runs on
  static void require() {
    if (!Result.STOPPED) {
      throw new IllegalStateException(
          "guests cannot be stopped at their deadline with this version of the Wasm engine: no"
              + " module is loaded");
    }
  }

  private static boolean stopsACountingLoop() {
    var module =
        ModuleCompiler.compileUntested("deadline self-test", HexFormat.of().parseHex(SPIN));
    var pool = new MemoryPool(0, 0, Runnable::run);
    var instance = module.instantiate(List.of(), new InstanceLimits(0, pool));
    int spin = module.exportIndex("spin");
    try {
      GuestDeadline.runExpired(() -> instance.call(spin));
      return false;
    } catch (GuestTrapException e) {
      return e.kind() == Kind.DEADLINE;
    }
  }
}
