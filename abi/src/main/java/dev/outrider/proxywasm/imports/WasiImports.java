package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.guest.GuestMemory;
import java.security.SecureRandom;

/// WASI preview 1 without files: clocks, randomness, environment, scheduling, exit (ABI reference
/// 1.4).
final class WasiImports {
  private static final int MOST_RANDOM_BYTES = 65_536;

  private WasiImports() {}

  static void register(ImportTable table) {
    var random = new SecureRandom();
    table.wasiAnyTime("clock_time_get", "iIi", WasiImports::clockTime);
    table.wasi("clock_res_get", "ii", WasiImports::clockResolution);
    table.wasi("random_get", "ii", (call, args) -> random(call, args, random));
    table.wasi("environ_sizes_get", "ii", WasiImports::environSizes);
    table.wasi("environ_get", "ii", WasiImports::environ);
    table.wasi("args_sizes_get", "ii", WasiImports::argsSizes);
    table.wasi("args_get", "ii", (_, _) -> WasiErrno.SUCCESS);
    table.wasi("sched_yield", "", (_, _) -> WasiErrno.SUCCESS);
    table.wasiAnyTime("poll_oneoff", "iiii", WasiImports::poll);
    table.wasi("proc_raise", "i", (_, _) -> WasiErrno.NOSYS);
    table.wasi("proc_exit", "i", WasiImports::exit);
    table.wasi("sock_accept", "iii", (call, args) -> zero(call, (int) args[2]));
    table.wasi("sock_recv", "iiiiii", WasiImports::receive);
    table.wasi("sock_send", "iiiii", (call, args) -> zero(call, (int) args[4]));
    table.wasi("sock_shutdown", "ii", (_, _) -> WasiErrno.NOTSUP);
  }

  private static int clockTime(HostCall call, long[] args) {
    var clock = call.services().clock();
    return switch ((int) args[0]) {
      case 0 -> WasiErrno.okIf(call.memory().writeU64((int) args[2], clock.realtimeNanos()));
      case 1 -> WasiErrno.okIf(call.memory().writeU64((int) args[2], clock.monotonicNanos()));
      default -> WasiErrno.NOTSUP;
    };
  }

  private static int clockResolution(HostCall call, long[] args) {
    int id = (int) args[0];
    return id == 0 || id == 1
        ? WasiErrno.okIf(call.memory().writeU64((int) args[1], 1))
        : WasiErrno.NOTSUP;
  }

  private static int random(HostCall call, long[] args, SecureRandom random) {
    long length = Integer.toUnsignedLong((int) args[1]);
    if (length > MOST_RANDOM_BYTES) {
      return WasiErrno.INVAL;
    }
    var bytes = new byte[(int) length];
    random.nextBytes(bytes);
    return WasiErrno.okIf(call.memory().copyIn((int) args[0], bytes, 0, bytes.length));
  }

  private static int environSizes(HostCall call, long[] args) {
    int bytes = 0;
    for (var entry : call.facts().environment().entrySet()) {
      bytes += variable(entry.getKey(), entry.getValue()).length;
    }
    var memory = call.memory();
    return WasiErrno.okIf(
        memory.inRange((int) args[1], Integer.BYTES)
            && memory.writeU32((int) args[0], call.facts().environment().size())
            && memory.writeU32((int) args[1], bytes));
  }

  private static int environ(HostCall call, long[] args) {
    int pointerAt = (int) args[0];
    int textAt = (int) args[1];
    for (var entry : call.facts().environment().entrySet()) {
      var text = variable(entry.getKey(), entry.getValue());
      if (!writeVariable(call.memory(), pointerAt, textAt, text)) {
        return WasiErrno.FAULT;
      }
      pointerAt += Integer.BYTES;
      textAt += text.length;
    }
    return WasiErrno.SUCCESS;
  }

  private static boolean writeVariable(GuestMemory memory, int pointerAt, int textAt, byte[] text) {
    return memory.copyIn(textAt, text, 0, text.length) && memory.writeU32(pointerAt, textAt);
  }

  private static byte[] variable(String name, String value) {
    return (name + "=" + value + "\0").getBytes(UTF_8);
  }

  private static int argsSizes(HostCall call, long[] args) {
    var memory = call.memory();
    return WasiErrno.okIf(
        memory.inRange((int) args[1], Integer.BYTES)
            && memory.writeU32((int) args[0], 0)
            && memory.writeU32((int) args[1], 0));
  }

  /// Nothing is ever ready; Go's run time requires success.
  private static int poll(HostCall call, long[] args) {
    return WasiErrno.okIf(call.memory().writeU32((int) args[3], 0));
  }

  private static int exit(HostCall call, long[] args) {
    throw new GuestExitException((int) args[0]);
  }

  private static int receive(HostCall call, long[] args) {
    var memory = call.memory();
    return memory.writeU32((int) args[4], 0) && memory.writeU32((int) args[5], 0)
        ? WasiErrno.NOTSUP
        : WasiErrno.FAULT;
  }

  private static int zero(HostCall call, int at) {
    return call.memory().writeU32(at, 0) ? WasiErrno.NOTSUP : WasiErrno.FAULT;
  }
}
