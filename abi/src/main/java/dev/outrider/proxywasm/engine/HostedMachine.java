package dev.outrider.proxywasm.engine;

import run.endive.runtime.CallResult;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;

/// The generated machine of an instance together with the instance it serves: how generated code
/// finds the host functions. Public for generated code only, as [GuestCalls] is.
public final class HostedMachine implements Machine {
  private final Machine generated;
  private final WasmInstance owner;

  HostedMachine(Machine generated, WasmInstance owner) {
    this.generated = generated;
    this.owner = owner;
  }

  @Override
  public long[] call(int function, long[] args) {
    return generated.call(function, args);
  }

  @Override
  public long[] call(int function, long[] args, Object[] refArgs) {
    return generated.call(function, args, refArgs);
  }

  @Override
  public CallResult callWithRefs(int function, long[] args, Object[] refArgs) {
    return generated.callWithRefs(function, args, refArgs);
  }

  /// The argument array for a call of import `function`: reused, private to this depth of calls.
  public static long[] arguments(Instance instance, int function) {
    return ((HostedMachine) instance.getMachine()).owner.argumentsOf(function);
  }

  /// Calls import `function`.
  public static long callHost(Instance instance, int function, long[] args) {
    return ((HostedMachine) instance.getMachine()).owner.callHost(function, args);
  }
}
