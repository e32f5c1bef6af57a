package dev.outrider.proxywasm.guest;

import dev.outrider.proxywasm.engine.CompileRefusedException;
import dev.outrider.proxywasm.engine.CompiledModule;
import dev.outrider.proxywasm.engine.WasmInstance;
import dev.outrider.proxywasm.host.Capabilities;
import java.util.EnumMap;
import java.util.stream.Collectors;

/// Which callbacks a module exports, and how each is called. Immutable; shared by all VMs of a
/// module.
///
/// The arity comes from the export's real type, never from the ABI marker: a third of the modules
/// marked 0.1.0 take `end_of_stream` all the same.
public final class GuestExports {
  private record Export(int index, int arity) {}

  private final EnumMap<GuestCallback, Export> exports = new EnumMap<>(GuestCallback.class);
  private final int allocator;

  /// @throws CompileRefusedException if an export has a callback's name and another type
  public GuestExports(CompiledModule module) {
    for (var callback : GuestCallback.values()) {
      resolve(module, callback);
    }
    allocator = chooseAllocator(module);
  }

  private GuestExports(GuestExports all, Capabilities capabilities) {
    all.exports.forEach(
        (callback, export) -> {
          if (!callback.restrictable() || capabilities.allows(callback.export())) {
            exports.put(callback, export);
          }
        });
    allocator = all.allocator;
  }

  /// As if the module exported no callback that is denied.
  public GuestExports restrictedTo(Capabilities capabilities) {
    return capabilities.restricted() ? new GuestExports(this, capabilities) : this;
  }

  private void resolve(CompiledModule module, GuestCallback callback) {
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
    int index = module.exportIndex(callback.export());
    exports.put(callback, new Export(index, shape.params().size()));
  }

  /// `malloc` first, as Envoy does; but Go's and TinyGo's collectors track only what their SDK
  /// allocated.
  private int chooseAllocator(CompiledModule module) {
    int malloc = indexOf(GuestCallback.MALLOC);
    int own = indexOf(GuestCallback.MEMORY_ALLOCATE);
    boolean go = own >= 0 && (module.producedBy("TinyGo") || module.producedBy("Go"));
    return malloc < 0 || go ? own : malloc;
  }

  private int indexOf(GuestCallback callback) {
    var export = exports.get(callback);
    return export == null ? -1 : export.index;
  }

  private Export exported(GuestCallback callback) {
    var export = exports.get(callback);
    if (export == null) {
      throw new IllegalArgumentException("not exported: " + callback.export());
    }
    return export;
  }

  /// Whether the module exports this callback.
  public boolean has(GuestCallback callback) {
    return exports.containsKey(callback);
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
    var export = exported(callback);
    long result =
        switch (export.arity) {
          case 0 -> instance.call(export.index);
          case 1 -> instance.call(export.index, a);
          case 2 -> instance.call(export.index, a, b);
          default -> instance.call(export.index, a, b, c);
        };
    return (int) result;
  }

  /// As [#call], for the one callback with five parameters.
  public void callHttpCallResponse(
      WasmInstance instance, int root, int token, int headers, int bodyBytes, int trailers) {
    int index = exported(GuestCallback.HTTP_CALL_RESPONSE).index;
    var _ = instance.call(index, root, token, headers, bodyBytes, trailers);
  }
}
