package dev.outrider.proxywasm;

/// Why a VM, or one plugin in it, cannot go on. After a [Trap], [Timeout] or [OutOfMemory] the VM
/// only closes.
public sealed interface GuestFailure {
  /// One sentence for a log line, naming the guest function.
  String message();

  /// The guest hit `unreachable`, a bad memory access, a forbidden host call, or the like.
  record Trap(String function, String reason) implements GuestFailure {
    @Override
    public String message() {
      return "Function: " + function + " failed: " + reason;
    }
  }

  /// The guest used up its CPU budget or its wall-clock limit.
  record Timeout(String function, String reason) implements GuestFailure {
    @Override
    public String message() {
      return "Function: " + function + " stopped: " + reason;
    }
  }

  /// The guest's memory cannot be had, or its stack overflowed.
  record OutOfMemory(String function, String reason) implements GuestFailure {
    @Override
    public String message() {
      return "Function: " + function + " ran out of memory: " + reason;
    }
  }

  /// The guest declined: `proxy_on_vm_start` or `proxy_on_configure` answered false (the plugin is
  /// gone, the VM lives), or the module is a command whose `_start` ended in `proc_exit`.
  record StartRefused(String function, String reason) implements GuestFailure {
    @Override
    public String message() {
      return function + ": " + reason;
    }
  }

  /// The module lacks an export that the host cannot do without.
  record MissingExport(String function, String reason) implements GuestFailure {
    @Override
    public String message() {
      return "missing export " + function + ": " + reason;
    }
  }
}
