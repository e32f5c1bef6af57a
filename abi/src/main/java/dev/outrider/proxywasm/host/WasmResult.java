package dev.outrider.proxywasm.host;

/// The status that every `proxy_*` host function answers with.
///
/// The numbers 5, 9 and 11 of the C++ header are left out on purpose: a Rust guest panics on them.
public enum WasmResult {
  OK(0),
  NOT_FOUND(1),
  BAD_ARGUMENT(2),
  SERIALIZATION_FAILURE(3),
  PARSE_FAILURE(4),
  INVALID_MEMORY_ACCESS(6),
  EMPTY(7),
  CAS_MISMATCH(8),
  INTERNAL_FAILURE(10),
  UNIMPLEMENTED(12);

  private final int code;

  WasmResult(int code) {
    this.code = code;
  }

  /// The number the guest sees.
  public int code() {
    return code;
  }
}
