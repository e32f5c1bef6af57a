package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.host.GuestDeadline;
import dev.outrider.proxywasm.host.GuestDeadlineException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;

/// Turns generated class files into loaded, verified classes and the way into them.
final class GuestLinker {
  private GuestLinker() {}

  /// `direct` are the functions that get a direct call, by index; `rewritten` is past
  /// [ClassRewriter].
  ///
  /// @throws CompileRefusedException if the JVM does not accept the classes
  /// @throws IllegalStateException if its guests could not be stopped
  static GuestCalls link(
      GeneratedClasses rewritten,
      ModuleFacts facts,
      Map<Integer, FunctionShape> direct,
      Map<Integer, GeneratedClasses.Function> functions) {
    var classes = new HashMap<>(rewritten.bytes());
    classes.put(CallsWriter.NAME, CallsWriter.write(rewritten.main(), direct, functions));
    var calls = load(facts, new GuestClassLoader(classes));
    checkDeadline(calls);
    return calls;
  }

  private static GuestCalls load(ModuleFacts facts, GuestClassLoader loader) {
    try {
      loader.defineAll();
      var type = loader.loadClass(CallsWriter.NAME);
      return (GuestCalls)
          MethodHandles.publicLookup()
              .findConstructor(type, MethodType.methodType(void.class))
              .invoke();
    } catch (LinkageError e) {
      throw ModuleReader.refused(
          facts.name(),
          "the JVM refused its compiled code (%s): please report the module".formatted(e),
          e);
    } catch (Throwable e) {
      throw new IllegalStateException("the generated class " + CallsWriter.NAME + " is ours", e);
    }
  }

  private static void checkDeadline(GuestCalls calls) {
    try {
      GuestDeadline.runExpired(calls::checkDeadline);
    } catch (GuestDeadlineException _) {
      return;
    }
    throw new IllegalStateException("the check in the generated classes does not stop a guest");
  }
}
