package dev.outrider.proxywasm.engine;

/// Type of one Wasm value; everything that the proxy-wasm ABI never uses is [#OTHER].
public enum ValueKind {
  I32,
  I64,
  F32,
  F64,
  OTHER
}
