package dev.outrider.proxywasm.guest;

import dev.outrider.proxywasm.engine.CompileRefusedException;
import dev.outrider.proxywasm.engine.CompiledModule;
import dev.outrider.proxywasm.engine.WasmInstance;
import java.util.stream.Collectors;

/// Which callbacks a module exports, and how each is called. Immutable; shared by all VMs of a
/// module.
///
/// The arity comes from the export's real type, never from the ABI marker: a third of the modules
/// marked 0.1.0 take `end_of_stream` all the same.
public final class GuestExports {
  private final int[] indices;
  private final int[] arities;
  private final int allocator;

  /// @throws CompileRefusedException if an export has a callback's name and another type
  public GuestExports(CompiledModule module) {
    var callbacks = GuestCallback.values();
    indices = new int[callbacks.length];
    arities = new int[callbacks.length];
    for (var callback : callbacks) {
      resolve(module, callback);
    }
    allocator = chooseAllocator(module);
  }

  private void resolve(CompiledModule module, GuestCallback callback) {
    indices[callback.ordinal()] = -1;
    var shape = module.exportedFunction(callback.export());
    if (shape == null) {
      return;
    }
    if (!callback.shapes().contains(shape)) {
      var expected =
          callback.shapes().stream().map(Object::toString).collect(Collectors.joining(" or "));
      throw new CompileRefusedException(
          "module '%s': export %s has type %s, expected %s"
              .formatted(module.name(), callback.export(), shape, expected),
          null);
    }
    indices[callback.ordinal()] = module.exportIndex(callback.export());
    arities[callback.ordinal()] = shape.params().size();
  }

  /// `malloc` first, as Envoy does; but Go's and TinyGo's collectors track only what their SDK
  /// allocated.
  private int chooseAllocator(CompiledModule module) {
    int malloc = indices[GuestCallback.MALLOC.ordinal()];
    int own = indices[GuestCallback.MEMORY_ALLOCATE.ordinal()];
    boolean go = own >= 0 && (module.producedBy("TinyGo") || module.producedBy("Go"));
    return malloc < 0 || go ? own : malloc;
  }

  /// Whether the module exports this callback.
  public boolean has(GuestCallback callback) {
    return indices[callback.ordinal()] >= 0;
  }

  /// Whether the module exports `malloc` or `proxy_on_memory_allocate`.
  public boolean hasAllocator() {
    return allocator >= 0;
  }

  /// Asks the guest for a block; answers its address, 0 if it has none.
  public int allocate(WasmInstance instance, int size) {
    return (int) instance.call(allocator, size);
  }

  /// Calls a callback that [#has] answered true for, with as many of the arguments as it takes; the
  /// result is 0 if it has none.
  public int call(WasmInstance instance, GuestCallback callback, int a, int b, int c) {
    int index = indices[callback.ordinal()];
    long result =
        switch (arities[callback.ordinal()]) {
          case 0 -> instance.call(index);
          case 1 -> instance.call(index, a);
          case 2 -> instance.call(index, a, b);
          default -> instance.call(index, a, b, c);
        };
    return (int) result;
  }

  /// As [#call], for the one callback with five parameters.
  public void callHttpCallResponse(
      WasmInstance instance, int root, int token, int headers, int bodyBytes, int trailers) {
    int index = indices[GuestCallback.HTTP_CALL_RESPONSE.ordinal()];
    var _ = instance.call(index, root, token, headers, bodyBytes, trailers);
  }
}
