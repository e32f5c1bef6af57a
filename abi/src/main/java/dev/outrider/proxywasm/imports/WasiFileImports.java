package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.guest.GuestMemory;
import dev.outrider.proxywasm.host.LogLevel;

/// WASI preview 1 over files: there are none but standard output and error, which go to the log
/// (ABI reference 1.4).
final class WasiFileImports {
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int FDSTAT_BYTES = 24;
  private static final long RIGHT_FD_WRITE = 64;
  private static final byte[] ZEROS = new byte[FDSTAT_BYTES];

  private WasiFileImports() {}

  static void register(ImportTable table) {
    table.wasiAnyTime("fd_write", "iiii", (call, args) -> write(call, args, (int) args[3]));
    table.wasi("fd_pwrite", "iiiIi", (call, args) -> write(call, args, (int) args[4]));
    table.wasi("fd_fdstat_get", "ii", WasiFileImports::fdstat);
    table.wasi("fd_fdstat_set_flags", "ii", (_, _) -> WasiErrno.NOSYS);
    for (var name : new String[] {"fd_datasync", "fd_sync"}) {
      table.wasi(name, "i", WasiFileImports::standardOnly);
    }
    table.wasi("fd_fdstat_set_rights", "iII", WasiFileImports::standardOnly);
    table.wasi("fd_filestat_set_size", "iI", WasiFileImports::standardOnly);
    table.wasi("fd_filestat_set_times", "iIIi", WasiFileImports::standardOnly);
    table.wasi("fd_allocate", "iII", WasiFileImports::standardOnly);
    table.wasi("fd_tell", "ii", WasiFileImports::tell);
    table.wasi("fd_renumber", "ii", WasiFileImports::renumber);
    table.wasi("fd_advise", "iIIi", (_, _) -> WasiErrno.SUCCESS);
    table.wasi("fd_seek", "iIii", (call, _) -> pretend(call, "fd_seek"));
    table.wasi("fd_close", "i", (call, _) -> pretend(call, "fd_close"));
    table.wasi("fd_read", "iiii", (_, _) -> WasiErrno.NOSYS);
    table.wasi("fd_pread", "iiiIi", (_, _) -> WasiErrno.NOSYS);
    table.wasi("fd_prestat_get", "ii", (_, _) -> WasiErrno.BADF);
    table.wasi("fd_prestat_dir_name", "iii", (_, _) -> WasiErrno.NOSYS);
    table.wasi("fd_filestat_get", "ii", (_, _) -> WasiErrno.BADF);
    table.wasi("fd_readdir", "iiiIi", WasiFileImports::readdir);
    table.wasi("path_open", "iiiiiIIii", (_, _) -> WasiErrno.NOENT);
    registerPaths(table);
  }

  private static void registerPaths(ImportTable table) {
    HostFunction unsupported = (_, _) -> WasiErrno.NOTSUP;
    table.wasi("path_filestat_get", "iiiii", unsupported);
    table.wasi("path_filestat_set_times", "iiiiIIi", unsupported);
    table.wasi("path_create_directory", "iii", unsupported);
    table.wasi("path_link", "iiiiiii", unsupported);
    table.wasi("path_readlink", "iiiiii", unsupported);
    table.wasi("path_remove_directory", "iii", unsupported);
    table.wasi("path_rename", "iiiiii", unsupported);
    table.wasi("path_symlink", "iiiii", unsupported);
    table.wasi("path_unlink_file", "iii", unsupported);
  }

  private static boolean isStandard(int fd) {
    return fd == STDOUT || fd == STDERR;
  }

  private static int standardOnly(HostCall call, long[] args) {
    return isStandard((int) args[0]) ? WasiErrno.SUCCESS : WasiErrno.BADF;
  }

  /// All ranges are checked before the first byte is logged.
  private static int write(HostCall call, long[] args, int writtenAt) {
    int fd = (int) args[0];
    if (!isStandard(fd)) {
      return WasiErrno.BADF;
    }
    int vectors = (int) args[1];
    int count = (int) args[2];
    long written = sum(call.memory(), vectors, count);
    if (written < 0 || !call.memory().inRange(writtenAt, Integer.BYTES)) {
      return WasiErrno.FAULT;
    }
    for (int i = 0; i < count; i++) {
      int text = (int) call.memory().readU32(vectors + 8 * i);
      int length = (int) call.memory().readU32(vectors + 8 * i + 4);
      print(call, fd, text, length);
      call.checkDeadline();
    }
    // Last: it may lie in the vectors.
    return WasiErrno.okIf(call.memory().writeU32(writtenAt, (int) written));
  }

  private static void print(HostCall call, int fd, int text, int length) {
    if (fd == STDOUT) {
      call.standardStreams().output(call.memory().array(), text, length);
    } else {
      call.standardStreams().error(call.memory().array(), text, length);
    }
  }

  /// Bytes in all vectors, -1 if any lies outside memory or they are more than fit.
  private static long sum(GuestMemory memory, int vectors, int count) {
    if (count < 0 || count > (1 << 20) || !memory.inRange(vectors, 8 * count)) {
      return -1;
    }
    long total = 0;
    for (int i = 0; i < count; i++) {
      int text = (int) memory.readU32(vectors + 8 * i);
      int length = (int) memory.readU32(vectors + 8 * i + 4);
      if (!memory.inRange(text, length)) {
        return -1;
      }
      total += length;
    }
    return total <= Integer.MAX_VALUE ? total : -1;
  }

  private static int fdstat(HostCall call, long[] args) {
    if (!isStandard((int) args[0])) {
      return WasiErrno.BADF;
    }
    int at = (int) args[1];
    return WasiErrno.okIf(
        call.memory().copyIn(at, ZEROS, 0, FDSTAT_BYTES)
            && call.memory().writeU64(at + 8, RIGHT_FD_WRITE));
  }

  private static int tell(HostCall call, long[] args) {
    if (!isStandard((int) args[0])) {
      return WasiErrno.BADF;
    }
    return WasiErrno.okIf(call.memory().writeU64((int) args[1], 0));
  }

  private static int renumber(HostCall call, long[] args) {
    return isStandard((int) args[0]) && isStandard((int) args[1])
        ? WasiErrno.NOTSUP
        : WasiErrno.BADF;
  }

  private static int readdir(HostCall call, long[] args) {
    return call.memory().writeU32((int) args[4], 0) ? WasiErrno.NOT_A_DIRECTORY : WasiErrno.FAULT;
  }

  private static int pretend(HostCall call, String function) {
    call.remark(LogLevel.ERROR, function + " does nothing: there are no files here");
    return WasiErrno.SUCCESS;
  }
}
