package dev.outrider.proxy.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One signal that is taken from the system until it is closed.
///
/// The JVM has `sun.misc.Signal` for that (module `jdk.unsupported`), and no other way; it is found
/// by its name, since the compiler warns of each mention and the build takes warnings for errors.
final class TakenSignal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("main");

  private final Runnable giveBack;

  private TakenSignal(Runnable giveBack) {
    this.giveBack = giveBack;
  }

  /// From now on that signal runs `action` each time, on a thread of its own, instead of what it
  /// did. If the JVM does not give it away (`-Xrs`, or there is none of that name) that is logged.
  ///
  /// @param name without `SIG`
  static TakenSignal take(String name, Runnable action) {
    try {
      var handle = handle(name);
      var before = handle.invoke(handler(action));
      return new TakenSignal(() -> restore(name, handle, before));
    } catch (Throwable refused) { // whatever the JVM has against it
      LOG.warn("SIG{} cannot be taken: {}", name, refused.toString());
      return new TakenSignal(() -> {});
    }
  }

  /// Takes a handler and gives back the one before.
  private static MethodHandle handle(String name) throws Throwable {
    var signal = Class.forName("sun.misc.Signal");
    var handler = Class.forName("sun.misc.SignalHandler");
    var lookup = MethodHandles.lookup();
    var made =
        lookup
            .findConstructor(signal, MethodType.methodType(void.class, String.class))
            .invoke(name);
    return MethodHandles.insertArguments(
        lookup.findStatic(signal, "handle", MethodType.methodType(handler, signal, handler)),
        0,
        made);
  }

  private static Object handler(Runnable action) throws ReflectiveOperationException {
    var run =
        MethodHandles.lookup()
            .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
            .bindTo(action);
    return MethodHandleProxies.asInterfaceInstance(
        Class.forName("sun.misc.SignalHandler"),
        MethodHandles.dropArguments(run, 0, Class.forName("sun.misc.Signal")));
  }

  private static void restore(String name, MethodHandle handle, Object before) {
    try {
      var _ = handle.invoke(before);
    } catch (Throwable refused) { // as above
      LOG.warn("SIG{} cannot be given back: {}", name, refused.toString());
    }
  }

  @Override
  public void close() {
    giveBack.run();
  }
}
