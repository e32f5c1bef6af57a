package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.engine.CompileRefusedException;
import dev.outrider.proxywasm.engine.CompiledModule;
import dev.outrider.proxywasm.engine.FunctionImport;
import dev.outrider.proxywasm.engine.FunctionShape;
import dev.outrider.proxywasm.engine.HostBinding;
import dev.outrider.proxywasm.guest.Signature;
import dev.outrider.proxywasm.host.Capabilities;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Every function that a guest may import, by module and name: the union of all ABI versions, since
/// a superset harms nobody. Immutable once built; shared by all VMs.
public final class ImportTable {
  private static final int ANY_TIME = windows(GuestWindow.values());
  private static final int NOT_WHILE_ALLOCATING =
      windows(GuestWindow.CALLBACK, GuestWindow.STARTING);
  private static final int CALLBACKS = windows(GuestWindow.CALLBACK);

  /// The table of this host.
  public static final ImportTable HOST = build();

  private record Entry(
      List<FunctionShape> shapes, int windows, boolean restrictable, HostFunction function) {}

  private final Map<String, Entry> entries = new HashMap<>();

  private ImportTable() {}

  private static ImportTable build() {
    var table = new ImportTable();
    LogImports.register(table);
    ContextImports.register(table);
    HeaderImports.register(table);
    PairImports.register(table);
    BufferImports.register(table);
    PropertyImports.register(table);
    StreamImports.register(table);
    CalloutImports.register(table);
    SharedDataImports.register(table);
    SharedQueueImports.register(table);
    MetricImports.register(table);
    ForeignImports.register(table);
    GrpcImports.register(table);
    RuntimeImports.register(table);
    WasiImports.register(table);
    WasiFileImports.register(table);
    return table;
  }

  private static int windows(GuestWindow... windows) {
    int bits = 0;
    for (var window : windows) {
      bits |= window.bit();
    }
    return bits;
  }

  /// `env.proxy_NAME`, for callbacks only.
  void proxy(String name, String params, ProxyFunction function) {
    add("env", "proxy_" + name, params + ":i", CALLBACKS, status(function));
  }

  /// `env.proxy_NAME`, allowed at any time.
  void proxyAnyTime(String name, String params, ProxyFunction function) {
    add("env", "proxy_" + name, params + ":i", ANY_TIME, status(function));
  }

  private static HostFunction status(ProxyFunction function) {
    return (call, args) -> function.call(call, args).code();
  }

  /// `env.NAME`, allowed at any time.
  void env(String name, String signature, HostFunction function) {
    add("env", name, signature, ANY_TIME, function);
  }

  /// A WASI function, under both of its module names; not for the allocator.
  void wasi(String name, String params, HostFunction function) {
    addWasi(name, params, NOT_WHILE_ALLOCATING, function);
  }

  /// A WASI function, under both of its module names, allowed at any time.
  void wasiAnyTime(String name, String params, HostFunction function) {
    addWasi(name, params, ANY_TIME, function);
  }

  private void addWasi(String name, String params, int windows, HostFunction function) {
    var signature = name.equals("proc_exit") ? params + ":" : params + ":i";
    add("wasi_snapshot_preview1", name, signature, windows, function);
    add("wasi_unstable", name, signature, windows, function);
  }

  private void add(
      String module, String name, String signature, int windows, HostFunction function) {
    var key = module + "." + name;
    var shapes = new ArrayList<FunctionShape>();
    var before = entries.get(key);
    if (before != null) {
      shapes.addAll(before.shapes);
    }
    shapes.add(Signature.parse(signature));
    boolean restrictable = !module.equals("env") || name.startsWith("proxy_");
    entries.put(key, new Entry(List.copyOf(shapes), windows, restrictable, function));
  }

  /// Checks that every import of a module exists here, with its type.
  ///
  /// @param refuseUnknown otherwise an unknown import is left to [#bind]
  /// @throws CompileRefusedException naming all that do not
  public void check(CompiledModule module, boolean refuseUnknown) {
    var problems = new ArrayList<String>();
    for (var wanted : module.imports()) {
      var problem = problem(wanted, refuseUnknown);
      if (problem != null) {
        problems.add(problem);
      }
    }
    if (!problems.isEmpty()) {
      throw new CompileRefusedException(
          "module '%s' imports what this host does not offer: %s"
              .formatted(module.name(), String.join("; ", problems)),
          null);
    }
  }

  /// `module.name` of everything on offer.
  Set<String> names() {
    return Set.copyOf(entries.keySet());
  }

  /// Names, without their modules, of the functions that a VM may be denied: the ABI's and WASI's.
  public Set<String> restrictableNames() {
    return entries.entrySet().stream()
        .filter(entry -> entry.getValue().restrictable)
        .map(entry -> entry.getKey().substring(entry.getKey().indexOf('.') + 1))
        .collect(Collectors.toUnmodifiableSet());
  }

  private @Nullable String problem(FunctionImport wanted, boolean refuseUnknown) {
    var name = nameOf(wanted);
    var entry = entries.get(name);
    if (entry == null) {
      return refuseUnknown ? name + " " + wanted.shape() + " is unknown" : null;
    }
    return entry.shapes.contains(wanted.shape())
        ? null
        : name + " has type " + wanted.shape() + ", offered is " + entry.shapes.getFirst();
  }

  /// The host's code for every import of a checked module, working in one VM's frame. An unknown
  /// import traps when it is called, a denied one answers that it is.
  public List<HostBinding> bind(CompiledModule module, HostCall call, Capabilities capabilities) {
    var bindings = new ArrayList<HostBinding>();
    for (var wanted : module.imports()) {
      bindings.add(bind(wanted, call, capabilities));
    }
    return bindings;
  }

  private HostBinding bind(FunctionImport wanted, HostCall call, Capabilities capabilities) {
    var name = nameOf(wanted);
    var entry = entries.get(name);
    if (entry == null) {
      return new HostBinding(
          wanted,
          (_, _) -> {
            throw new GuestAbortException("call of " + name + ", which this host does not offer");
          });
    }
    boolean denied = entry.restrictable && !capabilities.allows(wanted.name());
    var function = denied ? DeniedFunction.of(wanted) : entry.function;
    int windows = entry.windows;
    return new HostBinding(
        wanted,
        (instance, args) -> {
          call.admit(instance, name, windows);
          return function.call(call, args);
        });
  }

  private static String nameOf(FunctionImport wanted) {
    return wanted.module() + "." + wanted.name();
  }
}
