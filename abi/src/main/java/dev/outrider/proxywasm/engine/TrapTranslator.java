package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.engine.GuestTrapException.Kind;
import dev.outrider.proxywasm.host.GuestDeadlineException;
import java.util.ArrayList;
import java.util.List;
import run.endive.runtime.WasmException;
import run.endive.wasm.WasmEngineException;

/// Turns whatever came out of generated code into the two exceptions that leave this package.
final class TrapTranslator {
  private static final String FUNCTIONS = GeneratedClasses.PREFIX + "FuncGroup_";
  private static final int MAX_FRAMES = 32;

  private final FunctionNames names;

  TrapTranslator(FunctionNames names) {
    this.names = names;
  }

  /// What the caller shall throw: the problem itself if it speaks for itself.
  RuntimeException translate(Throwable problem) {
    return switch (problem) {
      case GuestTrapException trap -> trap;
      case HostAbortException abort -> abort;
      case GuestDeadlineException deadline -> trap(Kind.DEADLINE, message(deadline), deadline);
      case StackOverflowError overflow -> stackOverflow(overflow);
      case OutOfMemoryError heap ->
          trap(Kind.OUT_OF_MEMORY, "the host's heap is exhausted: " + message(heap), heap);
      case OutOfBoundsException bounds -> trap(Kind.OUT_OF_BOUNDS, message(bounds), bounds);
      case WasmEngineException engine when engine.getCause() instanceof StackOverflowError cause ->
          stackOverflow(cause);
      case WasmEngineException engine when message(engine).startsWith("out of bounds memory") ->
          trap(Kind.OUT_OF_BOUNDS, message(engine), engine);
      case WasmEngineException engine -> trap(Kind.TRAP, message(engine), engine);
      case WasmException uncaught ->
          trap(Kind.TRAP, "uncaught exception with tag " + uncaught.tagIdx(), uncaught);
      default -> trap(Kind.HOST, "the host failed: " + problem, problem);
    };
  }

  private GuestTrapException stackOverflow(StackOverflowError overflow) {
    return trap(Kind.STACK_OVERFLOW, "call stack exhausted", overflow);
  }

  private GuestTrapException trap(Kind kind, String message, Throwable cause) {
    return new GuestTrapException(kind, message, guestStack(cause), cause);
  }

  private static String message(Throwable problem) {
    var message = problem.getMessage();
    return message == null ? problem.getClass().getSimpleName() : message;
  }

  /// Names of the guest's functions that `problem` has passed, innermost first.
  List<String> guestStack(Throwable problem) {
    var functions = new ArrayList<String>();
    for (var frame : problem.getStackTrace()) {
      if (functions.size() < MAX_FRAMES && isGuestFunction(frame)) {
        functions.add(names.name(GeneratedClasses.indexOf(frame.getMethodName())));
      }
    }
    return List.copyOf(functions);
  }

  private static boolean isGuestFunction(StackTraceElement frame) {
    return frame.getClassName().startsWith(FUNCTIONS) && frame.getMethodName().startsWith("func_");
  }
}
