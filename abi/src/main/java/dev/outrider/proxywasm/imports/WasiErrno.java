package dev.outrider.proxywasm.imports;

/// The error numbers of WASI preview 1 that are answered here.
final class WasiErrno {
  static final int SUCCESS = 0;
  static final int BADF = 8;
  static final int NOT_A_DIRECTORY = 20;
  static final int FAULT = 21;
  static final int INVAL = 28;
  static final int NOENT = 44;
  static final int NOSYS = 52;
  static final int NOTSUP = 58;
  static final int NOT_CAPABLE = 76;

  private WasiErrno() {}

  static int okIf(boolean memoryWasGood) {
    return memoryWasGood ? SUCCESS : FAULT;
  }
}
