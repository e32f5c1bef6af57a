package dev.outrider.proxywasm.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.runtime.Memory;

/// The way into the generated classes of one module; its subclass is generated with them.
///
/// Public only because that subclass lives in a class loader of its own; the package is not
/// exported to anyone else.
public abstract class GuestCalls {
  protected GuestCalls() {}

  /// The engine's generic way in, needed by every instance.
  public abstract Machine machine(Instance instance);

  /// Calls a function without allocating; arguments beyond its arity are ignored, a void function
  /// answers 0. `memory` is null for a module that has none.
  public abstract long call(
      int function,
      Instance instance,
      @Nullable Memory memory,
      long a,
      long b,
      long c,
      long d,
      long e);

  /// Makes the check that every loop of this module makes.
  public abstract void checkDeadline();

  /// The generated `call` ends here for functions that it has no case for.
  public static long generic(
      int function, Instance instance, long a, long b, long c, long d, long e) {
    int arity = instance.type(instance.functionType(function)).params().size();
    long[] all = {a, b, c, d, e};
    var results = instance.getMachine().call(function, Arrays.copyOf(all, arity));
    return results == null || results.length == 0 ? 0 : results[0];
  }
}
