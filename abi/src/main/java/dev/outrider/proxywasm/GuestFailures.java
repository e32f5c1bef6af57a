package dev.outrider.proxywasm;

import dev.outrider.proxywasm.engine.GuestTrapException;
import dev.outrider.proxywasm.engine.HostAbortException;
import dev.outrider.proxywasm.imports.GuestExitException;
import java.util.List;
import java.util.stream.Collectors;

/// Turns what comes out of a guest call into a [GuestFailure].
final class GuestFailures {
  private static final int FRAMES_SHOWN = 8;

  private GuestFailures() {}

  static GuestFailure of(String function, GuestTrapException trap) {
    var reason = trap.getMessage() + stack(trap.guestStack());
    return switch (trap.kind()) {
      case DEADLINE -> new GuestFailure.Timeout(function, reason);
      case OUT_OF_MEMORY, STACK_OVERFLOW -> new GuestFailure.OutOfMemory(function, reason);
      case TRAP, OUT_OF_BOUNDS, HOST -> new GuestFailure.Trap(function, reason);
    };
  }

  /// @param guestStack names of the guest's functions, innermost first
  static GuestFailure of(String function, HostAbortException abort, List<String> guestStack) {
    if (abort instanceof GuestExitException exit && function.equals("_start")) {
      return new GuestFailure.StartRefused(
          function,
          "the module was built as a command, its _start ended in proc_exit("
              + exit.code()
              + "); build it as a library: c-shared (Go) or a reactor (-mexec-model=reactor)");
    }
    return new GuestFailure.Trap(function, abort.getMessage() + stack(guestStack));
  }

  private static String stack(List<String> functions) {
    return functions.isEmpty()
        ? ""
        : functions.stream().limit(FRAMES_SHOWN).collect(Collectors.joining(" < ", " (in ", ")"));
  }
}
