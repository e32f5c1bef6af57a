package dev.outrider.proxywasm.engine;

import com.dylibso.chicory.wabt.Wat2Wasm;
import dev.outrider.proxywasm.host.GuestDeadline;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.invoke.SwitchPoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Ways in which generated code could ask whether its time is up, to be compared: the product's own
/// is [#FLAG]. A module compiled here is one like any other but for that.
public enum DeadlineVariant {
  /// Asks nothing: what cannot be stopped.
  NONE {
    @Override
    void check(CodeBuilder code) {
      code.return_();
    }
  },
  /// The read of a volatile field that the product has.
  FLAG {
    @Override
    void check(CodeBuilder code) {
      ClassRewriter.deadlineCheck(code);
    }
  },
  /// What the engine writes by itself: `Thread.currentThread().isInterrupted()`.
  ENGINE {
    @Override
    void check(CodeBuilder code) {
      throw new IllegalStateException("left as the engine wrote it");
    }
  },
  /// A call site behind a [SwitchPoint] of the module: nothing at all until it is invalidated.
  SWITCH_POINT {
    @Override
    void check(CodeBuilder code) {
      code.invokedynamic(
              DynamicCallSiteDesc.of(
                  MethodHandleDesc.ofMethod(
                      DirectMethodHandleDesc.Kind.STATIC,
                      ClassDesc.of(DeadlineVariant.class.getName()),
                      "guarded",
                      MethodTypeDesc.of(
                          CallSite.class.describeConstable().orElseThrow(),
                          MethodHandles.Lookup.class.describeConstable().orElseThrow(),
                          ConstantDescs.CD_String,
                          ConstantDescs.CD_MethodType)),
                  "check",
                  VOID))
          .return_();
    }
  };

  private static final MethodTypeDesc VOID = MethodTypeDesc.of(ConstantDescs.CD_void);

  // Before `latest`, which is made with it.
  private static final MethodHandle CHECK = checkHandle();

  @SuppressWarnings("NonFinalStaticField") // the bootstrap method of generated code knows nobody
  private static Guard latest = new Guard();

  abstract void check(CodeBuilder code);

  /// The switch of one module: invalidated by who stops a guest, and set anew at once, since its
  /// other guests go on.
  public static final class Guard {
    private final MutableCallSite site = new MutableCallSite(MethodType.methodType(void.class));
    private SwitchPoint live = new SwitchPoint();

    Guard() {
      arm();
    }

    private void arm() {
      live = new SwitchPoint();
      site.setTarget(live.guardWithTest(MethodHandles.empty(site.type()), CHECK));
    }

    /// Lets every loop of the module ask once.
    public void trip() {
      var before = live;
      arm();
      SwitchPoint.invalidateAll(new SwitchPoint[] {before});
      MutableCallSite.syncAll(new MutableCallSite[] {site});
    }
  }

  private static MethodHandle checkHandle() {
    try {
      return MethodHandles.lookup()
          .findStatic(GuestDeadline.class, "check", MethodType.methodType(void.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// Bootstrap method of generated code.
  public static CallSite guarded(MethodHandles.Lookup caller, String name, MethodType type) {
    return new ConstantCallSite(latest.site.dynamicInvoker());
  }

  /// A module whose loops ask in this way, and the switch that [#SWITCH_POINT] reads.
  public record Variant(CompiledModule module, Guard guard) {}

  /// Compiles a module without imports, in text format. One thread at a time.
  public Variant compile(String text) {
    var wasm = Wat2Wasm.parse(text);
    var module = ModuleReader.read(name(), wasm);
    var facts =
        ModuleFacts.of(name(), ModuleFacts.digest(wasm), module, FunctionPlaces.of(wasm, module));
    var generated = GeneratedClasses.compile(module);
    var functions = generated.functions();
    var direct = new HashMap<Integer, FunctionShape>();
    facts.exports().values().forEach(export -> direct.put(export.index(), export.shape()));
    var classes =
        this == ENGINE
            ? new HashMap<>(generated.bytes())
            : new HashMap<>(ClassRewriter.rewrite(generated, facts.imports()).bytes());
    if (this != ENGINE) {
      classes.computeIfPresent(GeneratedClasses.PREFIX + "Shaded", (_, bytes) -> with(bytes));
    }
    classes.put(CallsWriter.NAME, CallsWriter.write(generated.main(), direct, functions));
    var guard = new Guard();
    latest = guard;
    var report = new CompileReport(0, List.of(), List.of(), wasm.length, 0, 0, "off");
    return new Variant(
        new CompiledModule(
            facts, StrippedModule.of(module, generated.interpreted()), load(classes), report),
        guard);
  }

  private byte[] with(byte[] shaded) {
    var file = ClassFile.of();
    return file.transformClass(
        file.parse(shaded),
        ClassTransform.transformingMethodBodies(
            method -> method.methodName().equalsString("checkInterruption"),
            new Replacement(this)));
  }

  /// Writes the check in place of what was there.
  private record Replacement(DeadlineVariant variant) implements java.lang.classfile.CodeTransform {
    @Override
    public void accept(CodeBuilder builder, java.lang.classfile.CodeElement element) {}

    @Override
    public void atEnd(CodeBuilder builder) {
      variant.check(builder);
    }
  }

  private static GuestCalls load(Map<String, byte[]> classes) {
    try {
      var loader = new GuestClassLoader(new HashMap<>(classes));
      loader.defineAll();
      var type = loader.loadClass(CallsWriter.NAME);
      var calls = (GuestCalls) type.getConstructor().newInstance();
      calls.checkDeadline(); // links the call site while `latest` is this module's
      return calls;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
